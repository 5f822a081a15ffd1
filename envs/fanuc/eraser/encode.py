"""What a policy is shown of the eraser's world: the observation, each number by what is much of it."""

from typing import Final

import numpy as np
from numba import njit

__all__ = ["encode"]

SCALE: Final = np.concatenate(
    [
        [30.0, 2.0],  # the tip over the board: 30 mm; the pad's force: half the most
        [100.0, 100.0, 200.0],  # the target's lead: what full speed makes it
        [20.0, 20.0],  # the way to the nearer end of the line: 50 mm
        [1.0, 1.0, 10.0],  # from there to its other end: cosine, sine and length
        [10.0, 10.0],  # the tip from the base
        [20.0, 10.0, 1.0],  # the nearer end from the tip, how fast the pad is pressed in, and whether it takes ink
    ]
).astype(np.float32)
"""One over what is much of each number. A spread that is measured would be none where nothing has moved yet."""


@njit(cache=True, nogil=True)
def encode(obs: np.ndarray, out: np.ndarray) -> None:
    """Encode observations (n, inputs) float32 into `out`."""
    out[:] = obs * SCALE
