"""From the raw deflection of an axis to the one that is meant; both are parts of full deflection, -1..1."""

from collections.abc import Mapping
from math import copysign, cos, isfinite, sin

from mereq_teleop.sessions.records import Record

__all__ = ["Shape", "shaped", "turned"]

GREATEST_DEAD_ZONE = 0.9
GREATEST_EXPONENT = 5.0


class Shape(Record):
    """How the deflection of one axis counts.

    Raises:
        ValueError: a number is out of its range.
    """

    dead_zone: float = 0.1
    """Part of full deflection that counts as rest; the remainder is stretched, so that nothing jumps at its edge."""
    exponent: float = 1.5
    """1 is linear; more makes small deflections finer and leaves full deflection as it is."""
    scale: float = 1.0
    """What full deflection counts for: a part of the action's limit."""
    inverted: bool = False
    """Swap the axis's two ways."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.dead_zone <= GREATEST_DEAD_ZONE:
            raise ValueError(f"dead_zone is {self.dead_zone}: it must lie between 0 and {GREATEST_DEAD_ZONE}")
        if not 1.0 <= self.exponent <= GREATEST_EXPONENT:
            raise ValueError(f"exponent is {self.exponent}: it must lie between 1 and {GREATEST_EXPONENT:g}")
        if not (isfinite(self.scale) and 0.0 < self.scale <= 1.0):
            raise ValueError(f"scale is {self.scale}: it must be above 0 and at most 1")


def shaped(raw: float, shape: Shape) -> float:
    """The deflection that is meant, -scale..scale; exactly 0 within the dead zone, and for what is no number."""
    size = min(abs(raw), 1.0)
    if not size > shape.dead_zone:
        return 0.0
    past = (size - shape.dead_zone) / (1.0 - shape.dead_zone)
    return copysign(shape.scale * past**shape.exponent, -raw if shape.inverted else raw)


def turned(axes: Mapping[str, float], azimuth_rad: float) -> dict[str, float]:
    """Axes relative to the robot's base, from axes relative to a camera that looks along `azimuth_rad`.

    The azimuth is MuJoCo's: about the base's z, 0 looking along its +x. Pushing away from oneself then moves away from
    the camera. Where x or y would leave -1..1, both shrink, so that the direction stays. The other axes are kept.
    """
    x = axes["x"] * cos(azimuth_rad) - axes["y"] * sin(azimuth_rad)
    y = axes["x"] * sin(azimuth_rad) + axes["y"] * cos(azimuth_rad)
    too_long = max(1.0, abs(x), abs(y))
    return {**axes, "x": x / too_long, "y": y / too_long}
