"""Defaults that depend on the task, and on there being a window."""

import pytest

from mereq_teleop.app.cast import resolve
from mereq_teleop.app.config import OperateConfig


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
