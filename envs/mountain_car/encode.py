"""What a policy is shown: the observation, scaled, and which way the car rolls.

Whether to push left or right turns on the sign of a velocity that is small wherever it matters, so the sign comes as an
input of its own, softened; a quotient, since tanh() has other bits on other machines.
"""

from typing import Final

import numpy as np
from numba import njit

__all__ = ["INPUTS", "encode"]

INPUTS: Final = 3
"""Length of an encoded observation."""

MIDDLE_M = np.float32(-0.3)
HALF_ROAD_M = np.float32(0.9)
MAX_SPEED = np.float32(0.07)
SLOW = np.float32(0.005)
"""Metres a step at which the softened sign is a half."""


@njit(cache=True, nogil=True)
def encode(obs: np.ndarray, out: np.ndarray) -> None:
    """Encode observations (n, 2) float32 into `out` (n, INPUTS) float32, in scalar float32 arithmetic."""
    for world in range(obs.shape[0]):
        velocity = obs[world, 1]
        out[world, 0] = (obs[world, 0] - MIDDLE_M) / HALF_ROAD_M
        out[world, 1] = velocity / MAX_SPEED
        out[world, 2] = velocity / (abs(velocity) + SLOW)
