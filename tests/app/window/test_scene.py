from dataclasses import replace
from typing import Any

import pytest

from mereq_teleop.sessions.records import Authority
from tests.app.window.samples import SCENE


@pytest.mark.parametrize("field", ["step_left", "round_rate", "delta"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_share_outside_0_to_1_is_refused(field: str, value: float) -> None:
    change: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match=rf"{field} is in 0..1, got"):
        replace(SCENE, **change)


def test_safe_needs_its_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        replace(SCENE, authority=Authority.SAFE)


@pytest.mark.parametrize("deviations", [(0.1,), (0.1,) * 4])
def test_each_weight_has_its_deviation_or_none_has(deviations: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=f"{len(deviations)} deviations for 3 weights"):
        replace(SCENE, theta_deviation=deviations)
    assert replace(SCENE, theta_deviation=()).theta_deviation == ()


@pytest.mark.parametrize("limits", [((-1.0, 1.0),), ((-1.0, 1.0),) * 2 + ((0.0, 0.0),), ((0.5, 1.0),) * 3])
def test_each_weight_has_limits_around_0(limits: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="limits"):
        replace(SCENE, theta_limits=limits)
