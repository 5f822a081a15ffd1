"""What a policy is shown: the observation, and a close look at what is small just over the pad.

The last metre takes a thousandth of an observation's range, and decides how the lander lands; quotients, since tanh()
has other bits on other machines.
"""

from typing import Final

import numpy as np
from numba import njit

__all__ = ["INPUTS", "encode"]

INPUTS: Final = 13
"""Length of an encoded observation."""

CLOSE = np.float32(0.1)
"""Observed size at which the close look is a half."""


@njit(cache=True, nogil=True)
def encode(obs: np.ndarray, out: np.ndarray) -> None:
    """Encode observations (n, 8) float32 into `out` (n, INPUTS) float32, in scalar float32 arithmetic."""
    for world in range(obs.shape[0]):
        for place in range(8):
            out[world, place] = obs[world, place]
        for place in range(5):
            value = obs[world, place]
            out[world, 8 + place] = value / (abs(value) + CLOSE)
