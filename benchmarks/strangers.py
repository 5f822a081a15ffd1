"""Strangers who knock at a learner's door, all at once: a scenario of `benchmarks.faults`."""

import os
import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import zmq

from benchmarks.aftermath import Aftermath, frames_of, look
from benchmarks.running import Session, address_of, elsewhere, session
from mereq_teleop.app.bus.keys import KeyRing
from mereq_teleop.app.bus.messages import Ack, encode

__all__ = ["Strangers", "strangers"]

PORTS = 3
IDLE = 500
"""Connections that say nothing, renewed as soon as they are cut off."""


class Strangers:
    """Knock from `begin` to `end`, in threads of this process."""

    def __init__(self, port: int, learner: str, ring: KeyRing, heard: bytes) -> None:
        """`ring` has a pair of keys that nobody allowed; `heard` is what an actor once sent, to be said again."""
        self.knocks = 0
        self._port, self._learner, self._own, self._heard = port, learner, ring.own(), heard
        self._over = threading.Event()
        kinds = (self._without_keys, self._with_a_wrong_key, self._garbage, self._replay, self._idle)
        self._threads = [threading.Thread(target=self._often, args=(kind,), daemon=True) for kind in kinds]

    def begin(self) -> None:
        """Start knocking."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop, and wait until all have gone."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _often(self, knock: Callable[[], None]) -> None:
        # They stand for other machines: this one's processors are the actor's.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while not self._over.is_set():
            with suppress(OSError):
                knock()
            self.knocks += 1

    def _without_keys(self) -> None:
        with zmq.Context() as context, context.socket(zmq.DEALER) as door:
            self._say(door)

    def _with_a_wrong_key(self) -> None:
        with zmq.Context() as context, context.socket(zmq.DEALER) as door:
            door.curve_publickey, door.curve_secretkey = self._own.public.encode(), self._own.secret.encode()
            door.curve_serverkey = self._learner.encode()
            self._say(door)

    def _say(self, door: "zmq.Socket[bytes]") -> None:
        door.setsockopt(zmq.LINGER, 0)
        door.connect(f"tcp://127.0.0.1:{self._port}")
        for _ in range(10):
            door.send(encode(Ack(seq=1)))
        self._over.wait(0.2)

    def _garbage(self) -> None:
        for place in range(PORTS):
            with socket.create_connection(("127.0.0.1", self._port + place), timeout=1) as door:
                door.sendall(os.urandom(65536))
        self._over.wait(0.01)

    def _replay(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=1) as door:
            door.sendall(self._heard)
            self._over.wait(0.05)

    def _idle(self) -> None:
        doors = [socket.socket() for _ in range(IDLE)]
        for place, door in enumerate(doors):
            door.setblocking(False)
            door.connect_ex(("127.0.0.1", self._port + place % PORTS))
        end_s = time.monotonic() + 2.5
        while time.monotonic() < end_s and not self._over.is_set():
            self._over.wait(0.1)
        for door in doors:
            door.close()


def strangers(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """Strangers of five kinds knock at a learner with keys for a minute (less with few trials)."""
    knock_s = 60.0 if trials >= 10 else 10.0
    there, here, unknown = (KeyRing(root.parent / name) for name in ("there", "here", "unknown"))
    key = there.make().public
    there.allow("friend", here.make().public)
    unknown.make()
    with elsewhere(root, "--keys", str(there.folder)) as (folder, relay, learner):
        flags = ("--learner", address_of(relay), "--learner-key", key, "--keys", str(here.folder))
        without, _ = _driven(root / "without", flags, folder, knock_s, learner, None)
        # The learner keeps the place of an actor that went away for five seconds.
        time.sleep(6.0)

        def gang() -> Strangers:
            return Strangers(relay.target, key, unknown, bytes(relay.heard))

        knocked, told = _driven(root / "with", flags, folder, knock_s, learner, gang)
    refused = (root.parent / "learner.log").read_text().count(" refused ")
    remark = f"{told}; {refused} lines of refusal; frames without strangers {frames_of(without.folder)}"
    store = folder / knocked.folder.name / "segments.sqlite"
    return look(knocked.folder, f"strangers for {knock_s:.0f} s", 1, store=store, remark=remark)


def _driven(
    root: Path,
    flags: tuple[str, ...],
    learned: Path,
    seconds: float,
    learner: psutil.Process,
    gang: Callable[[], Strangers] | None,
) -> tuple[Session, str]:
    """A session, with strangers or without; how many knocks there were, and what they cost the learner."""
    root.mkdir()
    with session(root, *flags) as running:
        checkpoint = learned / running.folder.name / "checkpoint.safetensors"
        running.until(checkpoint.exists, "a policy from there")
        handles, memory = [learner.num_fds()], [learner.memory_info().rss]
        knocking = gang() if gang is not None else None
        if knocking is not None:
            knocking.begin()
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            time.sleep(0.5)
            handles.append(learner.num_fds())
            memory.append(learner.memory_info().rss)
        if knocking is not None:
            knocking.end()
        running.end()
    knocks = 0 if knocking is None else knocking.knocks
    return running, (
        f"{knocks} knocks; handles {handles[0]}, at most {max(handles)}; "
        f"memory {(max(memory) - memory[0]) / 1e6:+.1f} MB"
    )
