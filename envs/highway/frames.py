"""One control step of the highway frame by frame, and what the world looks like at any moment within it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["HighwayFrames", "Traffic"]

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Traffic:
    """All vehicles at one moment, each array of shape (vehicles,); vehicle 0 is the ego vehicle."""

    x: Reals
    """Metres along the road."""
    y: Reals
    """Metres across it, growing to the right; lane k is centred on 4 k."""
    heading: Reals
    """Radians, 0 along the road."""
    speed: Reals
    """Metres a second."""
    crashed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HighwayFrames:
    """The state at a decision and after each simulation frame since, each array of shape (frames + 1, vehicles).

    Raises:
        ValueError: the arrays differ in shape, or hold no frame or no vehicle.
    """

    x: Reals
    """Metres along the road."""
    y: Reals
    """Metres across it."""
    heading: Reals
    """Radians."""
    speed: Reals
    """Metres a second."""
    crashed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shape = self.x.shape
        if len(shape) != 2 or 0 in shape:
            raise ValueError(f"frames are of shape (frames + 1, vehicles), got {shape}")
        for name in ("y", "heading", "speed", "crashed"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"x has shape {shape}, {name} has {getattr(self, name).shape}")

    @classmethod
    def still(cls, traffic: Traffic) -> Self:
        """A world that stands as it is: what there is to show before the first step."""
        return cls(
            x=traffic.x[None],
            y=traffic.y[None],
            heading=traffic.heading[None],
            speed=traffic.speed[None],
            crashed=traffic.crashed[None],
        )

    def at(self, fraction: float) -> Traffic:
        """The world at a fraction 0..1 of the step (clipped): a frame's own state, bit for bit, or one in between.

        Positions and speeds go straight from frame to frame, headings the shorter way round; a crash shows at
        the frame that has it.
        """
        last = len(self.x) - 1
        moment = min(max(fraction, 0.0), 1.0) * last
        before = min(int(moment), last)
        share = moment - before
        if share == 0.0:
            return self._frame(before)
        turn = self.heading[before + 1] - self.heading[before]
        turn = (turn + np.pi) % (2.0 * np.pi) - np.pi
        return Traffic(
            x=_between(self.x, before, share),
            y=_between(self.y, before, share),
            heading=self.heading[before] + share * turn,
            speed=_between(self.speed, before, share),
            crashed=self.crashed[before],
        )

    def _frame(self, index: int) -> Traffic:
        return Traffic(
            x=self.x[index],
            y=self.y[index],
            heading=self.heading[index],
            speed=self.speed[index],
            crashed=self.crashed[index],
        )


def _between(values: Reals, before: int, share: float) -> Reals:
    start: Reals = values[before]
    way: Reals = values[before + 1] - start
    return start + share * way
