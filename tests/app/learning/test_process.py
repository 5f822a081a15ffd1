"""The learner as a process of its own: killed, stopped, orphaned, failing, and doubled."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psutil
import pytest
import zmq

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.app.bus.actor_end import ActorEnd
from mereq_teleop.app.bus.addresses import BusAddress, private_address
from mereq_teleop.app.bus.messages import LearnerState
from mereq_teleop.app.bus.seam import Acked, Arrived, BusEvent, Failed, Refused, Reported, Welcomed
from mereq_teleop.app.learning.process import learner_command
from mereq_teleop.app.learning.store import SegmentStore
from mereq_teleop.app.learning.supervisor import KILLED_AFTER_S, LearnerSupervisor, spawn_learner
from tests.app.bus.samples import make_hello, make_segment
from tests.app.learning import fake_learner
from tests.app.learning.fake_learner import HANG, RAISE, SLOW, UNKNOWN


def command(address: str, folder: Path, standby: str = "") -> list[str]:
    """The real command line, with the fake learner in the place of torch."""
    return [sys.executable, str(fake_learner.__file__), *learner_command(address, folder, standby=standby)[3:]]


class Rig:
    """An actor's loop: a bus and a supervisor, polled until something is so."""

    def __init__(self, folder: Path, stack: ExitStack, *, standby: str = "", **hello: Any) -> None:
        self.folder = folder / "learner"
        self.log = self.folder / "learner.log"
        self.context: zmq.Context[zmq.Socket[bytes]] = stack.enter_context(zmq.Context())
        self.address = stack.enter_context(private_address())
        self.supervisor = LearnerSupervisor(
            lambda: spawn_learner(command(self.address, self.folder), self.log),
            spawn_standby=(lambda: spawn_learner(command(self.address, self.folder, standby), self.log))
            if standby
            else None,
        )
        stack.callback(self.supervisor.stop)
        self.actor = self.open_actor("actor", **hello)
        stack.callback(lambda: self.actor.close())
        self.events: list[BusEvent] = []

    def open_actor(self, identity: str, **hello: Any) -> ActorEnd:
        address = BusAddress.parse(self.address)
        return ActorEnd(address, make_hello(**hello), context=self.context, identity=identity)

    @property
    def state(self) -> LearnerState:
        return self.actor.health(time.monotonic()).state

    def turn(self) -> None:
        now = time.monotonic()
        self.events += self.actor.poll(now)
        self.supervisor.watch(self.actor, now)
        time.sleep(0.001)

    def until(self, condition: Callable[[], bool], deadline_s: float = 10.0) -> None:
        end = time.monotonic() + deadline_s
        while not condition():
            log = self.log.read_text() if self.log.exists() else ""
            assert time.monotonic() < end, f"too late: {self.events[-5:]} {self.state}\n{log}"
            self.turn()

    def all(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def signal(self, number: signal.Signals) -> None:
        assert self.supervisor.pid is not None
        os.kill(self.supervisor.pid, number)

    def stored(self) -> list[str]:
        """Keys in the learner's store, after the learner has ended."""
        self.supervisor.stop()
        with closing(SegmentStore(self.folder / "segments.sqlite")) as store:
            return [entry.key for entry in store.entries()]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with ExitStack() as stack:
        yield Rig(tmp_path, stack)


def test_many_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    dice = random.Random(0)
    with ExitStack() as stack:
        rig = Rig(tmp_path, stack, config=LearnerConfig(task="toy", seed=SLOW))
        keys = []
        for i in range(120):
            keys.append(rig.actor.offer(make_segment(f"s{i}", human=i % 3 == 0)))
            if i % 20 == 10:
                keys.append(rig.actor.end_round(i // 20))
                pause = time.monotonic() + dice.uniform(0.0, 0.6)
                rig.until(lambda pause=pause: time.monotonic() > pause)  # type: ignore[misc]
                if rig.supervisor.pid is not None:
                    rig.signal(signal.SIGKILL)
            rig.turn()
        rig.until(rig.actor.settled, 20)
        assert rig.supervisor.restarts >= 4
        versions = [event.policy.version for event in rig.all(Arrived)]
        assert versions == sorted(set(versions))
        assert [event.key for event in rig.all(Acked)] == keys
        assert rig.stored() == keys


def test_one_that_stood_by_serves_what_the_killed_one_had_stored(tmp_path: Path) -> None:
    with ExitStack() as stack:
        rig = Rig(tmp_path, stack, standby="toy:mereq")
        keys = []
        for i in range(3):
            rig.until(lambda i=i: rig.log.exists() and rig.log.read_text().count("stands by for toy:mereq") == i + 1)  # type: ignore[misc]
            before = rig.supervisor.pid
            rig.signal(signal.SIGKILL)
            keys.append(rig.actor.offer(make_segment(f"s{i}")))
            rig.until(rig.actor.settled)
            stood_by = int(re.findall(r"process (\d+)\) stands by", rig.log.read_text())[i])
            assert before != rig.supervisor.pid == stood_by
        assert [event.policy.version for event in rig.all(Arrived)] == [1, 2, 3]
        last = psutil.Process(rig.supervisor.pid)
        rig.until(lambda: rig.log.read_text().count("stands by") == 4)
        spare = psutil.Process(int(re.findall(r"process (\d+)\) stands by", rig.log.read_text())[3]))
        assert rig.stored() == keys
        assert not last.is_running()
        assert not spare.is_running()


def test_one_that_cannot_stand_by_says_why(tmp_path: Path) -> None:
    with private_address() as address:
        code, words = run_beside(command(address, tmp_path, "chess:mereq"))
        assert (code, "no env 'chess'; known: toy" in words) == (2, True)


def test_versions_rise_across_a_restart_that_forgot_everything(rig: Rig) -> None:
    for i in range(3):
        rig.actor.offer(make_segment(f"s{i}"))
        rig.until(lambda: rig.actor.waiting == 0 and rig.actor.settled())
    (rig.folder / "checkpoint.safetensors").unlink()
    rig.signal(signal.SIGKILL)
    rig.actor.offer(make_segment("last"))
    rig.until(lambda: len(rig.all(Arrived)) == 4)
    assert [event.policy.version for event in rig.all(Arrived)] == [1, 2, 3, 4]


def test_a_kill_in_mid_update_is_made_good(tmp_path: Path) -> None:
    with ExitStack() as stack:
        rig = Rig(tmp_path, stack, config=LearnerConfig(task="toy", seed=SLOW))
        key = rig.actor.offer(make_segment("a"))
        rig.until(lambda: rig.state is LearnerState.LEARNING)
        rig.signal(signal.SIGKILL)
        rig.until(rig.actor.settled)
        assert [event.policy.maker.cause for event in rig.all(Arrived)] == [key]
        assert len(rig.all(Welcomed)) == 2


def test_in_lockstep_each_wait_ends_with_exactly_its_cause(rig: Rig) -> None:
    for i in range(20):
        key = rig.actor.offer(make_segment(f"s{i}")) if i % 4 else rig.actor.end_round(i)
        rig.until(rig.actor.settled)
        assert rig.all(Arrived)[-1].policy.maker.cause == key
        assert rig.all(Reported)[-1].report.cause == key
    assert [event.policy.version for event in rig.all(Arrived)] == list(range(1, 21))


def test_retracting_is_learned_and_survives_a_restart(rig: Rig) -> None:
    rig.actor.offer(make_segment("a"))
    rig.actor.offer(make_segment("b"))
    rig.until(rig.actor.settled)
    key = rig.actor.retract("a")
    rig.until(rig.actor.settled)
    assert rig.all(Arrived)[-1].policy.maker.cause == key
    assert rig.all(Arrived)[-1].policy.maker.segments == ("b",)
    assert rig.stored() == ["a", "b", key]


@pytest.mark.parametrize("how", ["stopped", "looping"])
def test_a_hung_learner_is_noticed_and_replaced(rig: Rig, how: str) -> None:
    rig.until(lambda: rig.state is LearnerState.READY)
    if how == "stopped":
        rig.signal(signal.SIGSTOP)
    else:
        rig.actor.offer(make_segment("bad", seed=HANG))
    began = time.monotonic()
    rig.until(lambda: rig.state is LearnerState.HUNG)
    assert time.monotonic() - began < 2
    rig.until(lambda: rig.supervisor.pid is None)
    assert time.monotonic() - began < KILLED_AFTER_S + 1
    if how == "looping":
        rig.actor.retract("bad")
    key = rig.actor.offer(make_segment("good"))
    rig.until(rig.actor.settled)
    assert rig.all(Arrived)[-1].policy.maker.cause == key


def test_a_learner_that_fails_says_why_and_is_given_up(rig: Rig) -> None:
    rig.actor.offer(make_segment("bad", seed=RAISE))
    rig.until(lambda: rig.supervisor.gave_up)
    assert {event.detail for event in rig.all(Failed)} == {"RuntimeError: no luck"}
    assert str(rig.actor.health(time.monotonic())) == "failed: RuntimeError: no luck"
    assert "Traceback" in rig.log.read_text()
    assert rig.stored() == ["bad"]


def test_an_actor_that_joins_late_gets_the_current_policy(rig: Rig) -> None:
    rig.actor.offer(make_segment("a"))
    rig.until(rig.actor.settled)
    rig.actor.close()
    rig.actor = rig.open_actor("late", oldest=2)
    rig.until(lambda: len(rig.all(Arrived)) == 2)
    first, second = (event.policy for event in rig.all(Arrived))
    assert (first.version, first.hash, first.maker) == (second.version, second.hash, second.maker)
    rig.until(rig.actor.settled)


@pytest.mark.parametrize(
    ("hello", "reason"),
    [
        ({"card": "another"}, "card of task 'toy' is not this learner's"),
        ({"protocol": 99}, "protocol 99"),
        ({"config": LearnerConfig(task="chess")}, "on the learner's side, no env 'chess'; known: toy"),
        ({"config": LearnerConfig(task="toy", seed=UNKNOWN)}, "no such method"),
        ({"prior": b"garbage"}, "not a policy of mereq-teleop"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(tmp_path: Path, hello: dict[str, Any], reason: str) -> None:
    with ExitStack() as stack:
        rig = Rig(tmp_path, stack, **hello)
        rig.until(lambda: rig.state is LearnerState.REFUSED)
        assert reason in rig.all(Refused)[0].reason


def run_beside(arguments: list[str]) -> tuple[int, str]:
    """Exit code and last words of a learner that ends by itself, though its parent lives."""
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as learner:
        assert learner.stderr is not None
        return learner.wait(20), learner.stderr.read()


def test_a_second_learner_says_so_and_ends(rig: Rig) -> None:
    rig.until(lambda: rig.state is LearnerState.READY)
    code, words = run_beside(command(rig.address, rig.folder))
    assert (code, "another learner answers at ipc://" in words) == (2, True)
    rig.actor.end_round(0)
    rig.until(rig.actor.settled)


def test_an_address_elsewhere_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    code, words = run_beside(command("tcp://0.0.0.0:5000", tmp_path))
    assert (code, "mereq keys" in words) == (2, True)


@pytest.mark.parametrize(("standby", "said"), [("", "waits at"), ("toy:mereq", "stands by")])
def test_a_learner_ends_with_its_parent(tmp_path: Path, standby: str, said: str) -> None:
    with private_address() as address:
        script = (
            "import sys, time; from pathlib import Path;"
            "from mereq_teleop.app.learning.supervisor import spawn_learner;"
            "child = spawn_learner(sys.argv[2:], Path(sys.argv[1]));"
            "print(child.pid, flush=True); time.sleep(60)"
        )
        log = tmp_path / "learner.log"
        arguments = [sys.executable, "-c", script, str(log), *command(address, tmp_path, standby)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            child = psutil.Process(int(parent.stdout.readline()))
            assert "learner" in child.cmdline()
            end = time.monotonic() + 10
            while said not in (log.read_text() if log.exists() else ""):
                assert time.monotonic() < end
                time.sleep(0.01)
            parent.kill()
        child.wait(5)


def test_an_interrupted_learner_of_its_own_ends_in_order(tmp_path: Path) -> None:
    with private_address() as address:
        arguments = command(address, tmp_path)[:-1]
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as learner:
            assert learner.stderr is not None
            assert "waits at" in learner.stderr.readline()
            learner.send_signal(signal.SIGINT)
            assert learner.wait(10) == 130
            assert "interrupted" in learner.stderr.read()


def test_the_process_imports_torch_only_when_it_works() -> None:
    modules = "mereq_teleop.app.learning.process, mereq_teleop.app.learning.in_process, mereq_teleop.app.bus.actor_end"
    script = f"import sys, {modules}; print({{'torch', 'tyro', 'numba'}} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "set()"
