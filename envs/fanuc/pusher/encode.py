"""What a policy is shown of the pusher's world: the observation, each number by what is much of it."""

from typing import Final

import numpy as np
from numba import njit

__all__ = ["encode"]

SCALE: Final = np.concatenate(
    [
        [10.0, 10.0, 10.0],  # the tip beside the bottle (along, across) and over the bench: 100 mm
        [1.0, 1.0, 10.0],  # cosine, sine and length of the way to the goal
        [100.0, 100.0, 100.0],  # the target's lead: 10 mm, which is full speed
        [5.0, 5.0],  # the bottle's speed: 0.2 m/s
        [10.0, 10.0],  # its tilt
        [10.0, 10.0, 10.0],  # the tip from the base, and from the bottle
    ]
).astype(np.float32)
"""One over what is much of each number. A spread that is measured would be none where nothing has moved yet."""


@njit(cache=True, nogil=True)
def encode(obs: np.ndarray, out: np.ndarray) -> None:
    """Encode observations (n, inputs) float32 into `out`."""
    out[:] = obs * SCALE
