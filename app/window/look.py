"""What the arm's renderer is asked for, and how finely it shall draw it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mereq_teleop.app.window.camera import Camera
from mereq_teleop.app.window.palette import RGB

__all__ = ["Look", "Quality"]

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How finely to draw."""

    scale: float
    """Pixels drawn for each pixel shown, along each side."""
    samples: int
    """Of multisampling."""
    shadows: int
    """Pixels along the shadow map's side; 0 for no shadows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What there is to see."""

    size: tuple[int, int]
    """Of the picture (px)."""
    camera: Camera
    qpos: Reals
    """(nq,)."""
    mocap: Reals
    """(nmocap, 3), the tool's virtual target first (m)."""
    tool: Reals
    """(3,) the tool's tip (m)."""
    tint: RGB
    """Colour of who drives."""
    turns: Reals | None = None
    """(nmocap, 4) how the marks are turned, as quaternions; None leaves them as the scene has them."""
    ink: Reals | None = None
    """(k,) how much is left of the geoms ink0, ink1, ...: 0..1."""
