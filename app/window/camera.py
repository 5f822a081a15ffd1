"""A camera that looks at a point from a distance, turned, moved and zoomed by gestures."""

import math
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

__all__ = ["Camera", "Gesture", "Move"]

_TURN: Final = 180.0
"""Degrees that a drag over the world's whole height turns it by."""
_STEEPEST: Final = (-89.0, -2.0)
"""Elevations (deg) from right above to just over the bench."""
_ZOOM: Final = 0.9
"""Distance after a notch of the wheel, as a share of that before."""
_DISTANCES_M: Final = (0.25, 4.0)
_REACH_M: Final = 1.0
"""The point that is looked at stays within so much of the scene's middle."""


class Move(Enum):
    """What a gesture asks of a camera."""

    TURN = auto()
    PAN = auto()
    ZOOM = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Gesture:
    """What the mouse asks for: a way on the screen in shares of the world's height, or notches of the wheel in y."""

    move: Move
    x: float = 0.0
    """To the right."""
    y: float = 0.0
    """Down; for ZOOM the wheel's notches away from the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Where the world is seen from, as MuJoCo's free camera has it."""

    at: tuple[float, float, float]
    """The point in the picture's middle (m)."""
    distance: float
    """From there to the camera (m)."""
    azimuth: float
    """Heading of the view (deg): 90 looks along +y."""
    elevation: float
    """Of the view (deg): -90 looks straight down."""
    home: tuple[float, float, float] = (0.45, 0.0, 0.1)
    """Middle of the scene (m)."""

    def moved(self, gesture: Gesture, start: "Camera") -> "Camera":
        """The camera after a gesture; RESET goes back to `start`."""
        match gesture.move:
            case Move.TURN:
                elevation = min(max(self.elevation - _TURN * gesture.y, _STEEPEST[0]), _STEEPEST[1])
                return replace(self, azimuth=(self.azimuth - _TURN * gesture.x) % 360.0, elevation=elevation)
            case Move.PAN:
                return self._panned(gesture.x, gesture.y)
            case Move.ZOOM:
                distance = self.distance * _ZOOM**gesture.y
                return replace(self, distance=min(max(distance, _DISTANCES_M[0]), _DISTANCES_M[1]))
            case Move.RESET:
                return start

    def _panned(self, right: float, down: float) -> "Camera":
        """The world follows the mouse: at the point looked at the picture's height is 2 tan(21 deg) of the distance."""
        scale = 2.0 * math.tan(math.radians(21.0)) * self.distance
        heading, slope = math.radians(self.azimuth), math.radians(self.elevation)
        across = (math.sin(heading), -math.cos(heading), 0.0)
        up = (-math.sin(slope) * math.cos(heading), -math.sin(slope) * math.sin(heading), math.cos(slope))
        wanted = (c - scale * right * a + scale * down * u for c, a, u in zip(self.at, across, up, strict=True))
        near = (min(max(w, h - _REACH_M), h + _REACH_M) for w, h in zip(wanted, self.home, strict=True))
        x, y, z = near
        return replace(self, at=(x, y, max(z, 0.0)))
