"""From an action to what the joints' actuators are told: the same for every task, policy and hand.

An action is the velocity of the tool (m/s; for a gripper also how fast it opens). It moves a virtual target, which
stays in the workspace and close to the real tool, so that the arm pushes with a bounded force; damped least squares
turn the target into joint angles; and the actuators, limited to the arm's efforts, follow these. The target and its
angles live in MuJoCo's user data: a state of MuJoCo's is the whole state.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mereq_teleop.envs.fanuc.arm import JOINTS, forward, inverse

__all__ = ["ANGLES", "CONTROL_S", "OPENING", "STEP", "SUBSTEPS", "TARGET", "TASK", "command", "lead", "place", "tips"]

Reals = NDArray[np.float64]

CONTROL_S: Final = 0.05
"""Seconds of a control step: 20 Hz."""
SUBSTEPS: Final = 10
"""MuJoCo's steps in it, of 5 ms."""
TRIES: Final = 2
"""Of least squares a control step."""
SPEED_SHARE: Final = 0.5
"""Joint angles are told to change at no more than this share of the joints' speed limits."""

MUCH_M: Final = 0.02
"""A lead that counts as the greatest speed."""

STEP: Final = 0
"""User data: control steps since the reset."""
TARGET: Final = 1
"""User data: the virtual target, 3 numbers (m)."""
ANGLES: Final = 4
"""User data: the joint angles last told, 6 numbers (rad)."""
OPENING: Final = 10
"""User data: the gripper's opening last told (m)."""
TASK: Final = 11
"""User data: what the task keeps begins here."""


@njit(cache=True, nogil=True)
def place(qpos: Reals, user: Reals, tip: Reals, length: float) -> None:
    """Put one arm (nq,) with its tip at (3,) (m), at rest, and the target with it."""
    angles = user[ANGLES : ANGLES + JOINTS]
    angles[:] = 0.0
    angles[0] = np.arctan2(tip[1], tip[0])
    angles[4] = -0.5 * np.pi
    inverse(angles, tip, length, 1.0, 150)
    qpos[:JOINTS] = angles
    user[TARGET : TARGET + 3] = tip


@njit(cache=True, nogil=True)
def tips(qpos: Reals, length: float, tool: Reals) -> None:
    """Write where the tools' tips are (n, 3) (m)."""
    places, axes, rotation = np.empty((7, 3)), np.empty((6, 3)), np.empty((3, 3))
    for world in range(qpos.shape[0]):
        forward(qpos[world, :JOINTS], length, places, axes, rotation)
        tool[world] = places[6]


@njit(cache=True, nogil=True)
def lead(user: Reals, tip: Reals, ahead: NDArray[np.float32]) -> float:
    """Write how far one arm's target is ahead of its tip (3,) (m); returns the same as a share of much, 0..1."""
    total = 0.0
    for axis in range(3):
        apart = user[TARGET + axis] - tip[axis]
        ahead[axis] = apart
        total += apart * apart
    share: float = min(np.sqrt(total) / MUCH_M, 1.0)
    return share


@njit(cache=True, nogil=True)
def command(
    tool: Reals, user: Reals, actions: Reals, length: float, workspace: Reals, lead: float, grip: float, controls: Reals
) -> None:
    """Move the targets by one control step, and write what the actuators are told at each substep.

    Args:
        tool: (n, 3) where the tips are (m).
        user: (n, u) user data, read and written.
        actions: (n, 3) or (n, 4) velocities (m/s) within the task's limits.
        length: of the tool from the flange (m).
        workspace: (2, 3) least and greatest coordinates of the target (m).
        lead: how far the target may be from the tip (m).
        grip: greatest opening of the gripper (m); unused without a fourth number in the action.
        controls: (n, SUBSTEPS, actuators) written.
    """
    start, target = np.empty(JOINTS), np.empty(3)
    for world in range(tool.shape[0]):
        ahead = 0.0
        for axis in range(3):
            target[axis] = user[world, TARGET + axis] + CONTROL_S * actions[world, axis] - tool[world, axis]
            ahead += target[axis] * target[axis]
        share = min(1.0, lead / max(np.sqrt(ahead), 1e-9))
        for axis in range(3):
            wanted = tool[world, axis] + share * target[axis]
            user[world, TARGET + axis] = min(max(wanted, workspace[0, axis]), workspace[1, axis])
        angles = user[world, ANGLES : ANGLES + JOINTS]
        start[:] = angles
        inverse(angles, user[world, TARGET : TARGET + 3], length, SPEED_SHARE * CONTROL_S / TRIES, TRIES)
        opening = user[world, OPENING]
        if actions.shape[1] > 3:
            user[world, OPENING] = min(max(opening + CONTROL_S * actions[world, 3], 0.0), grip)
        for substep in range(SUBSTEPS):
            done = (substep + 1) / SUBSTEPS
            for joint in range(JOINTS):
                controls[world, substep, joint] = start[joint] + done * (angles[joint] - start[joint])
            for finger in range(JOINTS, controls.shape[2]):
                controls[world, substep, finger] = 0.5 * (opening + done * (user[world, OPENING] - opening))
        user[world, STEP] += 1.0
