"""How a seed becomes traffic: highway-env's order of creation and of random draws."""

import math

from numba import njit

from mereq_teleop.envs.highway.layout import (
    CRASHED,
    EXPONENT,
    HEADING,
    IMPACT_X,
    IMPACT_Y,
    LANE,
    LANE_WIDTH,
    LANES,
    ORDER,
    PUSHED,
    SPEED,
    SPEED_LIMIT,
    TARGET_LANE,
    TARGET_SPEED,
    TIMER,
    VEHICLES,
    Reals,
    Wholes,
    X,
    Y,
)
from mereq_teleop.envs.highway.numerics import EXP, apply
from mereq_teleop.envs.highway.randomness import Stream, below, seed, uniform
from mereq_teleop.envs.highway.road import refresh

__all__ = ["create"]

_EGO_SPEED = 25.0
_EGO_SPACING = 1.5
_SPEED_LOW, _SPEED_SPAN = 0.7 * SPEED_LIMIT, 0.8 * SPEED_LIMIT - 0.7 * SPEED_LIMIT
_GAP_LOW, _GAP_SPAN = 0.9, 1.1 - 0.9
_EXPONENT_LOW, _EXPONENT_SPAN = 3.5, 4.5 - 3.5


@njit(error_model="numpy")
def create(
    table: Wholes,
    real: Reals,
    integer: Wholes,
    scratch: Reals,
    spare: Wholes,
    stream: Stream,
    value: int,
    spacing: float,
) -> None:
    """Fill one world as highway-env's reset(seed=value) does, with the gaps of the others times `spacing`."""
    seed(stream, value)
    scratch[0, 0] = -5 / 40 * LANES
    apply(table, EXP, scratch[0, 0:1], scratch[0, 1:2])
    density = scratch[0, 1]
    ahead = 0.0
    for i in range(VEHICLES):
        lane = below(stream, LANES)
        speed = _EGO_SPEED if i == 0 else uniform(stream, _SPEED_LOW, _SPEED_SPAN)
        offset = (_EGO_SPACING if i == 0 else spacing) * (12 + 1.0 * speed) * density
        if i == 0:
            ahead = 3 * offset
        ahead += offset * uniform(stream, _GAP_LOW, _GAP_SPAN)
        real[X, i], real[Y, i] = ahead, LANE_WIDTH * lane
        real[HEADING, i] = real[IMPACT_X, i] = real[IMPACT_Y, i] = 0.0
        real[SPEED, i] = real[TARGET_SPEED, i] = speed
        # The ego vehicle has neither; 1 keeps its share of the shared pow a number.
        real[EXPONENT, i], real[TIMER, i] = 1.0, 0.0
        if i > 0:
            real[TIMER, i] = (real[X, i] + real[Y, i]) * math.pi % 1.0
            real[EXPONENT, i] = uniform(stream, _EXPONENT_LOW, _EXPONENT_SPAN)
        integer[LANE, i] = integer[TARGET_LANE, i] = lane
        integer[CRASHED, i] = integer[PUSHED, i] = 0
        integer[ORDER, i] = i
    refresh(table, real, integer, scratch, spare)
