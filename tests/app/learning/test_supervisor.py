"""When a learner is started, killed and given up, as arithmetic on a clock."""

import io
import subprocess
from typing import Any

import pytest

from mereq_teleop.app.bus.health import Health
from mereq_teleop.app.bus.messages import LearnerState
from mereq_teleop.app.learning.supervisor import (
    CALL,
    GIVE_UP_AFTER,
    KILLED_AFTER_S,
    LONGEST_DELAY_OF_KILLED_S,
    LearnerSupervisor,
)


class Pipe(io.BytesIO):
    """Remembers what was written when it is closed, and breaks when asked to."""

    told = b""
    broken = False

    def write(self, data: Any) -> int:
        if self.broken:
            raise BrokenPipeError
        self.told += data
        return len(data)


class FakeChild:
    """A process that ends when it is told to."""

    def __init__(self) -> None:
        self.stdin = Pipe()
        self.pid = 1
        self.code: int | None = None
        self.stubborn = False

    def poll(self) -> int | None:
        return self.code

    def kill(self) -> None:
        self.code = -9

    def wait(self, timeout: float | None = None) -> int:
        if self.stubborn and self.code is None:
            raise subprocess.TimeoutExpired("learner", timeout or 0)
        self.code = 0 if self.code is None else self.code
        return self.code


class FakeBus:
    """A bus whose learner is in a given state."""

    def __init__(self) -> None:
        self.state = LearnerState.STARTING
        self.expected: list[float] = []
        self.silent_s = KILLED_AFTER_S

    def health(self, now: float) -> Health:
        return Health(self.state, silent_s=self.silent_s)

    def expect_learner(self, now: float) -> None:
        self.expected.append(round(now, 3))


class Watch:
    """A supervisor at 100 Hz."""

    def __init__(self, *, standby: bool = False) -> None:
        self.children: list[FakeChild] = []
        self.spares: list[FakeChild] = []
        self.bus = FakeBus()
        self.supervisor = LearnerSupervisor(self.spawn, spawn_standby=self.spawn_standby if standby else None)
        self.now = 0.0

    def spawn(self) -> FakeChild:
        self.children.append(FakeChild())
        return self.children[-1]

    def spawn_standby(self) -> FakeChild:
        self.spares.append(FakeChild())
        return self.spares[-1]

    def live(self, seconds: float) -> None:
        """A learner that is ready at once and for so long."""
        self.bus.state = LearnerState.READY
        self.watch(seconds)
        self.bus.state = LearnerState.STARTING

    def delay_s(self) -> float:
        """From the death that was just arranged to the next start."""
        died_at, starts = self.now, len(self.bus.expected)
        while len(self.bus.expected) == starts:
            self.watch(0.01)
            assert self.now < died_at + 60
        return round(self.bus.expected[-1] - died_at, 2)

    def watch(self, seconds: float) -> None:
        for _ in range(round(seconds * 100)):
            self.supervisor.watch(self.bus, self.now)
            self.now += 0.01


def test_a_dead_learner_is_started_again_ever_later() -> None:
    watch = Watch()
    watch.watch(0.01)
    for delay_s in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10):
        died_at = watch.now
        watch.children[-1].code = -9
        watch.watch(delay_s + 0.03)
        assert watch.bus.expected[-1] - died_at == pytest.approx(delay_s, abs=0.02)
    assert watch.supervisor.restarts == 9
    assert all(child.stdin.closed for child in watch.children[:-1])


def test_a_learner_that_did_well_for_a_while_is_forgiven() -> None:
    watch = Watch()
    watch.watch(0.01)
    for _ in range(5):
        watch.children[-1].code = 1
        watch.bus.state = LearnerState.STARTING
        watch.watch(0.2)
        watch.bus.state = LearnerState.READY
        watch.watch(6)
    assert (watch.supervisor.restarts, watch.supervisor.gave_up) == (5, False)


def test_a_learner_that_was_ready_and_is_killed_again_and_again_never_waits_long() -> None:
    watch = Watch()
    watch.watch(0.01)
    delays = []
    for code in [-9, -15] * 10:
        watch.live(1.5)
        watch.children[-1].code = code
        delays.append(watch.delay_s())
    assert delays[:3] == pytest.approx([0.1] * 3, abs=0.02)
    assert delays == sorted(delays)
    assert delays[-1] == pytest.approx(LONGEST_DELAY_OF_KILLED_S, abs=0.02)
    # After a minute of peace all is forgiven.
    watch.live(70)
    watch.children[-1].code = -9
    assert watch.delay_s() == pytest.approx(0.1, abs=0.02)
    assert not watch.supervisor.gave_up


@pytest.mark.parametrize("code", [-11, -6, 0])
def test_a_learner_that_dies_of_itself_when_it_is_ready_is_started_ever_later(code: int) -> None:
    watch = Watch()
    watch.watch(0.01)
    delays = []
    for _ in range(8):
        watch.live(1.5)
        watch.children[-1].code = code
        delays.append(watch.delay_s())
    assert delays == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10], abs=0.02)


def test_another_learner_stands_by_once_the_first_has_been_ready_for_a_while() -> None:
    watch = Watch(standby=True)
    watch.watch(20)
    watch.live(0.9)
    assert not watch.spares
    watch.live(60)
    assert len(watch.spares) == 1


def test_the_learner_that_stood_by_serves_at_once_and_is_replaced_itself() -> None:
    watch = Watch(standby=True)
    watch.watch(0.01)
    watch.live(2)
    watch.children[0].code = -9
    assert watch.delay_s() == pytest.approx(0.1, abs=0.02)
    assert watch.spares[0].stdin.told == CALL
    assert (len(watch.children), watch.supervisor.pid) == (1, watch.spares[0].pid)
    watch.live(2)
    assert len(watch.spares) == 2
    watch.spares[0].code = -9
    watch.delay_s()
    assert (watch.spares[1].stdin.told, len(watch.children)) == (CALL, 1)


@pytest.mark.parametrize("how", ["dead", "broken"])
def test_where_the_one_that_stood_by_is_gone_a_new_learner_is_started(how: str) -> None:
    watch = Watch(standby=True)
    watch.watch(0.01)
    watch.live(2)
    watch.spares[0].stdin.broken = True
    watch.spares[0].code = 1 if how == "dead" else None
    watch.children[0].code = -9
    watch.delay_s()
    assert (len(watch.children), watch.supervisor.restarts) == (2, 1)
    assert watch.spares[0].stdin.closed


def test_one_that_cannot_stand_by_is_tried_again_once_a_minute() -> None:
    watch = Watch(standby=True)
    watch.watch(0.01)
    for _ in range(5):
        watch.live(59)
        watch.spares[-1].code = 2
    assert len(watch.spares) in (4, 5)
    assert (watch.supervisor.restarts, watch.supervisor.gave_up) == (0, False)


@pytest.mark.parametrize("state", [LearnerState.HUNG, LearnerState.LOST])
def test_a_silent_learner_is_killed_and_replaced(state: LearnerState) -> None:
    watch = Watch()
    watch.watch(0.01)
    watch.bus.state = state
    watch.bus.silent_s = KILLED_AFTER_S - 0.1
    watch.watch(0.02)
    assert watch.children[0].poll() is None
    watch.bus.silent_s = KILLED_AFTER_S
    watch.watch(0.02)
    assert watch.children[0].code == -9
    watch.bus.state = LearnerState.STARTING
    watch.watch(0.2)
    assert len(watch.children) == 2


def test_a_learner_that_is_only_slow_is_given_more_time_until_one_does_well() -> None:
    watch = Watch()

    def patience_s() -> float:
        """Silence (s) after which the next learner is killed."""
        watch.bus.state = LearnerState.STARTING
        watch.watch(12)
        watch.bus.state = LearnerState.HUNG
        for tenths in range(200):
            watch.bus.silent_s = tenths / 10
            watch.watch(0.01)
            if watch.children[-1].code is not None:
                return watch.bus.silent_s
        return float("inf")

    assert [patience_s() for _ in range(5)] == [3, 6, 12, 16, 16]
    watch.bus.state = LearnerState.STARTING
    watch.watch(12)
    watch.bus.state = LearnerState.LEARNING
    watch.watch(6)
    watch.children[-1].code = -9
    watch.watch(0.2)
    assert patience_s() == 3


def test_a_learner_that_keeps_failing_is_given_up() -> None:
    watch = Watch()
    for _ in range(20):
        watch.watch(11)
        watch.children[-1].code = 1
    assert watch.supervisor.gave_up
    assert len(watch.children) == GIVE_UP_AFTER


@pytest.mark.parametrize("stubborn", [False, True])
def test_stop_leaves_no_orphan_and_starts_no_new_one(stubborn: bool) -> None:
    watch = Watch()
    watch.supervisor.stop()
    watch = Watch(standby=True)
    watch.watch(0.01)
    watch.live(2)
    ended = (watch.children[0], watch.spares[0])
    for child in ended:
        child.stubborn = stubborn
    watch.supervisor.stop()
    watch.live(100)
    assert [child.code for child in ended] == [-9 if stubborn else 0] * 2
    assert all(child.stdin.closed for child in ended)
    assert (len(watch.children), len(watch.spares)) == (1, 1)
