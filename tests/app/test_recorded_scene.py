"""The HUD of a recording against the HUD of the actor that made it."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from mereq_teleop.app.operator_view import scene_of
from mereq_teleop.app.recorded_scene import RecordedScenes
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.restage import Restage
from tests.app.test_actor import Rig, acting

SCRIPT = "3 LANE_RIGHT\n4 FASTER\n6 release\n9 SLOWER\n11 release\n12 lost\n14 release\n31 IDLE\n33 release"
SAME = [
    "authority",
    "reason",
    "policy_action",
    "human_action",
    "executed",
    "policy_version",
    "round",
    "round_step",
    "steps_per_round",
    "round_rate",
    "verdict",
    "delta",
    "theta",
    "theta_deviation",
    "theta_limits",
    "episode",
    "step",
    "horizon_steps",
    "session",
]


def live(rig: Rig, decisions: int) -> list[Scene]:
    """What the window would have shown right after each step."""
    scenes = []
    for made in range(1, decisions + 1):
        rig.until(made)
        scenes.append(scene_of(rig.actor, rig.clock.monotonic(), 1.0))
    return scenes


def test_every_scene_is_what_the_actor_showed(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow(SCRIPT)
        seen = live(rig, 45)
        name = rig.folder.name
    recording = rig.recording()
    config = recording.config
    recording.config.settings["steps_per_round"] = 1000
    scenes = RecordedScenes(recording, CARD, name)
    assert len(scenes.steps) == 45
    # At an episode's end the actor shows the next one already, and weights come with the next swap.
    compared = [index for index in range(45) if seen[index].step and seen[index].authority == _decided(seen[index])]
    assert len(compared) > 30
    for index in [*compared, *reversed(compared)]:
        shown = scenes.at(index, 1.0)
        for field in SAME:
            if field in ("policy_version", "verdict", "theta") and shown.policy_version != seen[index].policy_version:
                continue
            assert getattr(shown, field) == getattr(seen[index], field), (index, field)
    assert config.task == "highway"


def test_the_step_is_that_of_the_frame_and_the_hands_are_those_that_drove(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("2 FASTER\n4 release")
        rig.until(6)
    recording = rig.recording()
    for device, hands in (("auto", "script"), ("keyboard", "keyboard")):
        config = msgspec.structs.replace(recording.config, device=device)
        scenes = RecordedScenes(replace(recording, config=config), CARD, "s")
        assert scenes.at(3).device == hands
    assert [scenes.at(index).step for index in range(6)] == [step.transition.step for step in scenes.steps]
    assert scenes.at(5, 1.0).step == 6


def _decided(scene: Scene) -> str:
    return "human" if scene.human_action is not None else scene.authority


def test_rounds_swaps_and_words_to_the_operator_come_when_they_came(tmp_path: Path) -> None:
    with acting(tmp_path, steps_per_round=10, rounds=3) as rig:
        rig.follow("2 FASTER\n4 release\n15 LANE_RIGHT\n17 release")
        rig.until(1000)
    recording = rig.recording()
    recording.config.settings["steps_per_round"] = 10
    scenes = RecordedScenes(recording, CARD, "s")
    shown = [scenes.at(index) for index in range(len(scenes.steps))]
    assert [(scene.round, scene.round_step) for scene in shown] == [(1 + i // 10, 1 + i % 10) for i in range(30)]
    assert all(scene.replayed and not scene.recording for scene in shown)
    assert [scene.policy_version for scene in shown] == [step.transition.policy_version for step in scenes.steps]
    assert shown[0].last_swap == ""
    assert shown[-1].last_swap
    assert shown[-1].updates == len(recording.reports) - 1
    told = {toast.text for scene in shown for toast in scene.toasts}
    assert any(text.startswith("policy 1: ") for text in told)
    assert all(0.0 <= toast.age_s < 4.0 for scene in shown for toast in scene.toasts)


def test_a_correction_that_was_taken_back_counts_no_more(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("2 FASTER\n5 release")
        rig.until(8)
        rig.actor.retract(0.0)
        rig.until(12)
        expected = scene_of(rig.actor, 0.0, 1.0)
    scenes = RecordedScenes(rig.recording(), CARD, "s")
    assert scenes.at(7).round_rate == pytest.approx(3 / 8)
    assert scenes.at(11).round_rate == expected.round_rate == 0.0
    assert scenes.at(11).round_step == expected.round_step == 9


def test_a_restaged_world_is_the_one_that_was_recorded_from_any_step_to_any_other(tmp_path: Path) -> None:
    with acting(tmp_path, crashes=True) as rig:
        rig.follow(SCRIPT)
        rig.until(60)
    recording = rig.recording()
    scenes = RecordedScenes(recording, CARD, "s")
    batch = make_batch("highway", 1)
    restage = Restage(recording, batch)
    for index in (0, 59, 3, 30, 29, 31, 31, 58, 0, 12):
        step = scenes.steps[index]
        restage.go_to(step.take, step.transition.step)
        assert tuple(batch.observation[0].ravel().tolist()) == step.transition.obs
        frames = restage.frames(step.take, step.transition.step)
        assert frames is not None
        assert tuple(batch.observation[0].ravel().tolist()) == step.transition.next_obs
