"""The arm's kinematics, compiled: where the tool is, and which joint angles bring it somewhere.

FANUC LR Mate 200iD/7L as published; `arm.xml` holds the same numbers for MuJoCo, and a test compares the two.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["AXES", "JOINTS", "LIMITS", "OFFSETS_M", "SPEED_LIMITS", "forward", "inverse"]

Reals = NDArray[np.float64]

JOINTS: Final = 6
OFFSETS_M: Final = np.array(
    [[0.0, 0.0, 0.33], [0.05, 0.0, 0.0], [0.0, 0.0, 0.44], [0.0, 0.0, 0.035], [0.42, 0.0, 0.0], [0.0, 0.0, 0.0]]
)
"""(6, 3) each joint's place in the frame of the link before it."""
FLANGE_M: Final = 0.08
"""From the last joint to the flange, along the last link's x."""
AXES: Final = np.array([[0, 0, 1], [0, 1, 0], [0, -1, 0], [-1, 0, 0], [0, -1, 0], [-1, 0, 0]], dtype=np.float64)
"""(6, 3) each joint's axis in its own frame. The controller's J3 is this second angle plus this third one."""
LIMITS: Final = np.radians([[-180, 180], [-100, 145], [-70, 213], [-190, 190], [-125, 125], [-360, 360]])
"""(6, 2) least and greatest angle (rad)."""
SPEED_LIMITS: Final = np.radians([370, 310, 410, 550, 545, 1000])
"""(6,) greatest speed of each joint (rad/s)."""
DOWN: Final = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""Rotation from the tool's frame to the world's that every task holds: the tool's x looks down."""
DAMPING: Final = 0.01
"""Of the least squares, in metres (and radians) a radian: what it costs near a singular pose, which the workspaces
keep away from."""


@njit(cache=True, nogil=True)
def forward(angles: Reals, length: float, places: Reals, axes: Reals, rotation: Reals) -> None:
    """Forward kinematics.

    Args:
        angles: (6,) joint angles (rad).
        length: of the tool, from the flange along its x (m).
        places: (7, 3) written: where the joints are, and last the tool's tip (m, world frame).
        axes: (6, 3) written: the joints' axes in the world frame.
        rotation: (3, 3) written: from the tool's frame to the world's.
    """
    for row in range(3):
        for column in range(3):
            rotation[row, column] = 1.0 if row == column else 0.0
    x, y, z = 0.0, 0.0, 0.0
    for joint in range(JOINTS):
        a, b, c = OFFSETS_M[joint]
        x += rotation[0, 0] * a + rotation[0, 1] * b + rotation[0, 2] * c
        y += rotation[1, 0] * a + rotation[1, 1] * b + rotation[1, 2] * c
        z += rotation[2, 0] * a + rotation[2, 1] * b + rotation[2, 2] * c
        places[joint, 0], places[joint, 1], places[joint, 2] = x, y, z
        kx, ky, kz = AXES[joint]
        for row in range(3):
            axes[joint, row] = rotation[row, 0] * kx + rotation[row, 1] * ky + rotation[row, 2] * kz
        _turn(rotation, joint, angles[joint])
    reach = FLANGE_M + length
    places[6, 0] = x + rotation[0, 0] * reach
    places[6, 1] = y + rotation[1, 0] * reach
    places[6, 2] = z + rotation[2, 0] * reach


@njit(cache=True, nogil=True)
def _turn(rotation: Reals, joint: int, angle: float) -> None:
    """rotation @ R(axis, angle), for an axis along a coordinate: two columns mix."""
    kx, ky, kz = AXES[joint]
    cosine, sine = np.cos(angle), np.sin(angle) * (kx + ky + kz)
    one, other = (1, 2) if kx != 0.0 else ((2, 0) if ky != 0.0 else (0, 1))
    for row in range(3):
        u, v = rotation[row, one], rotation[row, other]
        rotation[row, one] = u * cosine + v * sine
        rotation[row, other] = v * cosine - u * sine


@njit(cache=True, nogil=True)
def inverse(angles: Reals, target: Reals, length: float, most: float, tries: int) -> float:
    """Damped least squares towards a tip at `target` (3,) (m) with the tool looking down; moves `angles` in place.

    One try is dq = J^T (J J^T + damping^2 I)^-1 e (Wampler 1986), shortened so that no joint turns further than `most`
    times its speed limit, and kept within the joints' limits.

    Returns:
        How far off the tip still was before the last try (m).
    """
    places, axes, rotation = np.empty((7, 3)), np.empty((6, 3)), np.empty((3, 3))
    jacobian, square, error = np.empty((6, 6)), np.empty((6, 6)), np.empty(6)
    off = 0.0
    for _ in range(tries):
        forward(angles, length, places, axes, rotation)
        off = _error(target, places, rotation, error)
        for joint in range(JOINTS):
            rx = places[6, 0] - places[joint, 0]
            ry = places[6, 1] - places[joint, 1]
            rz = places[6, 2] - places[joint, 2]
            kx, ky, kz = axes[joint]
            jacobian[0, joint] = ky * rz - kz * ry
            jacobian[1, joint] = kz * rx - kx * rz
            jacobian[2, joint] = kx * ry - ky * rx
            jacobian[3, joint], jacobian[4, joint], jacobian[5, joint] = kx, ky, kz
        for row in range(6):
            for column in range(row + 1):
                total = DAMPING * DAMPING if row == column else 0.0
                for joint in range(JOINTS):
                    total += jacobian[row, joint] * jacobian[column, joint]
                square[row, column] = total
        _solve(square, error)
        largest = 1.0
        for joint in range(JOINTS):
            turn = 0.0
            for row in range(6):
                turn += jacobian[row, joint] * error[row]
            square[0, joint] = turn
            largest = max(largest, abs(turn) / (most * SPEED_LIMITS[joint]))
        for joint in range(JOINTS):
            angles[joint] = min(max(angles[joint] + square[0, joint] / largest, LIMITS[joint, 0]), LIMITS[joint, 1])
    return off


@njit(cache=True, nogil=True)
def _error(target: Reals, places: Reals, rotation: Reals, error: Reals) -> float:
    """(6,) written: what is left to go (m), and to turn (rad): half the sum of column x wanted column."""
    for row in range(3):
        error[row] = target[row] - places[6, row]
        error[3 + row] = 0.0
    for column in range(3):
        ax, ay, az = rotation[0, column], rotation[1, column], rotation[2, column]
        bx, by, bz = DOWN[0, column], DOWN[1, column], DOWN[2, column]
        error[3] += 0.5 * (ay * bz - az * by)
        error[4] += 0.5 * (az * bx - ax * bz)
        error[5] += 0.5 * (ax * by - ay * bx)
    off: float = np.sqrt(error[0] ** 2 + error[1] ** 2 + error[2] ** 2)
    return off


@njit(cache=True, nogil=True)
def _solve(square: Reals, vector: Reals) -> None:
    """vector becomes the solution of square @ x = vector by Cholesky; both (6, ...) are overwritten."""
    for row in range(6):
        for column in range(row + 1):
            total = square[row, column]
            for k in range(column):
                total -= square[row, k] * square[column, k]
            square[row, column] = np.sqrt(total) if row == column else total / square[column, column]
    for row in range(6):
        for k in range(row):
            vector[row] -= square[row, k] * vector[k]
        vector[row] /= square[row, row]
    for row in range(5, -1, -1):
        for k in range(row + 1, 6):
            vector[row] -= square[k, row] * vector[k]
        vector[row] /= square[row, row]
