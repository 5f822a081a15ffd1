"""What every method of learning from interventions offers, and how it is configured."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import numpy as np

from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.sessions.records import Record, Segment

__all__ = ["METHODS", "ExpertSide", "Learner", "LearnerConfig", "Method", "State"]

Method = Literal["mereq", "mereq-np"]
METHODS: tuple[Method, ...] = ("mereq", "mereq-np")

ExpertSide = Literal["shared", "human"]

State = Mapping[str, np.ndarray]
"""A learner's whole state: what a checkpoint holds."""


class LearnerConfig(Record):
    """How to learn; travels to the learner's process in the handshake."""

    task: str
    """Any key or gymnasium id of the task."""
    method: Method = "mereq"
    seed: int = 0
    expert_side: ExpertSide | None = None
    """Whose steps stand for the expert; None says the method's own (shared for mereq, human for mereq-np)."""
    total_features: bool = False
    """Count the expert's steps of all rounds, not of the current one alone."""


class Learner(Protocol):
    """A method: from segments to reward weights and a policy."""

    def learn(
        self, segments: Sequence[Segment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        """Learn from all segments of the session so far (those of the last round are the current ones).

        `pulse` is called every few gradient steps, so that a caller can answer its sockets meanwhile.
        """
        ...

    def snapshot(self, version: int) -> PolicySnapshot:
        """The policy as it stands."""
        ...

    def state(self) -> State:
        """The whole state; `restore` of it goes on with the same bits."""
        ...

    def restore(self, state: State) -> None:
        """Go back to a state that `state` gave."""
        ...
