"""What a policy is shown of the gripper's world: the observation, each number by what is much of it."""

from typing import Final

import numpy as np
from numba import njit

__all__ = ["encode"]

SCALE: Final = np.concatenate(
    [
        [20.0, 20.0, 20.0],  # the tip from the pillow's middle, along it, across it and over it: 50 mm
        [5.0],  # its yaw: 0.2 rad
        [100.0, 100.0, 100.0],  # the target's lead: 10 mm, which is full speed
        [20.0, 1.0, 50.0],  # the opening: 50 mm; the squeeze; how far the grip is beside the tip: 20 mm
        [20.0, 5.0, 5.0],  # how far the pillow is lifted: 50 mm; its tilts
        [5.0],  # how fast it rises: 0.2 m/s
        [20.0, 1.0],  # the tip over the bench: 50 mm; how near the grasp it is
    ]
).astype(np.float32)
"""One over what is much of each number. A spread that is measured would be none where nothing has moved yet."""


@njit(cache=True, nogil=True)
def encode(obs: np.ndarray, out: np.ndarray) -> None:
    """Encode observations (n, inputs) float32 into `out`."""
    out[:] = obs * SCALE
