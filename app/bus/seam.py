"""What the actor's loop sees of a learner, wherever that runs: a bus with these methods, and its events."""

from dataclasses import dataclass
from typing import Protocol

from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.app.bus.health import Health
from mereq_teleop.sessions.records import Segment

__all__ = ["Acked", "Arrived", "Bus", "BusEvent", "Failed", "Refused", "Reported", "Welcomed"]


@dataclass(frozen=True, slots=True)
class Acked:
    """The learner has it on its disk."""

    key: str
    """What `offer`, `retract` or `end_round` returned."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A newer policy came; `policy.maker.cause` is the key of what asked for it."""

    policy: PolicySnapshot


@dataclass(frozen=True, slots=True)
class Reported:
    """What an update did; at most once for each policy version."""

    report: LearnerReport


@dataclass(frozen=True, slots=True)
class Welcomed:
    """A learner took this actor."""

    instance: str
    stored: int
    """How many messages of this session it has."""
    lost: int
    """How many it once acked and has no more (its folder was removed)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A learner did not take this actor; it is asked again now and then."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The learner cannot learn from what it has, and said why before it ended."""

    detail: str


BusEvent = Acked | Arrived | Reported | Welcomed | Refused | Failed


class Bus(Protocol):
    """The learner as the actor's loop sees it. No method waits."""

    @property
    def waiting(self) -> int:
        """Messages that are not acked yet."""
        ...

    def offer(self, segment: Segment) -> str:
        """Send a segment for good; returns its key."""
        ...

    def retract(self, segment_id: str) -> str:
        """Have the learner forget a segment; returns the key."""
        ...

    def end_round(self, round_: int) -> str:
        """Tell that a round is over; returns the key."""
        ...

    def poll(self, now: float) -> list[BusEvent]:
        """Send what waits and return what came; call it every frame, with the time in seconds."""
        ...

    def settled(self) -> bool:
        """Whether all that was sent is stored, nothing of it waits for an update, and its policy is here."""
        ...

    def health(self, now: float) -> Health:
        """How the learner is."""
        ...

    def expect_learner(self, now: float) -> None:
        """A new learner was started in the place of the last one."""
        ...

    def close(self) -> None:
        """Close the sockets; what is not acked stays unsent."""
        ...
