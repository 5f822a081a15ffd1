"""What a device that nobody touches says of itself, and the dead zone that follows."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from mereq_teleop.app.clock import Clock, RateKeeper
from mereq_teleop.app.errors import AppError
from mereq_teleop.teleop.source import Source

__all__ = ["LEAST_DEAD_ZONE", "Rest", "measure_rest", "rest_lines"]

_RATE_HZ = 100.0
_MARGIN = 1.5
"""A device that is let go does not always come to rest where it did before."""
LEAST_DEAD_ZONE = 0.05
"""Less, and a bump of the table would take over."""
_TOUCHED = 0.4
"""Part of full deflection that no untouched axis has."""
_RESTLESS = 0.15
"""Nor does one wander so far."""


@dataclass(frozen=True, slots=True)
class Rest:
    """One axis of an untouched device, in parts of full deflection."""

    drift: float
    """Mean deflection."""
    noise: float
    """Greatest distance from that mean."""
    farthest: float
    """Greatest distance from 0."""

    @classmethod
    def of(cls, values: Sequence[float]) -> "Rest":
        """What some readings (at least one) say."""
        mean = fmean(values)
        return cls(mean, max(abs(value - mean) for value in values), max(map(abs, values)))

    @property
    def dead_zone(self) -> float:
        """The smallest that keeps the axis at rest, with a margin; of two decimals."""
        return max(math.ceil(100.0 * _MARGIN * self.farthest - 1e-9) / 100.0, LEAST_DEAD_ZONE)


def measure_rest(source: Source, seconds: float, clock: Clock) -> dict[str, Rest]:
    """Read an open, untouched device so long; what each axis did.

    Raises:
        DeviceLost: it was unplugged.
        AppError: somebody touched it.
    """
    samples: dict[str, list[float]] = {}
    keeper, end_s = RateKeeper(clock, _RATE_HZ), clock.monotonic() + seconds
    while True:
        reading = source.read()
        for axis, value in reading.axes.items():
            samples.setdefault(axis, []).append(value)
        if reading.pressed or reading.tapped:
            name = next(iter((*reading.tapped, *reading.pressed)))
            raise AppError(f"{name} was pressed: leave the device untouched, and measure again")
        if keeper.wait() >= end_s:
            break
    found = {axis: Rest.of(values) for axis, values in samples.items()}
    for axis, rest in found.items():
        if rest.farthest > _TOUCHED or rest.noise > _RESTLESS:
            raise AppError(
                f"{axis} went as far as {rest.farthest:.2f} and moved by {rest.noise:.2f}: leave the device untouched "
                f"and measure again; an axis that rests at one end is named in the mapping file: pedals = ['{axis}']"
            )
    return found


def rest_lines(found: Mapping[str, Rest]) -> Iterator[str]:
    """A table."""
    yield f"{'axis':<14}{'drift':>8}{'noise':>8}{'dead zone':>11}"
    for axis, rest in found.items():
        yield f"{axis:<14}{rest.drift:>+8.3f}{rest.noise:>8.3f}{rest.dead_zone:>11.2f}"
