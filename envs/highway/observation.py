"""What the ego vehicle observes, and the features of its state."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mereq_teleop.envs.highway.layout import (
    COS,
    CRASHED,
    LANE_WIDTH,
    LANES,
    OBSERVED,
    SIN,
    SPEED,
    TARGET_LANE,
    VEHICLES,
    Reals,
    Wholes,
    X,
    Y,
)
from mereq_teleop.envs.highway.numerics import DOT, dot

__all__ = ["Singles", "extract_features", "observe"]

Singles = NDArray[np.float32]

_SIGHT = 200.0
_BEHIND = -10.0
_MAX_SPEED = 40.0
_SLOW, _FAST = 20.0, 30.0


@njit(error_model="numpy")
def _normal(value: float, bound: float) -> np.float32:
    """`value` mapped from [-bound, bound] to [-1, 1] and clipped, in highway-env's order of operations."""
    mapped = -1.0 + (value - -bound) * 2.0 / (bound - -bound)
    return np.float32(min(max(mapped, -1.0), 1.0))


@njit(error_model="numpy")
def _fill(row: Singles, x: float, y: float, vx: float, vy: float) -> None:
    row[0] = np.float32(1.0)
    row[1] = _normal(x, _SIGHT)
    row[2] = _normal(y, LANE_WIDTH * LANES)
    row[3] = _normal(vx, 2 * _MAX_SPEED)
    row[4] = _normal(vy, 2 * _MAX_SPEED)


@njit(error_model="numpy")
def observe(table: Wholes, real: Reals, integer: Wholes, out: Singles) -> None:
    """Write the (5, 5) float32 observation: presence, x, y, vx, vy; the ego vehicle, then the four nearest."""
    x, y, vx, vy = real[X, 0], real[Y, 0], real[SPEED, 0] * real[COS, 0], real[SPEED, 0] * real[SIN, 0]
    _fill(out[0], x, y, vx, vy)
    first = second = third = fourth = -1
    d1 = d2 = d3 = d4 = math.inf
    for i in range(1, VEHICLES):
        dx, dy = real[X, i] - x, real[Y, i] - y
        if not dx > _BEHIND or not abs(dx) < d4:
            continue
        if not math.sqrt(dot(table[DOT, 0], dx, dy, dx, dy)) < _SIGHT:
            continue
        d4, fourth = abs(dx), i
        if d4 < d3:
            d3, third, d4, fourth = d4, fourth, d3, third
        if d3 < d2:
            d2, second, d3, third = d3, third, d2, second
        if d2 < d1:
            d1, first, d2, second = d2, second, d1, first
    for slot in range(1, OBSERVED):
        i = first if slot == 1 else second if slot == 2 else third if slot == 3 else fourth
        if i < 0:
            out[slot] = np.float32(0.0)
        else:
            other_vx, other_vy = real[SPEED, i] * real[COS, i], real[SPEED, i] * real[SIN, i]
            _fill(out[slot], real[X, i] - x, real[Y, i] - y, other_vx - vx, other_vy - vy)


@njit(error_model="numpy")
def extract_features(real: Reals, integer: Wholes, out: Reals) -> None:
    """Write collision (0 or 1), right_lane (target lane / 2) and high_speed (20..30 m/s forward as 0..1, clipped)."""
    out[0] = 1.0 if integer[CRASHED, 0] else 0.0
    out[1] = integer[TARGET_LANE, 0] / (LANES - 1)
    forward = real[SPEED, 0] * real[COS, 0]
    out[2] = min(max(0.0 + (forward - _SLOW) * 1.0 / (_FAST - _SLOW), 0.0), 1.0)
