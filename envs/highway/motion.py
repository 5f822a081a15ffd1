"""How vehicles move: the lateral controller and highway-env's kinematic bicycle."""

import math

from numba import njit

from mereq_teleop.envs.highway.layout import (
    CRASHED,
    FRAME_S,
    HEADING,
    IMPACT_X,
    IMPACT_Y,
    LANE,
    LANE_WIDTH,
    LENGTH,
    PUSHED,
    ROAD_LENGTH,
    SPEED,
    TARGET_LANE,
    TIMER,
    VEHICLES,
    Reals,
    Wholes,
    X,
    Y,
)
from mereq_teleop.envs.highway.numerics import ARCSIN, ARCTAN, COSINE, SINE, TAN, apply
from mereq_teleop.envs.highway.road import closest_lane, not_zero, wrap_to_pi
from mereq_teleop.envs.highway.traffic import ACCELERATION

__all__ = ["move"]

_KP_LATERAL = 1 / 0.6
_KP_HEADING = 1 / 0.2
_MAX_STEERING = math.pi / 3
_MAX_SPEED = 40.0
# Rows of the scratch array: velocity's direction and the sine of the slip angle, then packed work.
_COSINE = 1
_SINE = 2
_SLIP = 3
_ANGLE = 4
_PACKED = 5


@njit(error_model="numpy")
def _turning(real: Reals, integer: Wholes, which: Wholes) -> int:
    """List the vehicles that do not drive exactly straight along the centre of their target lane; return how many."""
    count = 0
    for i in range(VEHICLES):
        which[count] = i
        count += real[HEADING, i] != 0.0 or real[Y, i] != LANE_WIDTH * integer[TARGET_LANE, i]
    return count


@njit(error_model="numpy")
def _slip_angles(table: Wholes, real: Reals, integer: Wholes, which: Wholes, angle: Reals) -> None:
    """Slip angles of some vehicles on the way to their target lanes: position, then heading, then steering."""
    count = angle.size
    for k in range(count):
        i = which[k]
        command = -_KP_LATERAL * (real[Y, i] - LANE_WIDTH * integer[TARGET_LANE, i])
        angle[k] = min(max(command / not_zero(real[SPEED, i]), -1.0), 1.0)
    apply(table, ARCSIN, angle, angle)
    for k in range(count):
        i = which[k]
        heading = 0.0 + min(max(angle[k], -math.pi / 4), math.pi / 4)
        rate = _KP_HEADING * wrap_to_pi(heading - real[HEADING, i])
        angle[k] = min(max(LENGTH / 2 / not_zero(real[SPEED, i]) * rate, -1.0), 1.0)
    apply(table, ARCSIN, angle, angle)
    apply(table, TAN, angle, angle)
    for k in range(count):
        angle[k] = 2 * angle[k]
    apply(table, ARCTAN, angle, angle)
    for k in range(count):
        crashed = integer[CRASHED, which[k]]
        angle[k] = 0.0 if crashed else min(max(angle[k], -_MAX_STEERING), _MAX_STEERING)
    apply(table, TAN, angle, angle)
    for k in range(count):
        angle[k] = 0.5 * angle[k]
    apply(table, ARCTAN, angle, angle)


@njit(error_model="numpy")
def _directions(table: Wholes, real: Reals, integer: Wholes, scratch: Reals, which: Wholes) -> None:
    """Fill the scratch rows with the direction of each vehicle's velocity and the sine of its slip angle."""
    count = _turning(real, integer, which)
    for i in range(VEHICLES):
        scratch[_COSINE, i], scratch[_SINE, i], scratch[_SLIP, i] = 1.0, 0.0, 0.0
    angle, packed = scratch[_ANGLE, :count], scratch[_PACKED, :count]
    _slip_angles(table, real, integer, which, angle)
    for k in range(count):
        packed[k] = real[HEADING, which[k]] + angle[k]
    sine = scratch[_PACKED + 1, :count]
    apply(table, SINE, packed, sine)
    apply(table, COSINE, packed, packed)
    apply(table, SINE, angle, angle)
    for k in range(count):
        i = which[k]
        scratch[_COSINE, i], scratch[_SINE, i], scratch[_SLIP, i] = packed[k], sine[k], angle[k]


@njit(error_model="numpy")
def _clip_acceleration(acceleration: float, speed: float) -> float:
    if speed > _MAX_SPEED:
        return min(acceleration, _MAX_SPEED - speed)
    if speed < -_MAX_SPEED:
        return max(acceleration, -_MAX_SPEED - speed)
    return acceleration


@njit(error_model="numpy")
def move(table: Wholes, real: Reals, integer: Wholes, scratch: Reals, spare: Wholes) -> None:
    """Advance all vehicles by one frame; a push of the frame before crashes its vehicle now."""
    _directions(table, real, integer, scratch, spare)
    for i in range(VEHICLES):
        speed, y, heading = real[SPEED, i], real[Y, i], real[HEADING, i]
        acceleration = -1.0 * speed if integer[CRASHED, i] else scratch[ACCELERATION, i]
        real[X, i] += speed * scratch[_COSINE, i] * FRAME_S
        real[Y, i] += speed * scratch[_SINE, i] * FRAME_S
        if integer[PUSHED, i]:
            real[X, i] += real[IMPACT_X, i]
            real[Y, i] += real[IMPACT_Y, i]
            real[IMPACT_X, i] = real[IMPACT_Y, i] = 0.0
            integer[CRASHED, i], integer[PUSHED, i] = 1, 0
        real[HEADING, i] += speed * scratch[_SLIP, i] / (LENGTH / 2) * FRAME_S
        real[SPEED, i] += _clip_acceleration(acceleration, speed) * FRAME_S
        # Along the road the nearest lane changes with y and the heading alone.
        if real[Y, i] != y or real[HEADING, i] != heading or real[X, i] > ROAD_LENGTH:
            integer[LANE, i] = closest_lane(real[X, i], real[Y, i], real[HEADING, i])
    for i in range(1, VEHICLES):
        real[TIMER, i] += FRAME_S
