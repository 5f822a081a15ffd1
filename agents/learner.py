"""What every method of learning from interventions offers, and how it is configured."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol, get_args

import numpy as np

from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import AnySegment, Record

__all__ = [
    "FROM_NOTHING",
    "METHODS",
    "ExpertSide",
    "Learner",
    "LearnerConfig",
    "Method",
    "Objective",
    "Rest",
    "State",
    "freedom_of",
    "joined",
    "part_of",
    "why_not",
]

Method = Literal["mereq", "mereq-np", "mereq-instant", "maxent", "maxent-ft", "hg-dagger-ft", "iwr-ft"]
METHODS: tuple[Method, ...] = get_args(Method)

FROM_NOTHING: frozenset[Method] = frozenset({"maxent"})
"""Methods whose first policy is not the prior: the actor drives by it from the start."""
_FULL_REWARD: frozenset[str] = frozenset({"maxent", "maxent-ft"})
"""Methods whose theta has to outweigh what the others' prior knows."""

ExpertSide = Literal["shared", "human"]

Objective = Literal["features", "likelihood", "both"]
"""What theta is searched by: the gap in features (MEReQ's own), the likelihood of the human's actions, or their sum."""

State = Mapping[str, np.ndarray]
"""A learner's whole state: what a checkpoint holds."""


def why_not(method: Method, card: TaskCard) -> str:
    """Why a method cannot serve a task, in a line; empty where it can."""
    if method == "mereq-instant" and not card.discrete and not card.instant:
        return f"method mereq-instant was not trained for the continuous actions of task {card.name}: take mereq"
    return ""


def freedom_of(method: str) -> float:
    """theta's components stay within so many times their features' reach."""
    return 20.0 if method in _FULL_REWARD else 1.0


def joined(**parts: State) -> dict[str, np.ndarray]:
    """The arrays of several states as one, each under its part's name and a dot: `part_of` takes them apart."""
    return {f"{part}.{name}": array for part, state in parts.items() for name, array in state.items()}


def part_of(state: State, stem: str) -> dict[str, np.ndarray]:
    """The arrays of a state whose names begin with `stem`, without it."""
    return {name[len(stem) :]: array for name, array in state.items() if name.startswith(stem)}


class LearnerConfig(Record):
    """How to learn; travels to the learner's process in the handshake."""

    task: str
    """Any key or gymnasium id of the task."""
    method: Method = "mereq"
    seed: int = 0
    expert_side: ExpertSide | None = None
    """Whose steps stand for the expert; None says the method's own (shared for mereq and mereq-instant, else human)."""
    total_features: bool = False
    """Count the expert's steps of all rounds, not of the current one alone."""
    objective: Objective = "likelihood"
    """What mereq-instant searches theta by."""
    guard: bool = False
    """Try each policy in a short simulation before it is published, so that the actor can refuse one that fails."""
    settle: bool = False
    """Finish all background work before an update counts as done, so that a run does not depend on the clock."""


class Rest(Record):
    """What a slice of background work came to."""

    busy: bool
    """More of it is left to do."""
    better: bool = False
    """`snapshot` gives another policy than before, worth publishing."""
    detail: str = ""
    """What is being worked on, in a few words for the operator."""
    warning: str = ""
    """What went wrong without harm, for the log."""
    report: LearnerReport | None = None
    """Of the better policy, where it is not the last update's own."""


class Learner(Protocol):
    """A method: from segments to reward weights and a policy."""

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        """Learn from all segments of the session so far (those of the last round are the current ones).

        `pulse` is called every few gradient steps, so that a caller can answer its sockets meanwhile.
        """
        ...

    def rest(self) -> Rest:
        """Use a moment (about 50 ms) in which nobody asks for anything; methods without background work do nothing."""
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
