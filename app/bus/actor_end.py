"""The actor's end of the bus: everything is sent, resent and received by polling; nothing waits."""

from collections.abc import Callable, Iterator

import msgspec
import zmq

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.bus.addresses import BusAddress
from mereq_teleop.app.bus.door import Secure, open_to_all
from mereq_teleop.app.bus.errors import BadMessage
from mereq_teleop.app.bus.health import Health, HeartbeatWatch
from mereq_teleop.app.bus.messages import (
    MAX_BYTES,
    Ack,
    BadMessages,
    Goodbye,
    Heartbeat,
    Hello,
    LearnerState,
    NewSegment,
    Report,
    Retract,
    RoundEnd,
    Snapshot,
    SnapshotRequest,
    Stream,
    Welcome,
    Wire,
    decode,
    encode,
)
from mereq_teleop.app.bus.outbox import Outbox
from mereq_teleop.app.bus.seam import Acked, Arrived, BusEvent, Failed, Refused, Reported, Welcomed
from mereq_teleop.sessions.records import Segment

__all__ = ["ActorEnd"]

RETRY_S = 0.5
LONGEST_RETRY_S = 5.0
ALIVE_EVERY_S = 0.5
ASK_EVERY_S = 0.5
GOODBYE_MS = 500
"""How long a closed end still tries to get its last word out."""
DRAIN = 100
"""Messages taken from one socket in one poll, so that a flood cannot hold the frame up."""


class ActorEnd:
    """The learner behind three sockets: a DEALER for data, a SUB for policies, a SUB for reports and heartbeats.

    Numbered messages stay in the outbox until they are acked. When acks stop coming, or another learner answers,
    the handshake is repeated: the Welcome tells what is stored, and the rest is sent again, in order.
    """

    def __init__(
        self,
        address: BusAddress,
        hello: Hello,
        *,
        context: "zmq.Context[zmq.Socket[bytes]]",
        identity: str,
        log: Callable[[str], None] = lambda line: None,
        secure: Secure = open_to_all,
    ) -> None:
        """`identity` is new for each actor process; `log` takes a line now and then; `secure` gives sockets keys."""
        self.bad = BadMessages(log)
        self._hello = hello
        self._identity = identity
        self._outbox = Outbox(first=hello.oldest)
        self._watch = HeartbeatWatch()
        self._welcomed_by = ""
        self._seen_version = self._reported_version = hello.last_version
        self._failed = ""
        self._retry_s = RETRY_S
        self._said_hello_at = self._progress_at = self._alive_at = self._asked_at = float("-inf")
        self._data = context.socket(zmq.DEALER)
        self._data.setsockopt(zmq.ROUTING_ID, identity.encode())
        # Without a connection nothing is queued: the outbox is the only queue.
        self._data.setsockopt(zmq.IMMEDIATE, 1)
        self._snapshots = context.socket(zmq.SUB)
        # Before connecting: set later, it does nothing.
        self._snapshots.setsockopt(zmq.CONFLATE, 1)
        self._reports = context.socket(zmq.SUB)
        for where, end in (
            (self._data, address.data),
            (self._snapshots, address.snapshots),
            (self._reports, address.reports),
        ):
            where.setsockopt(zmq.LINGER, 0)
            where.setsockopt(zmq.MAXMSGSIZE, MAX_BYTES)
            where.setsockopt(zmq.RECONNECT_IVL, 50)
            if where is not self._data:
                where.setsockopt(zmq.SUBSCRIBE, b"")
            secure(where)
            where.connect(end)

    @property
    def waiting(self) -> int:
        """Messages that are not acked yet."""
        return len(self._outbox)

    def offer(self, segment: Segment) -> str:
        """Send a segment for good; returns its key, the segment's id.

        Raises:
            BadMessage: the segment is too large for a message.
        """
        return self._post(NewSegment(seq=self._outbox.next, segment=segment))

    def retract(self, segment_id: str) -> str:
        """Have the learner forget a segment; returns the key."""
        return self._post(Retract(seq=self._outbox.next, segment_id=segment_id))

    def end_round(self, round_: int) -> str:
        """Tell that a round is over; returns the key."""
        return self._post(RoundEnd(seq=self._outbox.next, round=round_))

    def poll(self, now: float) -> list[BusEvent]:
        """Send what waits and return what came since the last call (`now` in seconds)."""
        self._watch.tick(now)
        events: list[BusEvent] = []
        for where in (self._reports, self._snapshots, self._data):
            for message in self._drain(where, now):
                events += self._take(message, now)
        self._say_hello(now)
        self._send(now)
        return events

    def settled(self) -> bool:
        """Whether all that was sent is stored, nothing of it waits for an update, and its policy is here."""
        beat = self._watch.beat
        return (
            beat is not None
            and beat.instance == self._welcomed_by
            and beat.state is LearnerState.READY
            and beat.served >= self._outbox.next - 1
            and min(self._seen_version, self._reported_version) >= beat.version
        )

    def health(self, now: float) -> Health:
        """How the learner is; `starting` until it has welcomed this actor."""
        health = self._watch.health(now)
        if health.state in (LearnerState.READY, LearnerState.LEARNING) and not self._welcomed_by:
            return Health(LearnerState.STARTING, health.detail, health.silent_s)
        return health

    def expect_learner(self, now: float) -> None:
        """A new learner was started in the place of the last one."""
        self._watch.expect(now)
        self._part()
        self._said_hello_at = float("-inf")
        self._retry_s = RETRY_S

    def close(self) -> None:
        """Close the sockets, and let the learner go; what is not acked stays unsent."""
        # Before a Welcome, too: it may be on its way.
        if self._said_hello_at > float("-inf") and self._transmit(encode(Goodbye())):
            self._data.setsockopt(zmq.LINGER, GOODBYE_MS)
        for where in (self._data, self._snapshots, self._reports):
            where.close()

    def _post(self, message: Stream) -> str:
        self._outbox.add(message.seq, message.key, encode(message))
        if self._welcomed_by:
            self._send_stream()
        return message.key

    def _drain(self, where: "zmq.Socket[bytes]", now: float) -> Iterator[Wire]:
        for _ in range(DRAIN):
            try:
                frames = where.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                if len(frames) != 1:
                    raise BadMessage(f"{len(frames)} frames instead of one")
                yield decode(frames[0])
            except (BadMessage, BadPolicy) as error:
                self.bad.add(str(error), now)

    def _take(self, message: Wire, now: float) -> Iterator[BusEvent]:
        match message:
            case Heartbeat():
                self._watch.hear(message, now)
                if message.instance != self._welcomed_by:
                    self._part()
                if message.state is LearnerState.FAILED and message.instance != self._failed:
                    self._failed = message.instance
                    yield Failed(message.detail)
            case Welcome(accepted=False):
                if message.reason != self._watch.refusal:
                    yield Refused(message.reason)
                self._watch.refusal = message.reason
            case Welcome():
                self._watch.refusal = ""
                self._welcomed_by = message.instance
                lost = max(0, self._outbox.acked - message.stored)
                yield Welcomed(message.instance, message.stored, lost)
                yield from self._acked(message.stored, now)
                self._outbox.rewind()
                self._progress_at = now
            case Ack():
                yield from self._acked(message.seq, now)
            case Report(report=report) if report.policy_version > self._reported_version:
                self._reported_version = report.policy_version
                yield Reported(report)
            case Snapshot():
                yield from self._unpack(message, now)
            case _:
                pass

    def _acked(self, seq: int, now: float) -> Iterator[BusEvent]:
        for key in self._outbox.ack(seq):
            self._progress_at = now
            self._retry_s = RETRY_S
            yield Acked(key)

    def _unpack(self, message: Snapshot, now: float) -> Iterator[BusEvent]:
        try:
            policy = PolicySnapshot.from_bytes(message.policy)
        except BadPolicy as error:
            self.bad.add(str(error), now)
            return
        if policy.version > self._seen_version:
            self._seen_version = policy.version
            yield Arrived(policy)

    def _part(self) -> None:
        self._welcomed_by = ""
        self._outbox.rewind()

    def _say_hello(self, now: float) -> None:
        """Greet a learner that is heard and has not welcomed us, or whose acks have stopped coming."""
        overdue = self._outbox.in_flight > 0 and now - self._progress_at > self._retry_s
        fresh = self._watch.heard_at > self._said_hello_at
        if not fresh or (self._welcomed_by and not overdue) or now - self._said_hello_at < self._retry_s:
            return
        self._part()
        hello = msgspec.structs.replace(
            self._hello,
            last_version=max(self._seen_version, self._reported_version),
            oldest=self._outbox.acked + 1,
        )
        if self._transmit(encode(hello)):
            self._said_hello_at = now
            self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)

    def _send(self, now: float) -> None:
        if not self._welcomed_by:
            return
        if self._outbox.in_flight == 0:
            self._progress_at = now
        if not self._outbox:
            self._retry_s = RETRY_S
        self._send_stream()
        if now - self._alive_at >= ALIVE_EVERY_S and self._transmit(
            encode(Heartbeat(instance=self._identity, version=self._seen_version))
        ):
            self._alive_at = now
        self._ask(now)

    def _send_stream(self) -> None:
        while (data := self._outbox.peek()) is not None and self._transmit(data):
            self._outbox.sent()

    def _ask(self, now: float) -> None:
        """Ask for the current policy when heartbeats tell of a newer one that did not come."""
        beat = self._watch.beat
        if beat is None or beat.version <= min(self._seen_version, self._reported_version):
            self._asked_at = now
            return
        if now - self._asked_at >= ASK_EVERY_S and self._transmit(encode(SnapshotRequest())):
            self._asked_at = now

    def _transmit(self, data: bytes) -> bool:
        try:
            self._data.send(data, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True
