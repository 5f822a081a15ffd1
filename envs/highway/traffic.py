"""How vehicles decide: IDM along the lane, MOBIL between lanes, and the ego vehicle's meta-actions."""

import math

import numpy as np
from numba import njit

from mereq_teleop.envs.highway.layout import (
    AHEAD,
    COS,
    CRASHED,
    EXPONENT,
    LANE,
    LANES,
    LENGTH,
    SIN,
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
from mereq_teleop.envs.highway.numerics import DOT, dot, power
from mereq_teleop.envs.highway.road import not_zero, reachable, rear_of

__all__ = ["ACCELERATION", "choose", "decide"]

ACCELERATION = 0
"""Row of the scratch array that the decision leaves for the motion."""
_FREE = 2
_RATIO = 3
_ONE = 4

_ACCELERATION_MAX = 6.0
_COMFORT_ACCELERATION = 3.0
_COMFORT_BRAKING = -5.0
_DISTANCE_WANTED = 5.0 + LENGTH
_TIME_WANTED = 1.5
_BRAKE_SPAN = 2 * math.sqrt(-_COMFORT_ACCELERATION * _COMFORT_BRAKING)
_MIN_GAIN = 0.2
_MAX_IMPOSED_BRAKING = 2.0
_CHANGE_DELAY_S = 1.0
_KP_SPEED = 1 / 0.6
_SLOWEST, _FASTEST, _SPEEDS = 20.0, 30.0, 3

_LANE_LEFT, _LANE_RIGHT, _FASTER, _SLOWER = 0, 2, 3, 4


@njit(error_model="numpy")
def choose(real: Reals, integer: Wholes, action: int) -> None:
    """Apply a meta-action to the ego vehicle's target lane or target speed, once a control step."""
    if action in (_FASTER, _SLOWER):
        # The level counts from the speed driven now, not from the target, and rounds half to even.
        level = np.rint((real[SPEED, 0] - _SLOWEST) / (_FASTEST - _SLOWEST) * (_SPEEDS - 1))
        level = min(max(level, 0.0), _SPEEDS - 1.0) + (1.0 if action == _FASTER else -1.0)
        level = min(max(level, 0.0), _SPEEDS - 1.0)
        real[TARGET_SPEED, 0] = _SLOWEST + level * ((_FASTEST - _SLOWEST) / (_SPEEDS - 1))
    elif action in (_LANE_LEFT, _LANE_RIGHT):
        lane = integer[TARGET_LANE, 0] + (1 if action == _LANE_RIGHT else -1)
        lane = min(max(lane, 0), LANES - 1)
        if reachable(real[X, 0], real[Y, 0], lane):
            integer[TARGET_LANE, 0] = lane


@njit(error_model="numpy")
def _speed_ratio(real: Reals, i: int) -> float:
    """Speed over wanted speed, the base of IDM's free-road term."""
    wanted = min(max(real[TARGET_SPEED, i], 0.0), SPEED_LIMIT)
    ratio: float = max(real[SPEED, i], 0.0) / abs(not_zero(wanted))
    return ratio


@njit(error_model="numpy")
def _desired_gap(mode: int, real: Reals, i: int, front: int) -> float:
    """IDM's wanted distance of i to the vehicle in front, metres."""
    speed, front_speed = real[SPEED, i], real[SPEED, front]
    cosine, sine = real[COS, i], real[SIN, i]
    closing = dot(
        mode,
        speed * cosine - front_speed * real[COS, front],
        speed * sine - front_speed * real[SIN, front],
        cosine,
        sine,
    )
    gap: float = _DISTANCE_WANTED + speed * _TIME_WANTED + speed * closing / _BRAKE_SPAN
    return gap


@njit(error_model="numpy")
def _follow(mode: int, real: Reals, free: float, i: int, front: int) -> float:
    """IDM's acceleration of i, given its free-road acceleration and the vehicle in front (-1 for none)."""
    if front < 0:
        return free
    ratio = _desired_gap(mode, real, i, front) / not_zero(real[X, front] - real[X, i])
    return free - _COMFORT_ACCELERATION * (ratio * ratio)


@njit(error_model="numpy")
def _recommends(table: Wholes, real: Reals, integer: Wholes, scratch: Reals, i: int, lane: int) -> bool:
    """MOBIL: is the lane safe for the new follower, and better for i? (highway-env's politeness is 0.)"""
    mode, free = table[DOT, 0], scratch[_FREE, i]
    there = _follow(mode, real, free, i, integer[AHEAD + lane, i])
    here = _follow(mode, real, free, i, integer[AHEAD + integer[LANE, i], i])
    if there - here < _MIN_GAIN:
        return False
    follower = rear_of(real[X], integer, i, lane)
    if follower < 0:
        return True
    # highway-env judges the follower with the exponent of the vehicle that asks.
    scratch[_ONE, 0] = _speed_ratio(real, follower)
    scratch[_ONE, 1] = real[EXPONENT, i]
    power(table, scratch[_ONE, 0:1], scratch[_ONE, 1:2], scratch[_ONE, 2:3])
    free = _COMFORT_ACCELERATION * (1 - scratch[_ONE, 2])
    return not _follow(mode, real, free, follower, i) < -_MAX_IMPOSED_BRAKING


@njit(error_model="numpy")
def _change_lane(table: Wholes, real: Reals, integer: Wholes, scratch: Reals, i: int) -> None:
    """Start, continue or abort a lane change of vehicle i."""
    lane, target = integer[LANE, i], integer[TARGET_LANE, i]
    if lane != target:
        for j in range(VEHICLES):
            if j != i and integer[LANE, j] != target and integer[TARGET_LANE, j] == target:
                distance = real[X, j] - real[X, i]
                if distance > 0 and distance < _desired_gap(table[DOT, 0], real, i, j):
                    integer[TARGET_LANE, i] = lane
                    break
        return
    if not real[TIMER, i] > _CHANGE_DELAY_S:
        return
    real[TIMER, i] = 0.0
    if abs(real[SPEED, i]) < 1:
        return
    for side in (lane - 1, lane + 1):
        if (
            0 <= side < LANES
            and reachable(real[X, i], real[Y, i], side)
            and _recommends(table, real, integer, scratch, i, side)
        ):
            integer[TARGET_LANE, i] = side


@njit(error_model="numpy")
def decide(table: Wholes, real: Reals, integer: Wholes, scratch: Reals) -> None:
    """Target lanes and accelerations of all vehicles for one frame.

    Sequential on purpose: vehicle i sees the target lanes that the vehicles before it have just chosen.
    """
    mode = table[DOT, 0]
    free = scratch[_FREE]
    for i in range(VEHICLES):
        scratch[_RATIO, i] = _speed_ratio(real, i)
    power(table, scratch[_RATIO], real[EXPONENT], free)
    acceleration = scratch[ACCELERATION]
    acceleration[0] = _KP_SPEED * (real[TARGET_SPEED, 0] - real[SPEED, 0])
    for i in range(1, VEHICLES):
        free[i] = _COMFORT_ACCELERATION * (1 - free[i])
        if integer[CRASHED, i]:
            continue
        _change_lane(table, real, integer, scratch, i)
        lane, target = integer[LANE, i], integer[TARGET_LANE, i]
        wanted = _follow(mode, real, free[i], i, integer[AHEAD + lane, i])
        if lane != target:
            wanted = min(wanted, _follow(mode, real, free[i], i, integer[AHEAD + target, i]))
        acceleration[i] = min(max(wanted, -_ACCELERATION_MAX), _ACCELERATION_MAX)
