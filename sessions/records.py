"""The records of a session: who had control, what was decided, what came of it.

They are msgspec structs, so that the wire, the recording and the learner hold one and the same type.
Observations are flat tuples in row-major order; the task's card has their shape.
"""

from enum import StrEnum
from math import isfinite
from typing import Protocol, dataclass_transform

import msgspec

__all__ = ["Action", "AnySegment", "Authority", "Decision", "Episode", "Segment", "Transition"]

Action = int | tuple[float, ...]
"""Index of a discrete action, or a continuous action in environment units."""


class Authority(StrEnum):
    """Who has control of the next step."""

    POLICY = "policy"
    HUMAN = "human"
    SAFE = "safe"
    """A neutral action, because the human's device or focus was lost."""
    NOBODY = "nobody"
    """Paused."""


# msgspec hands frozen and kw_only down to subclasses; type checkers must be told.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all records have in common: immutable, by keyword, nothing unknown in them."""


class Decision(Record, kw_only=True, omit_defaults=True):
    """What the policy wanted, what the human did, and what was executed.

    What is None or empty is left out where it is written down: Foxglove's schemas have no word for null.

    Raises:
        ValueError: the executed action is not that of whoever has control.
    """

    policy_action: Action
    human_action: Action | None = None
    authority: Authority
    executed: Action
    reason: str = ""
    """Why the authority is SAFE; empty otherwise."""

    def __post_init__(self) -> None:
        if self.authority is Authority.NOBODY:
            raise ValueError("nobody has control: there is no decision to make")
        theirs = {Authority.POLICY: self.policy_action, Authority.HUMAN: self.human_action}
        if self.executed != theirs.get(self.authority, self.executed):
            raise ValueError(f"{self.authority} has control, yet {self.executed} was executed")


class Transition(Record):
    """One control step.

    Raises:
        ValueError: the step is negative, the observations differ in length, or a number is not finite.
    """

    step: int
    """Index of the step within its episode, from 0."""
    obs: tuple[float, ...]
    decision: Decision
    next_obs: tuple[float, ...]
    features: tuple[float, ...]
    """f(x, u) after the step, in the order of the task's card."""
    reward: float
    """The prior's reward of the step."""
    terminated: bool
    truncated: bool
    policy_version: int

    def __post_init__(self) -> None:
        if self.step < 0:
            raise ValueError(f"steps count from 0, got {self.step}")
        if len(self.obs) != len(self.next_obs):
            raise ValueError(f"obs has {len(self.obs)} numbers, next_obs {len(self.next_obs)}")
        # JSON has no word for NaN or infinity, and nothing may be learned from them.
        if not all(map(isfinite, (*self.obs, *self.next_obs, *self.features, self.reward))):
            raise ValueError(f"step {self.step} holds a number that is not finite")


class Segment(Record):
    """Steps `[start, stop)` of one episode, all under one authority, and what restores the first state.

    Raises:
        ValueError: the range, the transitions and the authority do not fit together.
    """

    id: str
    """Unique within the session: episode, first step and how often that first step was taken."""
    round: int
    episode: int
    seed: int
    """Seed of the episode's reset."""
    start: int
    stop: int
    authority: Authority
    executed_before: tuple[Action, ...]
    """Actions `[0, start)`: with the seed they restore the segment's first state."""
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        if self.start >= self.stop:
            raise ValueError(f"a segment needs a step: start {self.start} >= stop {self.stop}")
        if [transition.step for transition in self.transitions] != list(range(self.start, self.stop)):
            raise ValueError(f"segment {self.id!r} lacks some of its steps [{self.start}, {self.stop})")
        if any(transition.decision.authority is not self.authority for transition in self.transitions):
            raise ValueError(f"segment {self.id!r} is not wholly under {self.authority}")
        if len(self.executed_before) != self.start:
            raise ValueError(f"segment {self.id!r} starts at {self.start} after {len(self.executed_before)} actions")


class AnySegment(Protocol):
    """What learning asks of a segment: a `Segment`, or a stored one that reads its steps each time it is asked."""

    @property
    def id(self) -> str:
        """As of `Segment`."""
        ...

    @property
    def round(self) -> int:
        """As of `Segment`."""
        ...

    @property
    def episode(self) -> int:
        """As of `Segment`."""
        ...

    @property
    def seed(self) -> int:
        """As of `Segment`."""
        ...

    @property
    def start(self) -> int:
        """As of `Segment`."""
        ...

    @property
    def stop(self) -> int:
        """As of `Segment`."""
        ...

    @property
    def authority(self) -> Authority:
        """As of `Segment`."""
        ...

    @property
    def executed_before(self) -> tuple[Action, ...]:
        """As of `Segment`."""
        ...

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """As of `Segment`."""
        ...


class Episode(Record):
    """One episode: n transitions, n + 1 observations, from its reset or from where a fork took it up.

    Raises:
        ValueError: steps are missing, or a step follows the episode's end.
    """

    task: str
    """Gymnasium id of the world."""
    index: int
    seed: int
    transitions: tuple[Transition, ...]
    executed_before: tuple[Action, ...] = ()
    """What was executed between the reset and the first transition; of a forked session's first episode alone."""

    def __post_init__(self) -> None:
        first = len(self.executed_before)
        if [transition.step for transition in self.transitions] != [*range(first, first + len(self.transitions))]:
            raise ValueError(f"episode {self.index} lacks some of its steps")
        if any(transition.terminated or transition.truncated for transition in self.transitions[:-1]):
            raise ValueError(f"episode {self.index} goes on after its end")

    @property
    def executed(self) -> tuple[Action, ...]:
        """Every action since the reset: with the seed they restore the state after the last transition."""
        return (*self.executed_before, *(transition.decision.executed for transition in self.transitions))

    @property
    def observations(self) -> tuple[tuple[float, ...], ...]:
        """All n + 1 observations; empty for an episode without a step."""
        if not self.transitions:
            return ()
        return (*(transition.obs for transition in self.transitions), self.transitions[-1].next_obs)
