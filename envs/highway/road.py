"""Where vehicles are on the road: lanes, neighbours, and the order along x that makes both cheap.

Positions are frozen while vehicles decide, so one sort a frame serves all questions. Ties are broken as highway-env's
loop in order of creation breaks them.
"""

import math

from numba import njit

from mereq_teleop.envs.highway.layout import (
    AHEAD,
    COS,
    HEADING,
    LANE_BITS,
    LANE_WIDTH,
    LANES,
    LENGTH,
    ORDER,
    RANK,
    ROAD_LENGTH,
    SIN,
    VEHICLES,
    Reals,
    Wholes,
    X,
    Y,
)
from mereq_teleop.envs.highway.numerics import COSINE, SINE, apply

__all__ = ["closest_lane", "not_zero", "reachable", "rear_of", "refresh", "wrap_to_pi"]

_MARGIN = LANE_WIDTH / 2 + 1
"""A vehicle this close to a lane's centre is a neighbour on it, metres."""
_REACH = 2 * LANE_WIDTH


@njit(error_model="numpy")
def wrap_to_pi(angle: float) -> float:
    """((angle + pi) % (2 pi)) - pi with Python's remainder."""
    shifted = angle + math.pi
    if not 0.0 <= shifted < 2 * math.pi:
        shifted = shifted % (2 * math.pi)
    return shifted - math.pi


@njit(error_model="numpy")
def not_zero(value: float) -> float:
    """`value`, kept at least 0.01 away from zero on its own side."""
    if abs(value) > 1e-2:
        return value
    return 1e-2 if value >= 0 else -1e-2


@njit(error_model="numpy")
def reachable(x: float, y: float, lane: int) -> bool:
    """Is the lane near enough to change to?"""
    return abs(y - LANE_WIDTH * lane) <= _REACH and 0.0 <= x < ROAD_LENGTH + LENGTH


@njit(error_model="numpy")
def closest_lane(x: float, y: float, heading: float) -> int:
    """Index of the lane nearest in position and heading; the leftmost of equals."""
    angle = abs(wrap_to_pi(heading))
    beyond = max(x - ROAD_LENGTH, 0.0)
    before = max(0.0 - x, 0.0)
    best = 0
    nearest = math.inf
    for lane in range(LANES):
        distance = abs(y - LANE_WIDTH * lane) + beyond + before + angle
        if distance < nearest:
            best, nearest = lane, distance
    return best


@njit(error_model="numpy")
def _direct(table: Wholes, heading: Reals, cosine: Reals, sine: Reals, scratch: Reals, spare: Wholes) -> None:
    """Cosine and sine of the headings; most vehicles drive exactly straight, and theirs are known."""
    count = 0
    for i in range(VEHICLES):
        cosine[i], sine[i] = 1.0, heading[i]
        spare[count], scratch[0, count] = i, heading[i]
        count += heading[i] != 0.0
    packed, packed_cosine = scratch[0, :count], scratch[1, :count]
    apply(table, COSINE, packed, packed_cosine)
    apply(table, SINE, packed, packed)
    for k in range(count):
        cosine[spare[k]], sine[spare[k]] = packed_cosine[k], packed[k]


@njit(error_model="numpy")
def _sort(x: Reals, order: Wholes, rank: Wholes) -> None:
    """Sort `order`, nearly sorted already, by x and then by index; `rank` is its inverse."""
    for place in range(VEHICLES):
        vehicle = order[place]
        k = place
        while k > 0 and (x[order[k - 1]] > x[vehicle] or (x[order[k - 1]] == x[vehicle] and order[k - 1] > vehicle)):
            order[k] = order[k - 1]
            rank[order[k]] = k
            k -= 1
        order[k] = vehicle
        rank[vehicle] = k


@njit(error_model="numpy")
def _look_ahead(x: Reals, order: Wholes, bits: Wholes, ahead: Wholes, nearest: Wholes) -> None:
    """Fill `ahead` (lanes, vehicles): the nearest on a lane that is ahead or level; of equals the last created."""
    nearest[:LANES] = -1
    level = False
    for place in range(VEHICLES - 1, -1, -1):
        i = order[place]
        level |= place > 0 and x[order[place - 1]] == x[i]
        for lane in range(LANES):
            ahead[lane, i] = nearest[lane]
            nearest[lane] = i if (bits[i] >> lane) & 1 else nearest[lane]
    if level:
        _look_beside(x, bits, ahead)


@njit(error_model="numpy")
def _look_beside(x: Reals, bits: Wholes, ahead: Wholes) -> None:
    """Fill `ahead` where vehicles are exactly level, which is as good as never: ask as highway-env's loop does."""
    for i in range(VEHICLES):
        for lane in range(LANES):
            found = -1
            for j in range(VEHICLES):
                on = j != i and (bits[j] >> lane) & 1 and x[j] >= x[i]
                if on and (found < 0 or x[j] <= x[found]):
                    found = j
            ahead[lane, i] = found


@njit(error_model="numpy")
def refresh(table: Wholes, real: Reals, integer: Wholes, scratch: Reals, spare: Wholes) -> None:
    """Recompute what follows from a world's positions and headings: direction, order along x, lanes, who is ahead."""
    _direct(table, real[HEADING], real[COS], real[SIN], scratch, spare)
    x, y = real[X], real[Y]
    order, bits = integer[ORDER], integer[LANE_BITS]
    _sort(x, order, integer[RANK])
    for i in range(VEHICLES):
        bits[i] = 0
        if -LENGTH <= x[i] < ROAD_LENGTH + LENGTH:
            for lane in range(LANES):
                bits[i] |= (abs(y[i] - LANE_WIDTH * lane) <= _MARGIN) << lane
    _look_ahead(x, order, bits, integer[AHEAD:], spare)


@njit(error_model="numpy")
def rear_of(x: Reals, integer: Wholes, i: int, lane: int) -> int:
    """The vehicle behind i on a lane, -1 for none; of vehicles at one x the first created."""
    found = -1
    for k in range(integer[RANK, i] - 1, -1, -1):
        j = integer[ORDER, k]
        if found >= 0 and x[j] != x[found]:
            break
        if x[j] != x[i] and (integer[LANE_BITS, j] >> lane) & 1:
            found = j
    return found
