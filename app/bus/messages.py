"""What travels between actor and learner: one tagged union, as MessagePack, with nothing unknown in it."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.app.bus.errors import BadMessage
from mereq_teleop.sessions import records

__all__ = [
    "MAX_BYTES",
    "PROTOCOL",
    "Ack",
    "BadMessages",
    "Goodbye",
    "Heartbeat",
    "Hello",
    "LearnerState",
    "Message",
    "NewSegment",
    "Report",
    "Retract",
    "RoundEnd",
    "Snapshot",
    "SnapshotRequest",
    "UpdateMode",
    "Welcome",
    "Wire",
    "decode",
    "encode",
    "protocol_of",
]

PROTOCOL = 2
"""Version of this file; the handshake refuses another one."""
MAX_BYTES = 64 * 2**20
"""Largest frame of all; the sockets close a connection that sends a larger one."""

UpdateMode = Literal["segment", "round"]
"""When the learner updates: at the end of each human segment and each round, or of each round only."""

Name = Annotated[str, Meta(min_length=1, max_length=200)]
FolderName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")]
Text = Annotated[str, Meta(max_length=2000)]
Count = Annotated[int, Meta(ge=0, le=2**62)]


class LearnerState(StrEnum):
    """How the learner is: the first four it says itself, the others are found out by the actor."""

    STARTING = "starting"
    READY = "ready"
    LEARNING = "learning"
    FAILED = "failed"
    HUNG = "hung"
    LOST = "lost"
    REFUSED = "refused"


class Message(records.Record, tag=True):
    """What all messages have in common: immutable, by keyword, tagged by their name, nothing unknown."""


class Hello(Message):
    """Actor to learner, until it is welcomed: all that a learner needs to begin or to go on."""

    card: Name
    """Digest of the task's card."""
    session: FolderName
    config: LearnerConfig
    update: UpdateMode
    prior: bytes
    """The prior as a safetensors file: a learner elsewhere needs no files of ours."""
    protocol: Count = PROTOCOL
    last_version: Count = 0
    """Highest policy version the actor has seen: new ones are above it, whatever the learner remembers."""
    oldest: Count = 1
    """Sequence number of the oldest message that the actor still holds."""


class Welcome(Message):
    """Learner to actor: accepted or not, why not, and what is stored. Its shape never changes."""

    instance: Name
    """New at each start of a learner."""
    accepted: bool
    reason: Text = ""
    stored: Count = 0
    """Sequence number up to which everything is stored."""


class NewSegment(Message, tag="Segment"):
    """Actor to learner: a segment of the session."""

    seq: Count
    """Place in the session's stream, from 1: the learner stores in this order, without gaps."""
    segment: records.Segment

    @property
    def key(self) -> str:
        """What acks and updates call it."""
        return self.segment.id


class Retract(Message):
    """Actor to learner: forget this segment."""

    seq: Count
    segment_id: Name

    @property
    def key(self) -> str:
        """What acks and updates call it."""
        return f"retract:{self.segment_id}"


class RoundEnd(Message):
    """Actor to learner: the round is over."""

    seq: Count
    round: Count

    @property
    def key(self) -> str:
        """What acks and updates call it."""
        return f"round:{self.round}"


class Ack(Message):
    """Learner to actor: everything up to `seq` is on its disk."""

    seq: Count


class SnapshotRequest(Message):
    """Actor to learner: send the current policy and its report (to who joined late or missed them)."""


class Snapshot(Message):
    """Learner to actor: a policy."""

    policy: bytes
    """A `PolicySnapshot` as its safetensors file."""


class Report(Message):
    """Learner to actor: what the last update did."""

    report: LearnerReport


class Heartbeat(Message):
    """Who sends it lives. The learner's come from its training loop itself, and say how far it is."""

    instance: Name
    state: LearnerState = LearnerState.READY
    detail: Text = ""
    served: Count = 0
    """Sequence number up to which nothing waits for an update any more."""
    version: Count = 0
    """Current policy version; 0 before the first update."""


class Goodbye(Message):
    """Actor to learner, its last: another actor may have its place at once."""


Stream = NewSegment | Retract | RoundEnd
"""Numbered messages: resent until they are acked, stored once and in order."""
Wire = (
    Hello | Welcome | NewSegment | Retract | RoundEnd | Ack | SnapshotRequest | Snapshot | Report | Heartbeat | Goodbye
)

SMALL = 2**16
CAPS: dict[type[Message], int] = {Hello: MAX_BYTES, Snapshot: MAX_BYTES, NewSegment: 8 * 2**20}
"""Largest frame of each type (bytes); those not listed are `SMALL`."""

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Wire] = msgspec.msgpack.Decoder(Wire)


class AnyHello(msgspec.Struct, tag="Hello"):
    """As much of a Hello of any protocol as it takes to refuse it in words."""

    protocol: int


_hello_decoder = msgspec.msgpack.Decoder(AnyHello)


def encode(message: Message) -> bytes:
    """One frame.

    Raises:
        BadMessage: the message is larger than the other end would take.
    """
    data = _encoder.encode(message)
    check_size(data, type(message))
    return data


def decode(data: bytes) -> Wire:
    """The inverse of `encode`.

    Raises:
        BadMessage: not one of our messages, something unknown in it, or too large.
    """
    if len(data) > MAX_BYTES:
        raise BadMessage(f"a message of {len(data)} bytes; the limit is {MAX_BYTES}")
    try:
        message = _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadMessage(f"not a message of ours: {str(error)[:200]}") from None
    check_size(data, type(message))
    return message


def check_size(data: bytes, kind: type[Message]) -> None:
    """Raise BadMessage for a frame that is larger than its type may be."""
    if len(data) > (cap := CAPS.get(kind, SMALL)):
        raise BadMessage(f"a {kind.__name__} of {len(data)} bytes; the limit is {cap}")


def protocol_of(data: bytes) -> int | None:
    """The protocol of a Hello that `decode` may not understand; None for anything else."""
    try:
        return _hello_decoder.decode(data).protocol
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


class BadMessages:
    """Counts what was dropped and says so, once in a while."""

    def __init__(self, log: Callable[[str], None], every_s: float = 60.0) -> None:
        self.count = 0
        self._log = log
        self._every_s = every_s
        self._said_at = float("-inf")

    def add(self, why: str, now: float) -> None:
        """One more message was dropped at time `now` (s)."""
        self.count += 1
        if now - self._said_at >= self._every_s:
            self._said_at = now
            self._log(f"dropped a bad message ({self.count} so far): {why}")
