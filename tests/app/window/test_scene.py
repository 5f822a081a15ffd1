from dataclasses import replace
from typing import Any

import pytest

from mereq_teleop.sessions.records import Authority
from tests.app.window.samples import SCENE


@pytest.mark.parametrize("field", ["step_left", "round_rate", "swap_rate"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_share_outside_0_to_1_is_refused(field: str, value: float) -> None:
    change: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match=rf"{field} is in 0..1, got"):
        replace(SCENE, **change)


def test_safe_needs_its_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        replace(SCENE, authority=Authority.SAFE)
