"""Defaults that depend on the task, and on there being a window."""

from pathlib import Path

import pytest

from mereq_teleop.app.cast import make_device, resolve
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.teleop.errors import BadMapping
from mereq_teleop.teleop.keyboard import Keyboard


@pytest.mark.parametrize(
    ("env", "update", "steps"),
    [("highway", "segment", 100), ("pusher", "round", 200), ("fanucGribberBasic", "round", 200)],
)
def test_a_task_has_its_own_rounds_unless_one_asks_for_others(env: str, update: str, steps: int) -> None:
    resolved = resolve(OperateConfig(env=env), windowed=True)
    assert (resolved.update, resolved.steps_per_round) == (update, steps)
    asked = resolve(OperateConfig(env=env, update="segment", steps_per_round=30), windowed=True)
    assert (asked.update, asked.steps_per_round) == ("segment", 30)


def test_without_a_window_the_simulated_expert_drives_three_rounds_in_lockstep() -> None:
    for windowed, wanted in ((True, ("auto", "realtime", None)), (False, ("simulated", "lockstep", 3))):
        resolved = resolve(OperateConfig(), windowed=windowed)
        assert (resolved.device, resolved.pace, resolved.rounds) == wanted


@pytest.mark.parametrize(
    ("device", "windowed", "wanted"),
    [("auto", True, 3.0), ("keyboard", True, 3.0), ("auto", False, 0.0), ("simulated", True, 0.0)],
)
def test_a_persons_hands_have_a_moment_before_each_round(device: str, windowed: bool, wanted: float) -> None:
    assert resolve(OperateConfig(device=device), windowed=windowed).countdown == wanted
    asked = resolve(OperateConfig(device=device, countdown=0.5), windowed=windowed)
    assert asked.countdown == (0.5 if windowed else 0.0)
    assert resolve(OperateConfig(env="pusher", device=device), windowed=windowed).countdown == 0.0


def test_a_bad_mapping_file_ends_only_a_session_that_asked_for_its_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "mereq-teleop" / "devices" / "joystick.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[tasks.highway]\nLANE_UP = []\n")
    with pytest.raises(BadMapping, match="LANE_UP"):
        make_device(OperateConfig(device="joystick"), CARD, Keyboard(CARD), None)
    said = list[str]()
    device = make_device(OperateConfig(device="auto"), CARD, Keyboard(CARD), None, said.append)
    assert device.describe() == "keyboard"
    (line,) = said
    assert line.startswith("the joystick is left alone: the device mapping ")
    assert "LANE_UP" in line
