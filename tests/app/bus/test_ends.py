"""Both ends in one thread, on real sockets: delivery, refusal, and the newest policy only."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import zmq

from mereq_teleop.app.bus.actor_end import ActorEnd
from mereq_teleop.app.bus.addresses import BusAddress, free_port, private_address
from mereq_teleop.app.bus.errors import AddressTaken, BadAddress
from mereq_teleop.app.bus.learner_end import ACTOR_GONE_S, LearnerEnd
from mereq_teleop.app.bus.messages import PROTOCOL, Hello, LearnerState, RoundEnd, Stream, encode
from mereq_teleop.app.bus.seam import Acked, Arrived, BusEvent, Failed, Refused, Reported, Welcomed
from tests.app.bus.samples import make_hello, make_policy, make_report, make_segment

Context = zmq.Context[zmq.Socket[bytes]]


class Memory:
    """A store that keeps messages in a list, and can be full."""

    def __init__(self) -> None:
        self.messages: list[Stream] = []
        self.full = False

    @property
    def stored(self) -> int:
        return self.messages[-1].seq if self.messages else 0

    def commit(self, messages: list[Stream]) -> None:
        if self.full:
            raise OSError("the disk is full")
        self.messages += messages


class Pair:
    """An actor's and a learner's end, polled in turn, with time that can be pushed forward."""

    def __init__(self, context: Context, address: BusAddress) -> None:
        self.context, self.address = context, address
        self.ahead_s = 0.0
        self.lines: list[str] = []
        self.store = Memory()
        self.learner = self.open_learner("first")
        self.actor = self.open_actor("actor")
        self.events: list[BusEvent] = []

    def clock(self) -> float:
        return time.monotonic() + self.ahead_s

    def open_learner(self, instance: str) -> LearnerEnd:
        return LearnerEnd(
            self.address, context=self.context, instance=instance, clock=self.clock, log=self.lines.append
        )

    def open_actor(self, identity: str, **hello: Any) -> ActorEnd:
        return ActorEnd(self.address, make_hello(**hello), context=self.context, identity=identity)

    def turn(self) -> None:
        self.learner.wait(0.002)
        if (greeting := self.learner.greeting) is not None:
            self.learner.welcome(greeting, self.store)
            self.learner.say(LearnerState.READY)
        self.events += self.actor.poll(self.clock())

    def until(self, condition: Callable[[], bool], deadline_s: float = 5.0) -> None:
        end = time.monotonic() + deadline_s
        while not condition():
            assert time.monotonic() < end, f"too late; {self.events} {self.actor.health(self.clock())}"
            self.turn()

    def has(self, kind: type) -> Callable[[], bool]:
        return lambda: any(isinstance(event, kind) for event in self.events)

    def close(self) -> None:
        self.actor.close()
        self.learner.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    with zmq.Context() as context, private_address() as text:
        pair = Pair(context, BusAddress.parse(text))
        yield pair
        pair.close()


def test_what_is_offered_is_stored_once_in_order_and_acked(pair: Pair) -> None:
    keys = [pair.actor.offer(make_segment(str(i))) for i in range(150)]
    keys += [pair.actor.retract("3"), pair.actor.end_round(0)]
    pair.until(lambda: pair.actor.waiting == 0)
    assert [message.key for message in pair.store.messages] == keys
    assert [event.key for event in pair.events if isinstance(event, Acked)] == keys


def test_tcp_on_the_loopback_does_as_well() -> None:
    with zmq.Context() as context:
        pair = Pair(context, BusAddress.parse(f"tcp://127.0.0.1:{free_port()}"))
        pair.actor.end_round(0)
        pair.until(lambda: pair.actor.waiting == 0)
        with pytest.raises(AddressTaken, match="another program answers"):
            pair.open_learner("second")
        pair.close()


def test_a_full_disk_acks_nothing_and_loses_nothing(pair: Pair) -> None:
    pair.store.full = True
    keys = [pair.actor.offer(make_segment(str(i))) for i in range(3)]
    pair.until(lambda: pair.actor.health(pair.clock()).detail == "the disk is full")
    assert pair.actor.waiting == 3
    pair.store.full = False
    pair.until(lambda: pair.actor.waiting == 0)
    pair.until(lambda: pair.actor.health(pair.clock()).detail == "")
    assert [message.key for message in pair.store.messages] == keys


def test_a_new_learner_gets_what_the_old_one_did_not_ack(pair: Pair) -> None:
    pair.actor.end_round(0)
    pair.until(lambda: pair.actor.waiting == 0)
    pair.learner.close()
    pair.actor.end_round(1)
    pair.learner = pair.open_learner("second")
    pair.until(lambda: pair.actor.waiting == 0)
    assert [message.key for message in pair.store.messages] == ["round:0", "round:1"]
    assert [event.instance for event in pair.events if isinstance(event, Welcomed)] == ["first", "second"]


def test_a_learner_that_lost_its_disk_goes_on_and_it_is_said(pair: Pair) -> None:
    pair.actor.end_round(0)
    pair.until(lambda: pair.actor.waiting == 0)
    pair.learner.close()
    pair.store = Memory()
    pair.learner = pair.open_learner("second")
    pair.actor.end_round(1)
    pair.until(lambda: pair.actor.waiting == 0)
    assert [message.key for message in pair.store.messages] == ["round:1"]
    assert [event.lost for event in pair.events if isinstance(event, Welcomed)] == [0, 1]


def test_a_gap_is_not_stored_and_a_repeat_not_twice(pair: Pair) -> None:
    pair.until(pair.has(Welcomed))
    for seq in (1, 3, 1, 2, 2):
        pair.actor._transmit(encode(RoundEnd(seq=seq, round=seq)))
    pair.until(lambda: len(pair.store.messages) >= 2)
    assert [message.seq for message in pair.store.messages] == [1, 2]


def test_only_the_newest_policy_waits_for_an_actor_that_was_busy(pair: Pair) -> None:
    pair.until(pair.has(Welcomed))
    for version in range(1, 51):
        pair.learner.set_current(make_report(version), make_policy(version))
        pair.learner.publish()
    pair.until(pair.has(Arrived))
    pair.until(lambda: sum(isinstance(event, Reported) for event in pair.events) == 50)
    versions = [event.policy.version for event in pair.events if isinstance(event, Arrived)]
    # The first may arrive before the others are sent; nothing in between waits in a queue.
    assert versions[-1] == 50
    assert len(versions) <= 3


def test_an_old_policy_is_not_taken_after_a_new_one(pair: Pair) -> None:
    pair.until(pair.has(Welcomed))
    for version in (2, 1, 3):
        pair.learner.set_current(make_report(version), make_policy(version))
        pair.learner.publish()
        for _ in range(20):
            pair.turn()
    pair.until(lambda: pair.actor._seen_version == 3)
    assert [event.policy.version for event in pair.events if isinstance(event, Arrived)] == [2, 3]


def test_who_joins_late_gets_the_current_policy_and_its_report(pair: Pair) -> None:
    pair.learner.set_current(make_report(7, "cause"), make_policy(7, "cause"))
    pair.learner.publish()
    pair.learner.say(LearnerState.READY, version=7)
    pair.until(pair.has(Arrived))
    pair.until(pair.has(Reported))
    (policy,) = (event.policy for event in pair.events if isinstance(event, Arrived))
    assert (policy.version, policy.maker.cause) == (7, "cause")


def test_settled_means_stored_served_and_here(pair: Pair) -> None:
    pair.until(pair.has(Welcomed))
    pair.actor.end_round(0)
    pair.until(lambda: pair.actor.waiting == 0)
    assert not pair.actor.settled()
    pair.learner.set_current(make_report(1), make_policy(1))
    pair.learner.say(LearnerState.READY, served=1, version=1)
    pair.until(pair.actor.settled)
    assert pair.has(Arrived)()
    assert pair.has(Reported)()


def test_a_second_actor_is_refused_in_words_until_the_first_is_silent(pair: Pair) -> None:
    pair.until(pair.has(Welcomed))
    first, pair.actor = pair.actor, pair.open_actor("other", session="another")
    pair.until(pair.has(Refused))
    assert str(pair.actor.health(pair.clock())) == "refused: this learner works for another actor (session 'test')"
    pair.ahead_s += ACTOR_GONE_S + 1
    pair.until(lambda: sum(isinstance(event, Welcomed) for event in pair.events) == 2, 10)
    assert pair.actor.health(pair.clock()).state is LearnerState.READY
    first.close()


def test_an_actor_that_says_goodbye_gives_up_its_place_at_once() -> None:
    with private_address() as text:
        contexts = [zmq.Context[zmq.Socket[bytes]]() for _ in range(3)]
        pair = Pair(contexts[0], BusAddress.parse(text))
        pair.actor.close()
        for context, name in zip(contexts[1:], ("one", "two"), strict=True):
            # Each in a context of its own, which ends right away, as a process does.
            pair.context, pair.store = context, Memory()
            pair.actor = pair.open_actor(name, session=name)
            pair.actor.end_round(0)
            pair.until(lambda: pair.actor.waiting == 0)
            assert len(pair.store.messages) == 1
            pair.actor.close()
            context.term()
        assert not pair.has(Refused)()
        assert pair.lines == []
        pair.learner.close()
        contexts[0].term()


def test_a_goodbye_of_somebody_else_frees_nobodys_place(pair: Pair) -> None:
    pair.until(pair.has(Welcomed))
    first, pair.actor = pair.actor, pair.open_actor("other", session="another")
    pair.until(pair.has(Refused))
    pair.actor.close()
    pair.actor = pair.open_actor("third", session="third")
    pair.until(lambda: sum(isinstance(event, Refused) for event in pair.events) == 2)
    first.close()


def test_a_second_learner_on_the_address_is_refused_in_words(pair: Pair) -> None:
    with pytest.raises(AddressTaken, match="another learner answers at ipc://"):
        pair.open_learner("second")
    pair.actor.end_round(0)
    pair.until(lambda: pair.actor.waiting == 0)


def test_an_address_in_no_folder_is_named(pair: Pair) -> None:
    pair.address = BusAddress.parse("ipc:///nowhere/learner")
    with pytest.raises(BadAddress, match="cannot answer at ipc:///nowhere"):
        pair.open_learner("second")


def test_another_protocol_is_refused_in_words(pair: Pair) -> None:
    pair.actor.close()
    pair.actor = pair.open_actor("old", protocol=99)
    pair.until(pair.has(Refused))
    assert "protocol 99" in pair.actor.health(pair.clock()).detail


def test_a_hello_that_this_protocol_cannot_read_is_refused_all_the_same(pair: Pair) -> None:
    class Later(Hello, tag="Hello"):
        surprise: int = 0

    pair.actor._hello = Later(**msgspec.structs.asdict(make_hello(protocol=PROTOCOL + 1)))
    pair.until(pair.has(Refused))
    assert f"protocol {PROTOCOL + 1}" in pair.actor.health(pair.clock()).detail


def test_a_stranger_is_counted_dropped_and_logged_once(pair: Pair) -> None:
    pair.until(pair.has(Welcomed))
    with pair.context.socket(zmq.DEALER) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.connect(pair.address.data)
        garbage = [b"", b"\xc1", b"garbage", b"\x91" * 10_000, encode(RoundEnd(seq=1, round=1))]
        for data in garbage:
            stranger.send(data)
        stranger.send_multipart([b"a", b"b"])
        pair.until(lambda: pair.learner.bad.count == len(garbage) + 1)
    assert pair.store.messages == []
    assert len(pair.lines) == 1


def test_last_words_arrive_once(pair: Pair) -> None:
    pair.until(pair.has(Welcomed))
    pair.learner.fail("no luck")
    pair.until(lambda: pair.actor.health(pair.clock()).state is LearnerState.FAILED)
    for _ in range(20):
        pair.turn()
    assert [event for event in pair.events if isinstance(event, Failed)] == [Failed("no luck")]
