"""The learner's end of the bus: served from within its training loop, whose pulse is its heartbeat."""

from collections.abc import Callable
from typing import IO, NamedTuple, Protocol

import zmq

from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.app.bus.addresses import BusAddress
from mereq_teleop.app.bus.door import Secure, open_to_all
from mereq_teleop.app.bus.errors import AddressTaken, BadAddress, BadMessage
from mereq_teleop.app.bus.messages import (
    MAX_BYTES,
    PROTOCOL,
    Ack,
    BadMessages,
    Goodbye,
    Heartbeat,
    Hello,
    LearnerState,
    Message,
    NewSegment,
    Report,
    Retract,
    RoundEnd,
    Snapshot,
    SnapshotRequest,
    Stream,
    Welcome,
    decode,
    encode,
    protocol_of,
)

__all__ = ["Greeting", "LearnerEnd", "Store"]

BEAT_EVERY_S = 0.1
ACTOR_GONE_S = 5.0
"""An actor that falls silent without a goodbye keeps its place so long before another one may take it."""
DRAIN = 100
"""Messages taken in one pulse."""


class Greeting(NamedTuple):
    """A Hello that waits for an answer, and who sent it."""

    actor: bytes
    hello: Hello


class Store(Protocol):
    """What the learner's end asks of a session's store."""

    @property
    def stored(self) -> int:
        """Number up to which everything is stored."""
        ...

    def commit(self, messages: list[Stream]) -> None:
        """Store messages for good, in order.

        Raises:
            OSError: there is no room; nothing of them was stored.
        """
        ...


class LearnerEnd:
    """A ROUTER for data and two PUBs: snapshots; reports and heartbeats.

    One actor at a time is welcome. Its numbered messages are committed in order, then acked; what does not follow
    on what is stored is left for the actor to send again.

    Raises:
        AddressTaken: another learner answers there.
        BadAddress: nobody can answer there.
    """

    def __init__(
        self,
        address: BusAddress,
        *,
        context: "zmq.Context[zmq.Socket[bytes]]",
        instance: str,
        clock: Callable[[], float],
        log: Callable[[str], None],
        secure: Secure = open_to_all,
    ) -> None:
        """`instance` is new at each start; `clock` gives monotonic seconds; `log` takes a line; `secure` sets keys."""
        self.instance = instance
        self.bad = BadMessages(log)
        self.greeting: Greeting | None = None
        """A Hello that the service is to answer with `welcome` or `refuse`."""
        self.last_version = 0
        """Highest policy version that the actor has seen."""
        self._trouble = ""
        self.beat = Heartbeat(instance=instance, state=LearnerState.STARTING)
        """What the heartbeats say; set it with `say`."""
        self._clock = clock
        self._log = log
        self._actor = b""
        self._session = ""
        self._store: Store | None = None
        self._expected = 1
        self._heard_at = self._beat_at = float("-inf")
        self._current: tuple[bytes, bytes] | None = None
        self._lock = _take_lock(address)
        self._data, self._snapshots, self._reports = (context.socket(kind) for kind in (zmq.ROUTER, zmq.PUB, zmq.PUB))
        # An actor whose link broke comes back under its own name while the old connection still seems to live.
        self._data.setsockopt(zmq.ROUTER_HANDOVER, 1)
        self._data.setsockopt(zmq.MAXMSGSIZE, MAX_BYTES)
        self._data.setsockopt(zmq.RCVHWM, DRAIN)
        for where in (self._data, self._snapshots, self._reports):
            # The last words of a learner that fails must get out.
            where.setsockopt(zmq.LINGER, 1000)
            secure(where)
        self._bind(address)

    @property
    def taken(self) -> int:
        """Number up to which every message was taken: stored, or lost with a folder that was removed."""
        return self._expected - 1

    def pulse(self) -> None:
        """Take what came, commit and ack it, and send a heartbeat when one is due. Takes well under 1 ms idle."""
        now = self._clock()
        batch: list[Stream] = []
        for _ in range(DRAIN):
            try:
                frames = self._data.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            self._take(frames, batch, now)
        self._commit(batch)
        if now - self._beat_at >= BEAT_EVERY_S:
            self._send_beat(now)

    def wait(self, seconds: float) -> None:
        """Pulse as soon as something comes, and after so many seconds at the latest."""
        self._data.poll(int(1000 * seconds))
        self.pulse()

    def say(
        self, state: LearnerState, detail: str = "", *, served: int | None = None, version: int | None = None
    ) -> None:
        """What heartbeats say from now on; the first goes out at once if anything changed."""
        beat = Heartbeat(
            instance=self.instance,
            state=state,
            detail=(self._trouble or detail)[:2000],
            served=self.beat.served if served is None else served,
            version=self.beat.version if version is None else version,
        )
        if beat != self.beat:
            self.beat = beat
            self._send_beat(self._clock())

    def welcome(self, greeting: Greeting, store: Store) -> None:
        """Take this actor, whose messages go to `store` from now on."""
        self._actor, self._session, self._store = greeting.actor, greeting.hello.session, store
        self.greeting = None
        self.last_version = 0
        self._heard_at = self._clock()
        self._say_welcome(greeting.hello)

    def release(self) -> None:
        """Let the actor go, if there is one; its messages are not taken any more."""
        self._actor, self._session, self._store, self._current = b"", "", None, None
        self._trouble = ""

    def refuse(self, actor: bytes, reason: str) -> None:
        """Tell an actor why it is not taken."""
        if self.greeting is not None and self.greeting.actor == actor:
            self.greeting = None
        self._send(actor, Welcome(instance=self.instance, accepted=False, reason=reason[:2000]))

    def set_current(self, report: LearnerReport, policy: PolicySnapshot) -> None:
        """What `SnapshotRequest` is answered with from now on."""
        self._current = encode(Report(report=report)), encode(Snapshot(policy=policy.to_bytes()))

    def publish(self) -> None:
        """Send the current policy and its report to whoever listens."""
        if self._current is not None:
            report, policy = self._current
            self._snapshots.send(policy, zmq.NOBLOCK)
            self._reports.send(report, zmq.NOBLOCK)

    def fail(self, detail: str) -> None:
        """Last words: why this learner ends."""
        self._trouble = ""
        self.say(LearnerState.FAILED, detail)
        # Directly too: a subscription may not stand yet, the actor's own link does.
        if actor := self._actor or (self.greeting.actor if self.greeting else b""):
            self._send(actor, self.beat)

    def close(self) -> None:
        """Close the sockets and free the address."""
        for where in (self._data, self._snapshots, self._reports):
            where.close()
        if self._lock is not None:
            self._lock.close()

    def _bind(self, address: BusAddress) -> None:
        try:
            self._data.bind(address.data)
            self._snapshots.bind(address.snapshots)
            self._reports.bind(address.reports)
        except zmq.ZMQError as error:
            self.close()
            if error.errno == zmq.EADDRINUSE:
                raise AddressTaken(
                    f"another program answers at {address.data}: stop it, or take another port"
                ) from None
            raise BadAddress(f"cannot answer at {address.data}: {error}") from None

    def _take(self, frames: list[bytes], batch: list[Stream], now: float) -> None:
        actor = frames[0]
        try:
            if len(frames) != 2:
                raise BadMessage(f"{len(frames) - 1} frames instead of one")
            message = decode(frames[1])
        except BadMessage as error:
            if (protocol := protocol_of(frames[-1])) not in (None, PROTOCOL):
                self.refuse(actor, _other_protocol(protocol))
            else:
                self.bad.add(str(error), now)
            return
        if isinstance(message, Hello):
            self._greet(Greeting(actor, message), now)
            return
        if isinstance(message, Goodbye):
            self._let_go(actor)
            return
        if actor != self._actor:
            self.bad.add(f"{type(message).__name__} from an actor that is not welcomed", now)
            return
        self._heard_at = now
        match message:
            case NewSegment() | Retract() | RoundEnd():
                batch.append(message)
            case SnapshotRequest():
                for data in self._current or ():
                    self._data.send_multipart([actor, data], zmq.NOBLOCK)
            case _:
                pass

    def _greet(self, greeting: Greeting, now: float) -> None:
        actor, hello = greeting
        if hello.protocol != PROTOCOL:
            self.refuse(actor, _other_protocol(hello.protocol))
        elif hello.session == self._session and self._store is not None:
            # The same actor again, or the same session from an actor that was started anew.
            self._actor, self._heard_at = actor, now
            self._say_welcome(hello)
        elif self._actor not in (b"", actor) and now - self._heard_at < ACTOR_GONE_S:
            self.refuse(actor, f"this learner works for another actor (session {self._session!r})")
        else:
            self.greeting = greeting

    def _let_go(self, actor: bytes) -> None:
        """Its place is free; what it taught is still learned from until somebody else comes."""
        if self.greeting is not None and self.greeting.actor == actor:
            self.greeting = None
        if actor == self._actor:
            self._heard_at = float("-inf")

    def _say_welcome(self, hello: Hello) -> None:
        assert self._store is not None
        self.last_version = max(self.last_version, hello.last_version)
        self._expected = max(self._store.stored + 1, hello.oldest)
        stored = self._store.stored
        self._send(self._actor, Welcome(instance=self.instance, accepted=True, stored=stored))

    def _commit(self, batch: list[Stream]) -> None:
        """Store what follows on what is stored, in one go, and ack it; what came before is acked again."""
        if not batch or self._store is None:
            return
        fresh: list[Stream] = []
        for message in batch:
            if message.seq == self._expected + len(fresh):
                fresh.append(message)
        try:
            if fresh:
                self._store.commit(fresh)
        except OSError as error:
            # Without its number, which says nothing to the person who reads it in the window.
            trouble = error.strerror or str(error)
            if self._trouble != trouble:
                self._log(str(error))
            self._trouble = trouble
            self.say(self.beat.state)
            return
        self._expected += len(fresh)
        if fresh and self._trouble:
            self._trouble = ""
            self.say(self.beat.state)
        self._send(self._actor, Ack(seq=self._expected - 1))

    def _send(self, actor: bytes, message: Message) -> None:
        self._data.send_multipart([actor, encode(message)], zmq.NOBLOCK)

    def _send_beat(self, now: float) -> None:
        self._beat_at = now
        self._reports.send(encode(self.beat), zmq.NOBLOCK)


def _other_protocol(protocol: int | None) -> str:
    return (
        f"the actor speaks protocol {protocol}, this learner protocol {PROTOCOL}: "
        "install the same mereq-teleop on both sides"
    )


def _take_lock(address: BusAddress) -> IO[bytes] | None:
    """Binding an ipc address silently takes it away from a learner that is alive, so a file's lock guards it."""
    if (path := address.lock) is None:
        return None
    import fcntl

    try:
        lock = path.open("wb")
    except OSError as error:
        raise BadAddress(f"cannot answer at {address.data}: {error}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise AddressTaken(f"another learner answers at {address.data}: stop it, or take another address") from None
    return lock
