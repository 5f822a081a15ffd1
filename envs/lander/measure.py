"""The features of one step on the moon, in physical units where gymnasium scales them."""

from typing import Any, Final

from mereq_teleop.envs.gymnasium_world import Moment
from mereq_teleop.envs.lander.features import FULL_DESCENT, FULL_TILT, LOW_M, MOST_DESCENT

__all__ = ["HEIGHT_M", "SPEED", "body_of", "measure", "thrust_of"]

HEIGHT_M: Final = 400 / 30 / 2
"""Metres in an observed height of 1."""
SPEED: Final = 50 / HEIGHT_M
"""Metres a second in an observed vertical speed of 1."""


def thrust_of(action: Any) -> tuple[float, float]:
    """Thrust of the main engine (0..1), and of the side engines (-1 to the left .. 1 to the right), of an action.

    A throttle under a half does nothing to a side engine, and the main engine has at least half its thrust.
    """
    if isinstance(action, int):
        return float(action == 2), float((action == 3) - (action == 1))
    main, side = action.tolist()
    return (main + 1.0) / 2 if main > 0.0 else 0.0, side if abs(side) > 0.5 else 0.0


def body_of(moment: Moment) -> Any:
    """Box2D's body of the lander."""
    return moment.env.unwrapped.lander  # type: ignore[attr-defined]


def measure(moment: Moment) -> tuple[float, ...]:
    """(5,) crash, main_engine, side_engine, hard_descent, tilt."""
    _, height, _, rise, angle, *_ = moment.after.tolist()
    main, side = thrust_of(moment.action)
    fall = min(max(-rise * SPEED / FULL_DESCENT, 0.0), MOST_DESCENT)
    low = min(max(1.0 - height * HEIGHT_M / LOW_M, 0.0), 1.0)
    # The episode that ends while the lander is at rest has landed.
    crash = moment.terminated and body_of(moment).awake
    return float(crash), main, abs(side), fall * fall * low, min(abs(angle) / FULL_TILT, 1.0)
