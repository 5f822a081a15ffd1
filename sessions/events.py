"""The events that a recording holds beside transitions, and the topic of each."""

from collections.abc import Mapping
from enum import StrEnum

from mereq_teleop.sessions.records import Action, Authority, Record, Segment, Transition

__all__ = [
    "TYPES",
    "Acknowledgement",
    "AuthorityChange",
    "EpisodeStart",
    "Note",
    "Retraction",
    "Rewind",
    "RoundEnd",
    "SegmentMark",
    "Swap",
    "Topic",
]


class Topic(StrEnum):
    """Where an event is found in the recording."""

    EPISODE = "/episode"
    COMMAND = "/command"
    AUTHORITY = "/authority"
    TRANSITION = "/transition"
    SWAP = "/swap"
    SEGMENT = "/segment"
    RETRACT = "/retract"
    REWIND = "/rewind"
    ACK = "/ack"
    ROUND = "/round"
    REPORT = "/report"
    NOTE = "/note"


class EpisodeStart(Record, omit_defaults=True):
    """The world was reset; the transitions that follow are this episode's.

    What is not said is not written: an older reader knows every episode but a fork's first.
    """

    index: int
    """Counts from 0; the same index again says that the episode was started anew."""
    seed: int
    task: str
    """Gymnasium id of the world."""
    executed_before: tuple[Action, ...] = ()
    """Actions that were executed before the first transition, whose step is their number: a fork begins midway."""


class AuthorityChange(Record):
    """Control went from one to another, before the next decision."""

    before: Authority
    after: Authority
    event: str
    """What changed it, as in teleop's table."""
    reason: str = ""
    """Why the authority is SAFE; empty otherwise."""


class Swap(Record):
    """Another policy drives from a step on; the first policy of a session is a swap too."""

    version: int
    hash: str
    """Content hash of the policy, as in its file's name."""
    episode: int
    step: int
    """First step of that episode which this policy decides."""
    reason: str = ""
    """Empty for a policy that was just learned; `rollback` for an earlier one called back."""
    cost_s: float = 0.0
    """What the swap cost the control loop."""


class SegmentMark(Record):
    """A segment was closed. Its transitions are those already recorded."""

    id: str
    round: int
    episode: int
    seed: int
    start: int
    stop: int
    authority: Authority

    @classmethod
    def of(cls, segment: Segment) -> "SegmentMark":
        """The mark of a segment."""
        return cls(**{name: getattr(segment, name) for name in cls.__struct_fields__})


class Retraction(Record):
    """The operator took a segment back: nobody shall learn from it."""

    segment: str


class Rewind(Record):
    """The world went back within an episode: what was taken from `to_step` on is taken again."""

    episode: int
    from_step: int
    """The step that would have come next."""
    to_step: int
    """The step that comes instead."""


class Acknowledgement(Record):
    """The learner has stored a segment."""

    segment: str


class RoundEnd(Record):
    """A round is over."""

    id: str
    round: int
    steps: int
    """Steps of the round under policy or human."""
    human_steps: int


class Note(Record, kw_only=True, omit_defaults=True):
    """A word for whoever reads the recording."""

    text: str
    told: bool = False
    """Whether the operator was told it too, in the window."""
    warning: bool = False


TYPES: Mapping[str, type[Record]] = {
    Topic.EPISODE: EpisodeStart,
    Topic.AUTHORITY: AuthorityChange,
    Topic.TRANSITION: Transition,
    Topic.SWAP: Swap,
    Topic.SEGMENT: SegmentMark,
    Topic.RETRACT: Retraction,
    Topic.REWIND: Rewind,
    Topic.ACK: Acknowledgement,
    Topic.ROUND: RoundEnd,
    Topic.NOTE: Note,
}
"""What each topic holds. /command and /report belong to other rooms: their readers say the type."""
