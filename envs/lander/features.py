"""What theta weighs on the moon."""

from typing import Final

from mereq_teleop.envs.card import Feature

__all__ = ["FEATURES", "FULL_DESCENT", "FULL_TILT", "LOW_M", "MOST_DESCENT"]

LOW_M: Final = 3.0
"""Below this height over the pad the descent counts (metres; the legs' span is about 2)."""
FULL_DESCENT: Final = 3.0
"""Metres a second that count as 1."""
MOST_DESCENT: Final = 2.0
"""So many times that is counted at most."""
FULL_TILT: Final = 0.8
"""Radians that count as 1."""

FEATURES: Final = (
    Feature(
        name="crash",
        unit="0 or 1",
        meaning="the episode ended by a blow on the body or out of sight to the side",
        wanted=False,
    ),
    Feature(name="main_engine", unit="0 .. 1 of the greatest", meaning="thrust of the main engine"),
    Feature(name="side_engine", unit="0 .. 1 of the greatest", meaning="thrust of the side engines"),
    # Squared: a speed as it is, summed over the steps of a fall, only tells how deep the fall was. And so would one
    # that is clipped low.
    Feature(
        name="hard_descent",
        unit="1 at 3 m/s, 4 at 6 m/s and more",
        meaning="speed downwards near the ground, squared: it counts over the last 3 m above the pad, more and more",
        reach=4.0,
    ),
    Feature(name="tilt", unit="0 .. 1 for 0 .. 0.8 rad", meaning="how far the lander leans, either way"),
)
