"""The gripper: a pillow on a bench, and a hand with two fingers above it."""

from functools import partial
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mereq_teleop.envs.fanuc.batch import FanucBatch
from mereq_teleop.envs.fanuc.control import OPENING, TASK, lead
from mereq_teleop.envs.fanuc.gripper.card import ADD_TABLE, BASIC, CARD, SPEED, THETA
from mereq_teleop.envs.fanuc.task import FanucTask

__all__ = ["FINGERS", "GRIPPER", "LIFT_M", "PILLOW", "gripper_batch"]

Reals = NDArray[np.float64]

FINGERS: Final = 6
"""Where the two fingers are in qpos."""
PILLOW: Final = 8
"""Where the pillow is in qpos and qvel."""
PILLOW_HALF_M: Final = np.array([0.08, 0.03, 0.03])
"""Half its length, width and height."""
OPEN_M: Final = 0.1
"""The greatest opening."""
STIFFNESS: Final = 2000.0
"""Of a finger's actuator (N/m), up to the greatest force."""
MOST_N: Final = 30.0
"""A finger's greatest force."""
SPOT_M: Final = 0.07
"""The pillow may be grasped so far from its middle."""
CLOSE_M: Final = 0.01
"""Nearer than this to where it can grasp is near enough."""
NEAR_M: Final = 0.03
"""A tip that is further than this from where it can grasp does not hold the pillow."""
COUNTED_M: Final = 0.15
"""The offset counts within this of the pillow."""
OFFSET_M: Final = 0.1
"""Offset that counts as 1."""
LIFT_M: Final = 0.06
"""The pillow is lifted when it has risen by this where it is held."""

POTENTIAL: Final = TASK
"""User data: how far things have come, in units of reward."""

STEP_COST: Final = 0.05
ALONG_COST: Final = 0.6
"""Of moving along the pillow at full speed: the prior grasps where its hand is."""
EFFORT_COST: Final = 0.3
"""Of moving along another axis, or opening or closing, at full speed: it makes the best action a single one."""
APPROACH_WORTH: Final = 20.0
"""Of a metre of the tip's way to where it can grasp."""
CLOSE_WORTH: Final = 3.0
"""Of the fingers' way from open to the pillow, with the pillow between them."""
SQUEEZE_WORTH: Final = 3.0
"""Of squeezing it with the greatest force: a hand that only touches it has nothing yet."""
LIFT_WORTH: Final = 60.0
"""Of a metre of the pillow's way up."""
SUCCESS: Final = 5.0


def _reset(random: np.random.Generator, qpos: Reals, mocap: Reals, turns: Reals, user: Reals) -> Reals:
    """Pillow in front of the arm, the open hand above any part of it."""
    middle = np.array([random.uniform(0.43, 0.51), random.uniform(-0.1, 0.1)])
    yaw = random.uniform(-0.15, 0.15)
    along, across = random.uniform(-SPOT_M, SPOT_M), random.uniform(-0.05, 0.05)
    cosine, sine = np.cos(yaw), np.sin(yaw)
    beside = np.array([along * cosine - across * sine, along * sine + across * cosine])
    tip = np.array([*(middle + beside), random.uniform(0.10, 0.16)])
    qpos[FINGERS : FINGERS + 2] = 0.5 * OPEN_M
    qpos[PILLOW : PILLOW + 7] = (*middle, PILLOW_HALF_M[2], np.cos(0.5 * yaw), 0.0, 0.0, np.sin(0.5 * yaw))
    user[POTENTIAL] = _potential(qpos, user, tip, np.empty(7))
    return tip


@njit(cache=True, nogil=True)
def _place(qpos: Reals, user: Reals, tip: Reals, place: Reals) -> None:
    """Write (7,): the tip from the pillow's middle in the pillow's frame (along, across, over), how far it is from
    where it can grasp, how high the pillow is above the bench there, how far the fingers are open (all m), and how
    hard they squeeze (0..1).
    """
    w, i, j, k = qpos[PILLOW + 3], qpos[PILLOW + 4], qpos[PILLOW + 5], qpos[PILLOW + 6]
    dx, dy, dz = tip[0] - qpos[PILLOW], tip[1] - qpos[PILLOW + 1], tip[2] - qpos[PILLOW + 2]
    up = 2.0 * (i * k - w * j)
    along = dx * (1.0 - 2.0 * (j * j + k * k)) + dy * 2.0 * (i * j + w * k) + dz * up
    across = dx * 2.0 * (i * j - w * k) + dy * (1.0 - 2.0 * (i * i + k * k)) + dz * 2.0 * (j * k + w * i)
    over = dx * 2.0 * (i * k + w * j) + dy * 2.0 * (j * k - w * i) + dz * (1.0 - 2.0 * (i * i + j * j))
    spot = min(max(along, -SPOT_M), SPOT_M)
    place[0], place[1], place[2] = along, across, over
    place[3] = np.sqrt((along - spot) ** 2 + across * across + over * over)
    place[4] = qpos[PILLOW + 2] + spot * up - PILLOW_HALF_M[2]
    place[5] = qpos[FINGERS] + qpos[FINGERS + 1]
    place[6] = min(0.5 * STIFFNESS * max(place[5] - user[OPENING], 0.0) / MOST_N, 1.0)


@njit(cache=True, nogil=True)
def _near(way: float) -> float:
    """How near a tip this far (m) from where it can grasp is, 0..1."""
    return min(max((NEAR_M - way) / (NEAR_M - CLOSE_M), 0.0), 1.0)


@njit(cache=True, nogil=True)
def _potential(qpos: Reals, user: Reals, tip: Reals, place: Reals) -> float:
    """Less the tip's way to where it can grasp, and what holding and lifting are worth; also writes `place`."""
    _place(qpos, user, tip, place)
    near = _near(place[3])
    closed = min((OPEN_M - place[5]) / (OPEN_M - 2.0 * PILLOW_HALF_M[1]), 1.0)
    lifted = min(max(place[4], 0.0), LIFT_M)
    held = near * (CLOSE_WORTH * closed + SQUEEZE_WORTH * place[6])
    worth: float = -APPROACH_WORTH * place[3] + held + LIFT_WORTH * lifted
    return worth


@njit(cache=True, nogil=True)
def _measure(qpos: Reals, qvel: Reals, user: Reals, tool: Reals, obs: NDArray[np.float32], features: Reals) -> None:
    place = np.empty(7)
    for world in range(qpos.shape[0]):
        _place(qpos[world], user[world], tool[world], place)
        w, i, j, k = qpos[world, 11], qpos[world, 12], qpos[world, 13], qpos[world, 14]
        obs[world, 0], obs[world, 1], obs[world, 2] = place[0], place[1], place[2]
        obs[world, 3] = 2.0 * (i * j + w * k)
        speed = lead(user[world], tool[world], obs[world, 4:7])
        obs[world, 7], obs[world, 8] = place[5], place[6]
        obs[world, 9] = 0.5 * (qpos[world, FINGERS] - qpos[world, FINGERS + 1])
        obs[world, 10] = place[4]
        obs[world, 11], obs[world, 12] = 2.0 * (i * k - w * j), 2.0 * (j * k + w * i)
        obs[world, 13] = qvel[world, PILLOW + 2]
        obs[world, 14], obs[world, 15] = tool[world, 2], _near(place[3])
        features[world, 0] = min(abs(place[0]) / OFFSET_M, 1.0) if place[3] < COUNTED_M else 0.0
        features[world, 1] = place[6]
        features[world, 2] = speed


@njit(cache=True, nogil=True)
def _judge(
    qpos: Reals,
    qvel: Reals,
    user: Reals,
    tool: Reals,
    actions: Reals,
    reward: Reals,
    terminated: NDArray[np.bool_],
) -> None:
    place = np.empty(7)
    for world in range(qpos.shape[0]):
        potential = _potential(qpos[world], user[world], tool[world], place)
        effort = ALONG_COST * (actions[world, 0] / SPEED) ** 2
        for axis in range(1, 4):
            effort += EFFORT_COST * (actions[world, axis] / SPEED) ** 2
        reward[world] = potential - user[world, POTENTIAL] - STEP_COST - effort
        terminated[world] = place[4] > LIFT_M and place[3] < NEAR_M
        if terminated[world]:
            reward[world] += SUCCESS
        user[world, POTENTIAL] = potential


GRIPPER: Final = FanucTask(
    card=CARD,
    scene="gripper",
    thetas={BASIC: (0.0, 0.0, 0.0), ADD_TABLE: THETA},
    length_m=0.16,
    workspace_m=((0.28, -0.35, 0.012), (0.72, 0.35, 0.25)),
    lead_m=0.03,
    grip_m=OPEN_M,
    reset=_reset,
    measure=_measure,
    judge=_judge,
)

gripper_batch = partial(FanucBatch, GRIPPER)
