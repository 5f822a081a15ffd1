"""When a learner is started, killed and given up, as arithmetic on a clock."""

import io
import subprocess

import pytest

from mereq_teleop.app.bus.health import Health
from mereq_teleop.app.bus.messages import LearnerState
from mereq_teleop.app.learning.supervisor import GIVE_UP_AFTER, KILLED_AFTER_S, LearnerSupervisor


class FakeChild:
    """A process that ends when it is told to."""

    def __init__(self) -> None:
        self.stdin = io.BytesIO()
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
        self.patience_s = 0.0
        self.silent_s = KILLED_AFTER_S

    def health(self, now: float) -> Health:
        return Health(self.state, silent_s=self.silent_s)

    def expect_learner(self, now: float, hung_after_s: float = 1.0) -> None:
        self.expected.append(round(now, 3))
        self.patience_s = hung_after_s


class Watch:
    """A supervisor at 100 Hz."""

    def __init__(self) -> None:
        self.children: list[FakeChild] = []
        self.bus = FakeBus()
        self.supervisor = LearnerSupervisor(self.spawn)
        self.now = 0.0

    def spawn(self) -> FakeChild:
        self.children.append(FakeChild())
        return self.children[-1]

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


@pytest.mark.parametrize("state", [LearnerState.HUNG, LearnerState.LOST])
def test_a_silent_learner_is_killed_and_replaced(state: LearnerState) -> None:
    watch = Watch()
    watch.watch(0.01)
    watch.bus.state = state
    watch.bus.silent_s = KILLED_AFTER_S - 0.1
    watch.watch(0.02)
    assert watch.children[0].code is None
    watch.bus.silent_s = KILLED_AFTER_S
    watch.watch(0.02)
    assert watch.children[0].code == -9
    watch.bus.state = LearnerState.STARTING
    watch.watch(0.2)
    assert len(watch.children) == 2


def test_a_learner_that_is_only_slow_is_given_more_time_until_one_does_well() -> None:
    watch = Watch()
    patience = []
    for _ in range(7):
        watch.bus.state = LearnerState.STARTING
        watch.watch(12)
        patience.append(watch.bus.patience_s)
        watch.bus.state = LearnerState.HUNG
        watch.watch(0.02)
    assert patience == [1, 2, 4, 8, 16, 32, 64]
    watch.bus.state = LearnerState.STARTING
    watch.watch(12)
    watch.bus.state = LearnerState.LEARNING
    watch.watch(6)
    watch.children[-1].code = -9
    watch.watch(0.2)
    assert watch.bus.patience_s == 1


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
    watch = Watch()
    watch.watch(0.01)
    watch.children[0].stubborn = stubborn
    watch.supervisor.stop()
    watch.watch(1)
    assert watch.children[0].code == (-9 if stubborn else 0)
    assert watch.children[0].stdin.closed
    assert len(watch.children) == 1
