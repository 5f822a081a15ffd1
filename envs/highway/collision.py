"""Which vehicles touch or will touch within the next frame, and how they are pushed apart.

The separating-axis test of highway-env (are_polygons_intersecting), after its spherical pre-check; pairs are found
along the order in x and then taken in the order of creation, because a later push replaces an earlier one.
"""

import math

from numba import njit

from mereq_teleop.envs.highway.layout import (
    COS,
    CRASHED,
    FRAME_S,
    IMPACT_X,
    IMPACT_Y,
    LENGTH,
    ORDER,
    PUSHED,
    SIN,
    SPEED,
    VEHICLES,
    WIDTH,
    Reals,
    Wholes,
    X,
    Y,
)
from mereq_teleop.envs.highway.numerics import DOT, dot

__all__ = ["CORNERS", "PAIRS", "collide"]

PAIRS = VEHICLES * (VEHICLES - 1) // 2
CORNERS = 16
"""Reals of two vehicles' corners."""
_DIAGONAL = math.sqrt(LENGTH**2 + WIDTH**2)


@njit(error_model="numpy")
def _near_pairs(mode: int, real: Reals, integer: Wholes, pairs: Wholes) -> int:
    """Fill `pairs` with i * VEHICLES + j, i < j, of vehicles that pass the spherical pre-check; return how many."""
    x, y, speed, order = real[X], real[Y], real[SPEED], integer[ORDER]
    fastest = 0.0
    for i in range(VEHICLES):
        fastest = max(fastest, speed[i])
    # A little more than the longest distance that passes, since that one is rounded.
    reach = _DIAGONAL + fastest * FRAME_S + 1e-6
    count = 0
    for place in range(VEHICLES):
        a = order[place]
        for k in range(place + 1, VEHICLES):
            b = order[k]
            if x[b] - x[a] > reach:
                break
            i, j = min(a, b), max(a, b)
            dx, dy = x[j] - x[i], y[j] - y[i]
            if not math.sqrt(dot(mode, dx, dy, dx, dy)) > _DIAGONAL + speed[i] * FRAME_S:
                code = i * VEHICLES + j
                slot = count
                while slot > 0 and pairs[slot - 1] > code:
                    pairs[slot] = pairs[slot - 1]
                    slot -= 1
                pairs[slot] = code
                count += 1
    return count


@njit(error_model="numpy")
def _place_corners(real: Reals, i: int, corners: Reals) -> None:
    """The corners of vehicle i as x0, y0, x1, y1, ... in highway-env's order."""
    c, s, x, y = real[COS, i], real[SIN, i], real[X, i], real[Y, i]
    for k in range(4):
        along = -LENGTH / 2 if k < 2 else LENGTH / 2
        across = -WIDTH / 2 if k == 0 or k == 3 else WIDTH / 2
        corners[2 * k] = c * along + -s * across + x
        corners[2 * k + 1] = s * along + c * across + y


@njit(error_model="numpy")
def _project(mode: int, corners: Reals, nx: float, ny: float) -> tuple[float, float]:
    """Least and largest projection of four corners on an axis."""
    low = high = dot(mode, corners[0], corners[1], nx, ny)
    for k in range(1, 4):
        value = dot(mode, corners[2 * k], corners[2 * k + 1], nx, ny)
        if value < low:
            low = value
        if value > high:
            high = value
    return low, high


@njit(error_model="numpy")
def _interval_distance(low_a: float, high_a: float, low_b: float, high_b: float) -> float:
    return low_b - high_a if low_a < low_b else low_a - high_b


@njit(error_model="numpy")
def _centre(corners: Reals, axis: int) -> float:
    mean: float = (corners[axis] + corners[axis + 2] + corners[axis + 4] + corners[axis + 6]) / 4
    return mean


@njit(error_model="numpy")
def _meet(mode: int, a: Reals, b: Reals, shift_x: float, shift_y: float) -> tuple[bool, bool, float, float]:
    """Separating-axis test of two rectangles, a moving by the shift relative to b.

    Returns: they intersect, they will, and the translation (x, y) that keeps them apart.
    """
    intersecting = will_intersect = True
    least = math.inf
    axis_x = axis_y = 0.0
    for edge in range(8):
        corners = a if edge < 4 else b
        p, q = 2 * (edge % 4), 2 * ((edge + 1) % 4)
        nx = -corners[q + 1] + corners[p + 1]
        ny = corners[q] - corners[p]
        norm = math.sqrt(dot(mode, nx, ny, nx, ny))
        nx /= norm
        ny /= norm
        low_a, high_a = _project(mode, a, nx, ny)
        low_b, high_b = _project(mode, b, nx, ny)
        if _interval_distance(low_a, high_a, low_b, high_b) > 0:
            intersecting = False
        sweep = dot(mode, nx, ny, shift_x, shift_y)
        if sweep < 0:
            low_a += sweep
        else:
            high_a += sweep
        distance = _interval_distance(low_a, high_a, low_b, high_b)
        if distance > 0:
            will_intersect = False
        if not intersecting and not will_intersect:
            break
        if abs(distance) < least:
            least = abs(distance)
            dx = _centre(a, 0) - _centre(b, 0)
            dy = _centre(a, 1) - _centre(b, 1)
            sign = 1.0 if dot(mode, dx, dy, nx, ny) > 0 else -1.0
            axis_x, axis_y = sign * nx, sign * ny
    return intersecting, will_intersect, least * axis_x, least * axis_y


@njit(error_model="numpy")
def collide(table: Wholes, real: Reals, integer: Wholes, corners: Reals, pairs: Wholes) -> None:
    """Crash the vehicles that touch and note the pushes that the next frame applies."""
    mode = table[DOT, 0]
    count = _near_pairs(mode, real, integer, pairs)
    a, b = corners[:8], corners[8:]
    for k in range(count):
        i, j = pairs[k] // VEHICLES, pairs[k] % VEHICLES
        _place_corners(real, i, a)
        _place_corners(real, j, b)
        shift_x = real[SPEED, i] * real[COS, i] * FRAME_S - real[SPEED, j] * real[COS, j] * FRAME_S
        shift_y = real[SPEED, i] * real[SIN, i] * FRAME_S - real[SPEED, j] * real[SIN, j] * FRAME_S
        touch, will_touch, push_x, push_y = _meet(mode, a, b, shift_x, shift_y)
        if will_touch:
            real[IMPACT_X, i], real[IMPACT_Y, i] = push_x / 2, push_y / 2
            real[IMPACT_X, j], real[IMPACT_Y, j] = -push_x / 2, -push_y / 2
            integer[PUSHED, i] = integer[PUSHED, j] = 1
        if touch:
            integer[CRASHED, i] = integer[CRASHED, j] = 1
