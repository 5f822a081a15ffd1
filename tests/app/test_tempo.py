"""The person's pace: another speed at once, count-downs, and a world that waits before each step."""

from itertools import pairwise
from pathlib import Path

import pytest

from mereq_teleop.app.operator_view import scene_of
from mereq_teleop.app.tempo import REPEAT_S, SPEEDS
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.keyboard import Keyboard
from tests.app.test_actor import LANE_RIGHT, SLOWER, Rig, acting, authorities, steps
from tests.app.test_loops import FRAME_S, Stopwatch


class Desk:
    """A person at a keyboard before a rig whose world turns."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.keyboard = Keyboard(CARD)
        rig.actor.device = self.keyboard
        self.watch = Stopwatch(rig)

    def press(self, moment_s: float, key: str) -> None:
        """A driving key is pressed at a moment."""

        def press() -> None:
            self.keyboard.press(key, moment_s)

        self.watch.at.append((moment_s, press))

    def let_pass(self, moment_s: float, *, for_s: float = 0.1) -> None:
        """The key that lets a step happen is pressed at a moment, and held so long."""
        self.watch.at += [(moment_s, self._down), (moment_s + for_s, self._up)]

    def _down(self) -> None:
        self.watch.key_down = True
        self.rig.actor.let_pass()

    def _up(self) -> None:
        self.watch.key_down = False


def test_another_speed_counts_at_once_and_the_world_never_races(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        watch, tempo = Stopwatch(rig), rig.actor.tempo
        watch.at = [(2.5, lambda: tempo.slower(2.5)), (6.5, lambda: tempo.faster(6.5)), (8.0, lambda: tempo.faster(8))]
        watch.run(9.6)
        # Half a step was left at 2.5 s, which takes a second at half speed; at 6.5 s half a step again.
        assert watch.times == pytest.approx([1, 2, 3.5, 5.5, 7, 8, 8.5, 9, 9.5], abs=3 * FRAME_S)
        assert all(0.0 <= left <= 1.0 for left in watch.left)
        assert all(after - before >= 0.5 - 2 * FRAME_S for before, after in pairwise(watch.times))
    assert [note for note in rig.recording().notes if "goes at" in note] == [
        "the world goes at 0.5 x",
        "the world goes at 1 x",
        "the world goes at 2 x",
    ]


def test_the_keys_go_through_all_speeds_and_stop_at_the_ends(tmp_path: Path) -> None:
    with acting(tmp_path, speed=3.0) as rig:
        tempo, found = rig.actor.tempo, []
        tempo.faster(0.0)
        for _ in range(6):
            found.append(tempo.speed)
            tempo.slower(0.0)
        assert found == [*reversed(SPEEDS), SPEEDS[0]]
        assert rig.said[-1][0] == "the world goes at 0.25 x: there is no further speed"


def test_step_by_step_the_world_waits_for_each_decision(tmp_path: Path) -> None:
    with acting(tmp_path, step_by_step=True, update="round") as rig:
        desk = Desk(rig)
        desk.press(3.0, "right")
        desk.let_pass(10.0)
        desk.let_pass(12.0)
        desk.press(20.0, "return")
        desk.press(30.0, "up")
        desk.press(30.2, "escape")
        desk.press(40.0, "space")
        desk.watch.run(50.0)
    assert desk.watch.times == pytest.approx([3.0, 10.0, 12.0, 30.0, 40.0], abs=2 * FRAME_S)
    recording = rig.recording()
    # What was let pass is the policy's, though a person had control before; who only engages, or gives back, waits on.
    assert authorities(recording) == "hpphh"
    assert [step.decision.executed for step in steps(recording)[:3]] == [LANE_RIGHT, SLOWER, SLOWER]
    assert [step.decision.human_action is None for step in steps(recording)] == [False, True, True, False, False]


def test_a_tap_is_one_step_and_a_held_key_one_after_the_other_at_the_tasks_rate(tmp_path: Path) -> None:
    with acting(tmp_path, step_by_step=True) as rig:
        desk = Desk(rig)
        desk.let_pass(1.0, for_s=REPEAT_S / 2)
        desk.let_pass(5.0, for_s=3.2)
        desk.watch.run(20.0)
    assert desk.watch.times == pytest.approx([1, 5, 6, 7, 8], abs=2 * FRAME_S)


def test_the_last_wish_before_a_step_counts(tmp_path: Path) -> None:
    with acting(tmp_path, step_by_step=True) as rig:
        desk = Desk(rig)
        desk.let_pass(1.0)
        desk.press(1.3, "right")
        desk.let_pass(1.6)
        desk.press(3.3, "left")
        desk.let_pass(3.6)
        desk.press(3.7, "right")
        desk.watch.run(8.0)
    assert desk.watch.times == pytest.approx([1.0, 2.0, 3.3, 4.3], abs=2 * FRAME_S)
    assert authorities(rig.recording()) == "pphh"


def test_switching_leaves_what_the_world_does_in_between_to_the_person(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        watch = Stopwatch(rig)
        watch.at = [(2.5, lambda: rig.actor.tempo.switch(2.5)), (9.5, lambda: rig.actor.tempo.switch(9.5))]
        watch.run(12.0)
    assert watch.times == pytest.approx([1, 2, 9.5, 10.5, 11.5], abs=2 * FRAME_S)
    assert [note for note in rig.recording().notes if "world" in note] == [
        "step by step: the world waits for you",
        "the world goes on by itself",
    ]


def test_the_world_waits_before_each_round_but_for_whoever_drives(tmp_path: Path) -> None:
    with acting(tmp_path, countdown=3.0, steps_per_round=2, update="round") as rig:
        desk = Desk(rig)
        desk.press(9.5, "right")
        desk.watch.run(13.5)
    # Rounds of two steps: the third and the fourth begin with a human in control.
    assert desk.watch.times == pytest.approx([4, 5, 9, 10, 11, 12, 13], abs=4 * FRAME_S)
    assert rig.recording().notes.count("count-down: the world waits 3 s") == 2


def test_who_takes_over_in_a_count_down_waits_too_and_their_action_is_the_first(tmp_path: Path) -> None:
    with acting(tmp_path, countdown=3.0) as rig:
        desk = Desk(rig)
        desk.press(1.0, "right")
        desk.watch.run(4.5)
    assert desk.watch.times == pytest.approx([4.0], abs=2 * FRAME_S)
    (step,) = steps(rig.recording())
    assert (step.decision.authority, step.decision.executed) == (Authority.HUMAN, LANE_RIGHT)


def test_a_pause_holds_a_count_down(tmp_path: Path) -> None:
    with acting(tmp_path, countdown=3.0) as rig:
        watch = Stopwatch(rig)
        left: list[float | None] = []

        def look() -> None:
            left.append(scene_of(rig.actor, 0.0, 1.0).countdown_s)

        watch.at = [
            (0.5, look),
            (1.0, lambda: rig.actor.pause(1.0)),
            (5.0, look),
            (11.0, lambda: rig.actor.pause(11.0)),
        ]
        watch.run(14.5)
    assert left == [pytest.approx(2.5, abs=3 * FRAME_S), None]
    assert watch.times == pytest.approx([14.0], abs=3 * FRAME_S)
