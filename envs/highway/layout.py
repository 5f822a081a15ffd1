"""How the worlds lie in memory, and the numbers of highway-env that the kernels share.

A batch of n worlds is two arrays: `reals` (n, REALS, VEHICLES) float64 and `integers` (n, INTEGERS, VEHICLES)
int64. Vehicle 0 is the ego vehicle, the others keep highway-env's order of creation.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AHEAD",
    "COS",
    "CRASHED",
    "EXPONENT",
    "FRAMES",
    "FRAME_S",
    "HEADING",
    "HORIZON",
    "IMPACT_X",
    "IMPACT_Y",
    "INTEGERS",
    "LANE",
    "LANES",
    "LANE_BITS",
    "LANE_WIDTH",
    "LENGTH",
    "OBSERVED",
    "ORDER",
    "PUSHED",
    "RANK",
    "REALS",
    "ROAD_LENGTH",
    "SCRATCH",
    "SIN",
    "SPEED",
    "SPEED_LIMIT",
    "TARGET_LANE",
    "TARGET_SPEED",
    "TIMER",
    "TRACED",
    "VEHICLES",
    "WIDTH",
    "Reals",
    "Wholes",
    "X",
    "Y",
]

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]

VEHICLES: Final = 31
"""The ego vehicle and thirty others."""
LANES: Final = 3
LANE_WIDTH: Final = 4.0
"""Metres; lane k is centred on y = k * LANE_WIDTH."""
ROAD_LENGTH: Final = 10000.0
"""Metres."""
SPEED_LIMIT: Final = 30.0
"""Metres a second."""
LENGTH: Final = 5.0
"""Length of a vehicle, metres."""
WIDTH: Final = 2.0
"""Width of a vehicle, metres."""
FRAMES: Final = 5
"""Simulation frames a control step."""
FRAME_S: Final = 1 / 5
"""Seconds a frame."""
HORIZON: Final = 40
"""Control steps until truncation."""
OBSERVED: Final = 5
"""Vehicles in an observation, the ego vehicle first."""

# Rows of `reals`; COS and SIN of the heading follow from it.
X: Final = 0
Y: Final = 1
HEADING: Final = 2
SPEED: Final = 3
TARGET_SPEED: Final = 4
EXPONENT: Final = 5
TIMER: Final = 6
IMPACT_X: Final = 7
IMPACT_Y: Final = 8
COS: Final = 9
SIN: Final = 10
REALS: Final = 11

# Rows of `integers`; those from ORDER (by x, then by index) on follow from the positions. RANK is its inverse, bit k
# of LANE_BITS tells that a vehicle is on lane k, AHEAD + k is the vehicle in front on lane k (-1 for none).
LANE: Final = 0
TARGET_LANE: Final = 1
CRASHED: Final = 2
PUSHED: Final = 3
ORDER: Final = 4
RANK: Final = 5
LANE_BITS: Final = 6
AHEAD: Final = 7
INTEGERS: Final = 10

TRACED: Final = 5
"""Rows of a trace: X, Y, HEADING, SPEED, and 1 for a crash or 0."""
SCRATCH: Final = 8
"""Rows of VEHICLES float64 that a kernel needs beside the worlds."""
