"""The mountain car's equations, compiled.

They must round where gymnasium's do. Its state is float64 after a reset and float32 from the first step on; beside a
float32 Python's own numbers count as float32; and a force that was clipped is such a number itself, so that its push
is worked out in float64.
"""

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["HORIZON", "LEFT_WALL_M", "MAX_SPEED", "RIGHT_WALL_M", "measure", "step"]

Reals = NDArray[np.float64]
Singles = NDArray[np.float32]
Flags = NDArray[np.bool_]

LEFT_WALL_M: Final = np.float32(-1.2)
RIGHT_WALL_M: Final = np.float32(0.6)
GOAL_M: Final = np.float32(0.45)
FLOOR_M: Final = -math.pi / 6
MAX_SPEED: Final = np.float32(0.07)
"""Metres a step."""
HORIZON: Final = 999
POWER: Final = 0.0015
GRAVITY: Final = 0.0025


@njit(cache=True, nogil=True, error_model="numpy")
def step(
    position: Reals,
    velocity: Reals,
    force: Reals,
    steps: NDArray[np.int64],
    actions: Singles,
    observation: Singles,
    features: Reals,
    reward: Reals,
    terminated: Flags,
    truncated: Flags,
) -> None:
    """Advance all worlds by one step: the first four arrays are read and written, the last five written."""
    for world in range(position.shape[0]):
        action, fresh = actions[world], steps[world] == 0
        force[world] = min(max(np.float64(action), -1.0), 1.0)
        angle = 3.0 * position[world] if fresh else np.float64(np.float32(3.0) * np.float32(position[world]))
        slope = GRAVITY * math.cos(angle)
        if force[world] == action:
            push = np.float32(action * np.float32(POWER)) - np.float32(slope)
        else:
            push = np.float32(force[world] * POWER - slope) if not fresh else force[world] * POWER - slope
        if fresh:
            speed = velocity[world] + push
            place, speed = np.float32(position[world] + speed), np.float32(speed)
        else:
            speed = min(max(np.float32(velocity[world]) + np.float32(push), -MAX_SPEED), MAX_SPEED)
            place = min(max(np.float32(position[world]) + speed, LEFT_WALL_M), RIGHT_WALL_M)
        if place == LEFT_WALL_M and speed < 0.0:
            speed = np.float32(0.0)
        position[world], velocity[world] = place, speed
        steps[world] += 1
        observation[world, 0], observation[world, 1] = place, speed
        terminated[world] = place >= GOAL_M and speed >= 0.0
        truncated[world] = steps[world] >= HORIZON
        reward[world] = (100.0 if terminated[world] else 0.0) - np.float64(action) * np.float64(action) * 0.1
    measure(position, velocity, force, features)


@njit(cache=True, nogil=True, error_model="numpy")
def measure(position: Reals, velocity: Reals, force: Reals, features: Reals) -> None:
    """Write the features (n, 3) of all worlds."""
    for world in range(position.shape[0]):
        features[world, 0] = force[world] * force[world]
        features[world, 1] = abs(velocity[world]) / np.float64(MAX_SPEED)
        features[world, 2] = max(FLOOR_M - position[world], 0.0) / (FLOOR_M - np.float64(LEFT_WALL_M))
