"""The pusher: a bottle on a slippery bench, and a goal some way off."""

from functools import partial
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mereq_teleop.envs.fanuc.batch import FanucBatch
from mereq_teleop.envs.fanuc.control import TASK, lead
from mereq_teleop.envs.fanuc.pusher.card import ADD_TABLE, BASIC, CARD, SPEED, THETA
from mereq_teleop.envs.fanuc.task import FanucTask

__all__ = ["GOAL", "GOAL_RADIUS_M", "PUSHER", "pusher_batch"]

Reals = NDArray[np.float64]

BOTTLE_RADIUS_M: Final = 0.045
BOTTLE_HALF_M: Final = 0.1
TIP_RADIUS_M: Final = 0.015
TOUCH_M: Final = 0.002
"""The tip touches the bottle when there is less between them."""
NEAR_M: Final = 0.03
"""So near the bottle the tip's height counts: at contact alone it would reward short kicks."""
GOAL_RADIUS_M: Final = 0.025
"""The bottle is at the goal when its middle is this near."""
CONTACT_M: Final = 0.1
"""Height that counts as 1."""

GOAL: Final = TASK
"""User data: the goal's place, 2 numbers (m)."""
POTENTIAL: Final = TASK + 2
"""User data: how far things have come, in units of reward."""

STEP_COST: Final = 0.05
LIFT_COST: Final = 0.15
"""Of moving up or down at full speed: the prior pushes wherever its hand is."""
PUSH_WORTH: Final = 40.0
"""Of a metre of the bottle's way."""
APPROACH_WORTH: Final = 15.0
"""Of a metre of the tip's way to behind the bottle."""
SUCCESS: Final = 5.0


def _reset(random: np.random.Generator, qpos: Reals, mocap: Reals, turns: Reals, user: Reals) -> Reals:
    """Bottle in front of the arm, goal beyond it, the tip behind it at any height."""
    bottle = np.array([random.uniform(0.44, 0.50), random.uniform(-0.1, 0.1)])
    way, turn = random.uniform(0.12, 0.18), random.uniform(-0.6, 0.6)
    goal = bottle + way * np.array([np.cos(turn), np.sin(turn)])
    tip = np.array([random.uniform(0.30, 0.36), bottle[1] + random.uniform(-0.05, 0.05), random.uniform(0.03, 0.17)])
    qpos[6:13] = (*bottle, BOTTLE_HALF_M, 1.0, 0.0, 0.0, 0.0)
    user[GOAL : GOAL + 2] = goal
    mocap[1] = (*goal, 0.0)
    user[POTENTIAL] = _potential(qpos, user, tip)
    return tip


@njit(cache=True, nogil=True)
def _potential(qpos: Reals, user: Reals, tip: Reals) -> float:
    """Less the bottle's way to the goal, and the tip's to where it can push it there."""
    gx, gy = user[GOAL] - qpos[6], user[GOAL + 1] - qpos[7]
    way = max(np.sqrt(gx * gx + gy * gy), 1e-6)
    behind = BOTTLE_RADIUS_M + TIP_RADIUS_M
    dx, dy = qpos[6] - behind * gx / way - tip[0], qpos[7] - behind * gy / way - tip[1]
    worth: float = -PUSH_WORTH * way - APPROACH_WORTH * np.sqrt(dx * dx + dy * dy)
    return worth


@njit(cache=True, nogil=True)
def _measure(qpos: Reals, qvel: Reals, user: Reals, tool: Reals, obs: NDArray[np.float32], features: Reals) -> None:
    for world in range(qpos.shape[0]):
        gx, gy = user[world, GOAL] - qpos[world, 6], user[world, GOAL + 1] - qpos[world, 7]
        way = max(np.sqrt(gx * gx + gy * gy), 1e-6)
        cosine, sine = gx / way, gy / way
        dx, dy, z = tool[world, 0] - qpos[world, 6], tool[world, 1] - qpos[world, 7], tool[world, 2]
        apart = np.sqrt(dx * dx + dy * dy)
        along, across = dx * cosine + dy * sine, dy * cosine - dx * sine
        w, i, j, k = qpos[world, 9], qpos[world, 10], qpos[world, 11], qpos[world, 12]
        obs[world, 0], obs[world, 1], obs[world, 2] = along, across, z
        obs[world, 3], obs[world, 4], obs[world, 5] = cosine, sine, way
        speed = lead(user[world], tool[world], obs[world, 6:9])
        obs[world, 9], obs[world, 10] = qvel[world, 6], qvel[world, 7]
        obs[world, 11], obs[world, 12] = 2.0 * (i * k + w * j), 2.0 * (j * k - w * i)
        obs[world, 13], obs[world, 14], obs[world, 15] = tool[world, 0], tool[world, 1], apart
        between = apart - BOTTLE_RADIUS_M - TIP_RADIUS_M
        touches = between < TOUCH_M and z < 2.0 * BOTTLE_HALF_M
        features[world, 0] = z / CONTACT_M if between < NEAR_M else 0.0
        features[world, 1] = min(abs(across) / BOTTLE_RADIUS_M, 1.0) if touches else 0.0
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
    for world in range(qpos.shape[0]):
        potential = _potential(qpos[world], user[world], tool[world])
        gx, gy = user[world, GOAL] - qpos[world, 6], user[world, GOAL + 1] - qpos[world, 7]
        there = gx * gx + gy * gy < GOAL_RADIUS_M * GOAL_RADIUS_M
        lift = actions[world, 2] / SPEED
        reward[world] = potential - user[world, POTENTIAL] - STEP_COST - LIFT_COST * lift * lift
        if there:
            reward[world] += SUCCESS
        user[world, POTENTIAL] = potential
        terminated[world] = there


PUSHER: Final = FanucTask(
    card=CARD,
    scene="pusher",
    thetas={BASIC: (0.0, 0.0, 0.0), ADD_TABLE: THETA},
    length_m=0.17,
    workspace_m=((0.28, -0.35, 0.015), (0.72, 0.35, 0.25)),
    lead_m=0.03,
    reset=_reset,
    measure=_measure,
    judge=_judge,
)

pusher_batch = partial(FanucBatch, PUSHER)
