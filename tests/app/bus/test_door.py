"""The door of a learner on a network: who has an allowed key comes in; strangers of every kind do not."""

import resource
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psutil
import pytest
import zmq

from mereq_teleop.app.bus.actor_end import ActorEnd
from mereq_teleop.app.bus.addresses import BusAddress, free_port
from mereq_teleop.app.bus.door import HANDLES_AT_MOST, Secure, calling, open_to_all, receiving
from mereq_teleop.app.bus.errors import BadAddress, BadKeys
from mereq_teleop.app.bus.keys import KeyRing
from mereq_teleop.app.bus.learner_end import LearnerEnd
from mereq_teleop.app.bus.messages import LearnerState, encode
from tests.app.bus.samples import make_hello
from tests.app.bus.test_ends import Memory

STRANGE_S = 0.6
"""How long a stranger is given; friends need a tenth of it."""


class House:
    """A learner behind its door, and the actors that come to it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.stack = stack
        self.ring, self.friend = KeyRing(folder / "learner"), KeyRing(folder / "friend")
        self.ring.make()
        self.ring.allow("friend", self.friend.make().public)
        self.lines: list[str] = []
        self.said: list[str] = []
        self.store = Memory()
        self.port = free_port()
        context = stack.enter_context(zmq.Context())
        secure = stack.enter_context(receiving(context, self.ring, self.lines.append))
        self.learner = stack.enter_context(
            closing(
                LearnerEnd(
                    self.address,
                    context=context,
                    instance="l",
                    clock=time.monotonic,
                    log=self.lines.append,
                    secure=secure,
                )
            )
        )

    @property
    def address(self) -> BusAddress:
        return BusAddress.parse(f"tcp://127.0.0.1:{self.port}", secured=True)

    def visit(self, ring: KeyRing | None, learner: str = "", port: int = 0) -> ActorEnd:
        """An actor of its own machine, that is with a context of its own, which has offered a round's end."""
        context = self.stack.enter_context(zmq.Context())
        secure: Secure = open_to_all
        if ring is not None:
            key = learner or self.ring.own().public
            secure = self.stack.enter_context(calling(context, ring.own(), key, self.said.append))
        address = BusAddress.parse(f"tcp://127.0.0.1:{port or self.port}")
        actor = ActorEnd(address, make_hello(), context=context, identity="actor", secure=secure)
        self.stack.callback(actor.close)
        actor.end_round(0)
        return actor

    def turn(self, actor: ActorEnd | None = None) -> None:
        self.learner.wait(0.002)
        if (greeting := self.learner.greeting) is not None:
            self.learner.welcome(greeting, self.store)
            self.learner.say(LearnerState.READY)
        if actor is not None:
            actor.poll(time.monotonic())

    def gets_in(self, actor: ActorEnd, patience_s: float = 5.0) -> bool:
        """Whether what the actor offered is stored and acked before the patience ends."""
        end = time.monotonic() + patience_s
        while actor.waiting and time.monotonic() < end:
            self.turn(actor)
        return actor.waiting == 0

    def hears(self, words: str, lines: list[str]) -> bool:
        end = time.monotonic() + 5.0
        while not any(words in line for line in lines) and time.monotonic() < end:
            self.turn()
        return any(words in line for line in lines)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path, stack)


def test_a_friend_comes_in(house: House) -> None:
    assert house.gets_in(house.visit(house.friend))
    assert len(house.store.messages) == 1
    assert not house.lines


def test_who_has_no_keys_stays_outside_and_is_named_once(house: House) -> None:
    strangers = [house.visit(None) for _ in range(3)]
    assert not any(house.gets_in(stranger, STRANGE_S) for stranger in strangers)
    assert house.hears("without keys", house.lines)
    assert len(house.lines) == 1
    assert not house.store.messages
    assert house.gets_in(house.visit(house.friend))


def test_a_key_that_is_not_allowed_is_named_once_and_let_in_once_it_is(house: House, tmp_path: Path) -> None:
    stranger = KeyRing(tmp_path / "stranger")
    public = stranger.make().public
    assert not house.gets_in(house.visit(stranger), STRANGE_S)
    assert house.hears(public, house.lines)
    assert house.hears("mereq keys allow NAME", house.said)
    assert not house.gets_in(house.visit(stranger), STRANGE_S)
    assert len([line for line in house.lines if public in line]) == 1
    house.ring.allow("late", public)
    assert house.gets_in(house.visit(stranger))
    house.ring.forbid("late")
    assert not house.gets_in(house.visit(stranger), STRANGE_S)


def test_a_learner_that_is_another_is_told_nothing(house: House, tmp_path: Path) -> None:
    other = KeyRing(tmp_path / "other").make().public
    assert not house.gets_in(house.visit(house.friend, learner=other), STRANGE_S)
    assert house.hears(other, house.said)
    assert not house.store.messages


def test_garbage_and_silence_are_cut_off(house: House) -> None:
    garbage = [b"GET / HTTP/1.1\r\n\r\n" * 50, b"\xff" * 10_000, encode(make_hello())]
    for data in garbage:
        with socket.create_connection(("127.0.0.1", house.port)) as stranger:
            stranger.sendall(data)
            stranger.settimeout(5.0)
            # ZMQ's own greeting, then the end; a wait that is too long is a TimeoutError.
            with suppress(ConnectionError):
                while stranger.recv(4096):
                    house.turn()
    assert house.hears("without keys", house.lines)
    assert house.gets_in(house.visit(house.friend))


def test_bytes_that_were_overheard_open_no_door(house: House) -> None:
    with Listener(house.port) as listener:
        assert house.gets_in(house.visit(house.friend, port=listener.port))
    stored = len(house.store.messages)
    for overheard in listener.heard:
        with socket.create_connection(("127.0.0.1", house.port)) as stranger:
            stranger.sendall(bytes(overheard))
            house.hears("without keys", house.lines)
    assert house.hears("without keys", house.lines)
    assert len(house.store.messages) == stored
    assert house.learner.bad.count == 0


class Listener:
    """A relay that passes three ports on and keeps what actors sent."""

    def __init__(self, port: int) -> None:
        self.heard: list[bytearray] = []
        self.port = free_port()
        self._ports = [(self.port + i, port + i) for i in range(3)]
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> "Listener":
        for here, there in self._ports:
            door = socket.create_server(("127.0.0.1", here))
            self._sockets.append(door)
            threading.Thread(target=self._accept, args=(door, there), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._sockets:
            one.close()

    def _accept(self, door: socket.socket, there: int) -> None:
        while True:
            try:
                caller, _ = door.accept()
            except OSError:
                return
            called = socket.create_connection(("127.0.0.1", there))
            self._sockets += [caller, called]
            heard = bytearray()
            self.heard.append(heard)
            threading.Thread(target=self._pass_on, args=(caller, called, heard), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(called, caller, bytearray()), daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket, heard: bytearray) -> None:
        try:
            while data := source.recv(65536):
                heard += data
                target.sendall(data)
        except OSError:
            return


def test_off_the_loopback_there_is_no_door_without_keys(tmp_path: Path) -> None:
    with pytest.raises(BadAddress, match="mereq keys make"):
        BusAddress.parse("tcp://0.0.0.0:5000")
    assert BusAddress.parse("tcp://0.0.0.0:5000", secured=True).data == "tcp://0.0.0.0:5000"
    with (
        zmq.Context() as context,
        pytest.raises(BadKeys, match="mereq keys make"),
        receiving(context, KeyRing(tmp_path), print),
    ):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="counts handles in /proc")
def test_three_hundred_who_say_nothing_keep_no_friend_out_and_their_handles_come_back(house: House) -> None:
    before = psutil.Process().num_fds()
    with ExitStack() as callers:
        for place in range(300):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", house.port + place % 3))
        assert house.gets_in(house.visit(house.friend))
        most = HANDLES_AT_MOST
        assert psutil.Process().num_fds() <= most == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        # They are cut off by the learner: the callers still hold their own ends.
        end = time.monotonic() + 10
        while psutil.Process().num_fds() > before + 350:
            assert time.monotonic() < end
            house.turn()
