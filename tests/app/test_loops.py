"""Pacing as arithmetic: a fake clock, the real actor, and every control step with its time."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from mereq_teleop.app.actor import Actor
from mereq_teleop.app.loops import FRAME_RATE_HZ, Unseen, run_lockstep, run_realtime
from tests.app.test_actor import Rig, acting

FRAME_S = 1 / FRAME_RATE_HZ


class Stopwatch:
    """A view that notes when steps were taken, and that can do something at a moment."""

    def __init__(self, rig: Rig) -> None:
        self.times: list[float] = []
        """Of every control step."""
        self.key_down = False
        """Whether the person holds the key that lets steps happen."""
        self.left: list[float] = []
        """Fraction of the step to come, frame by frame."""
        self.at: list[tuple[float, Callable[[], None]]] = []
        self._rig = rig

    @property
    def lets_pass(self) -> bool:
        return self.key_down

    def pump(self, actor: Actor, now_s: float) -> bool:
        while self.at and now_s >= self.at[0][0]:
            self.at.pop(0)[1]()
        return True

    def draw(self, actor: Actor, now_s: float, step_left: float) -> None:
        if self._rig.road.steps > len(self.times):
            self.times.append(now_s)
        self.left.append(step_left)

    def run(self, seconds: float, *, lockstep: bool = False) -> None:
        """Turn the loop for so many seconds of the clock."""
        clock = self._rig.clock

        def over() -> bool:
            return clock.now >= seconds

        run_realtime(self._rig.actor, self, lambda now_s: None, over, clock, lockstep=lockstep)


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0, 25.0])
def test_the_world_runs_at_the_tasks_rate_times_the_speed_and_never_drifts(tmp_path: Path, speed: float) -> None:
    with acting(tmp_path, speed=speed) as rig:
        watch = Stopwatch(rig)
        watch.run(100.5 / speed)
    assert len(watch.times) == 100
    for count, time_s in enumerate(watch.times, 1):
        assert 0 <= time_s - count / speed < FRAME_S + 1e-6
    assert all(0.0 <= left <= 1.0 for left in watch.left)


def test_the_step_to_come_approaches_evenly_between_two_steps(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        watch = Stopwatch(rig)
        watch.run(0.99)
    assert watch.times == []
    assert watch.left == pytest.approx([1 - count * FRAME_S for count in range(1, len(watch.left) + 1)])


def test_a_pause_holds_the_world_and_the_time_to_the_next_step(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        watch = Stopwatch(rig)
        watch.at = [(2.5, lambda: rig.actor.pause(2.5)), (7.5, lambda: rig.actor.pause(7.5))]
        watch.run(10.1)
    assert watch.times == pytest.approx([1, 2, 8, 9, 10], abs=2 * FRAME_S)


@pytest.mark.parametrize(
    ("stall_s", "times"),
    [
        (0.4, [1, 2, 3, 4, 5, 6, 7]),
        # Late by less than a step: the steps keep their grid.
        (1.3, [1, 2, 3.8, 4, 5, 6, 7, 8]),
        # Late by more: the lost steps are lost, and the next one is a whole step away.
        (7.3, [1, 2, 9.8, 10.8, 11.8, 12.8, 13.8]),
        (1000, [1, 2, 1002.5, 1003.5, 1004.5, 1005.5, 1006.5]),
    ],
)
def test_a_stall_does_not_make_the_world_race(tmp_path: Path, stall_s: float, times: list[float]) -> None:
    with acting(tmp_path) as rig:
        watch = Stopwatch(rig)
        watch.at = [(2.5, lambda: rig.clock.advance(stall_s))]
        watch.run(2.5 + stall_s + 4.7)
    assert watch.times == pytest.approx(times, abs=2 * FRAME_S)


CORRECTION = "3 LANE_RIGHT\n6 release"
"""The seventh step shows that the correction is over, and so asks for an update."""


@pytest.mark.parametrize(("lockstep", "waited_s"), [(True, 2.5), (False, 0.0)])
def test_with_a_window_only_lockstep_waits_for_the_learner(tmp_path: Path, lockstep: bool, waited_s: float) -> None:
    with acting(tmp_path, delay_s=2.5) as rig:
        rig.follow(CORRECTION)
        watch = Stopwatch(rig)
        watch.run(15, lockstep=lockstep)
        assert rig.shelf.driving.snapshot.version == 1
    gaps = [after - before for before, after in pairwise(watch.times)]
    assert gaps[:10] == pytest.approx([1.0] * 6 + [1.0 + waited_s] + [1.0] * 3, abs=2 * FRAME_S)


def test_without_a_window_lockstep_takes_no_time_but_that_of_the_updates(tmp_path: Path) -> None:
    times: list[float] = []
    with acting(tmp_path, delay_s=2.5, steps_per_round=10, rounds=1) as rig:
        rig.follow(CORRECTION)

        def note(now_s: float) -> None:
            times.extend([now_s] * (rig.road.steps - len(times)))

        run_lockstep(rig.actor, note, lambda: False, rig.clock)
        assert rig.shelf.driving.snapshot.version == 2
    assert times == pytest.approx([0.0] * 7 + [2.5] * 3, abs=0.001)
    assert rig.clock.now == pytest.approx(5.0, abs=0.002)


def test_the_loops_end_when_the_rounds_are_over_or_when_they_are_told_to(tmp_path: Path) -> None:
    with acting(tmp_path, steps_per_round=5, rounds=2) as rig:
        run_realtime(rig.actor, Unseen(), lambda now_s: None, lambda: False, rig.clock, lockstep=False)
        assert rig.road.steps == 10
        assert rig.clock.now == pytest.approx(10.0, abs=0.1)
    with acting(tmp_path) as rig:
        run_realtime(rig.actor, Unseen(), lambda now_s: None, lambda: True, rig.clock, lockstep=False)
        run_lockstep(rig.actor, lambda now_s: None, lambda: True, rig.clock)
        assert rig.road.steps == 0
