"""The eraser: a line of ink on a board, and a sprung pad that takes ink off where it presses hard enough."""

from functools import partial
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mereq_teleop.envs.fanuc.batch import FanucBatch
from mereq_teleop.envs.fanuc.control import lead
from mereq_teleop.envs.fanuc.eraser.card import ADD_TABLE, BASIC, CARD, PRESS, SPEED, THETA
from mereq_teleop.envs.fanuc.eraser.ink import CELL_M, CELLS, INK
from mereq_teleop.envs.fanuc.task import FanucTask

__all__ = ["ERASER", "LEAST_N", "LINE", "PAD", "PAD_M", "STIFFNESS", "eraser_batch"]

Reals = NDArray[np.float64]

BOARD_M: Final = 0.02
"""Height of the board's surface."""
PAD_M: Final = 0.014
"""The pad takes ink within this of its middle."""
STIFFNESS: Final = 1000.0
"""Of the pad's spring (N/m): its length tells the force."""
LEAST_N: Final = 5.0
"""With less force the pad takes nothing."""
TAKEN: Final = 0.26
"""Share of a cell's first ink that a step takes."""
MOST_N: Final = 20.0
"""Force that counts as 1; the least one counts as 0."""
FAR_M: Final = 0.05

PAD: Final = 6
"""Where the pad's joint is in qpos and qvel."""
LINE: Final = INK + CELLS
"""User data: the line's first cell and its direction, 4 numbers (m, and cosine and sine)."""
POTENTIAL: Final = LINE + 4
"""User data: how near the pad is to the ink, in units of reward."""
TAKES: Final = POTENTIAL + 1
"""User data: 1 where the last step took ink, else 0."""

STEP_COST: Final = 0.1
MOTION_COST: Final = 0.08
"""Of full speed along each axis; it grows with the square, so that there is one best speed."""
WEAR: Final = 0.06
"""Cost of 10 N; it grows with the square."""
INK_WORTH: Final = 16.0
APPROACH_WORTH: Final = 10.0
"""Of a metre of the pad's way to the nearer end of the line, and down to where it takes ink."""
SUCCESS: Final = 5.0


def _reset(random: np.random.Generator, qpos: Reals, mocap: Reals, turns: Reals, user: Reals) -> Reals:
    """A line somewhere on the board in any direction, the pad above the board."""
    middle = np.array([random.uniform(0.43, 0.53), random.uniform(-0.1, 0.1)])
    turn = random.uniform(-np.pi, np.pi)
    way = np.array([np.cos(turn), np.sin(turn)])
    first = middle - 0.5 * (CELLS - 1) * CELL_M * way
    user[INK : INK + CELLS] = 1.0
    user[LINE : LINE + 4] = (*first, *way)
    mocap[1] = (*first, BOARD_M)
    turns[1] = (np.cos(0.5 * turn), 0.0, 0.0, np.sin(0.5 * turn))
    tip = np.array([random.uniform(0.36, 0.44), random.uniform(-0.12, 0.12), BOARD_M + random.uniform(0.02, 0.06)])
    user[POTENTIAL] = _potential(_ends(user, tip, np.empty(5)), tip)
    return tip


@njit(cache=True, nogil=True)
def _ends(user: Reals, tip: Reals, found: Reals) -> float:
    """Write the way from the tip to the nearer end of what is left of the line, and from there to the other end.

    `found` (5,) is the first way (m), the direction and the length (m) of the second; returns how far the nearer end
    is. All are 0 where nothing is left.
    """
    first, last = -1, -1
    for cell in range(CELLS):
        if user[INK + cell] > 0.0:
            last = cell
            if first < 0:
                first = cell
    found[:] = 0.0
    if first < 0:
        return 0.0
    x, y, cosine, sine = user[LINE] - tip[0], user[LINE + 1] - tip[1], user[LINE + 2], user[LINE + 3]
    begin, end = first * CELL_M, last * CELL_M
    one = np.sqrt((x + begin * cosine) ** 2 + (y + begin * sine) ** 2)
    other = np.sqrt((x + end * cosine) ** 2 + (y + end * sine) ** 2)
    at, sign = (begin, 1.0) if one <= other else (end, -1.0)
    found[0], found[1] = x + at * cosine, y + at * sine
    found[2], found[3], found[4] = sign * cosine, sign * sine, end - begin
    nearer: float = min(one, other)
    return nearer


@njit(cache=True, nogil=True)
def _potential(near: float, tip: Reals) -> float:
    """Less the way to the line's nearer end and down to where the pad presses hard enough."""
    worth: float = -APPROACH_WORTH * (near + max(tip[2] - BOARD_M + LEAST_N / STIFFNESS, 0.0))
    return worth


@njit(cache=True, nogil=True)
def _measure(qpos: Reals, qvel: Reals, user: Reals, tool: Reals, obs: NDArray[np.float32], features: Reals) -> None:
    ends = np.empty(5)
    for world in range(qpos.shape[0]):
        near = _ends(user[world], tool[world], ends)
        force = STIFFNESS * max(qpos[world, PAD], 0.0)
        obs[world, 0], obs[world, 1] = tool[world, 2] - BOARD_M, force / MOST_N
        speed = lead(user[world], tool[world], obs[world, 2:5])
        obs[world, 5:10] = ends
        obs[world, 10], obs[world, 11] = tool[world, 0], tool[world, 1]
        obs[world, 12], obs[world, 13], obs[world, 14] = near, qvel[world, PAD], user[world, TAKES]
        features[world, 0] = user[world, TAKES] * min((force - LEAST_N) / (MOST_N - LEAST_N), 1.0)
        features[world, 1] = min(near / FAR_M, 1.0)
        features[world, 2] = speed


@njit(cache=True, nogil=True)
def _take(user: Reals, tip: Reals, force: float) -> float:
    """Take ink off where the pad presses hard enough; returns how many cells' worth."""
    taken = 0.0
    if force >= LEAST_N:
        for cell in range(CELLS):
            dx = user[LINE] + cell * CELL_M * user[LINE + 2] - tip[0]
            dy = user[LINE + 1] + cell * CELL_M * user[LINE + 3] - tip[1]
            if dx * dx + dy * dy < PAD_M * PAD_M:
                taken += min(user[INK + cell], TAKEN)
                user[INK + cell] = max(user[INK + cell] - TAKEN, 0.0)
    user[TAKES] = 1.0 if taken > 0.0 else 0.0
    return taken


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
    ends = np.empty(5)
    for world in range(qpos.shape[0]):
        force = STIFFNESS * max(qpos[world, PAD], 0.0)
        taken = _take(user[world], tool[world], force)
        terminated[world] = not user[world, INK : INK + CELLS].any()
        potential = _potential(_ends(user[world], tool[world], ends), tool[world])
        forward, left, up = actions[world, 0] / SPEED, actions[world, 1] / SPEED, actions[world, 2] / PRESS
        reward[world] = potential - user[world, POTENTIAL] + INK_WORTH * taken / CELLS
        reward[world] -= STEP_COST + WEAR * (force / 10.0) ** 2
        reward[world] -= MOTION_COST * (forward * forward + left * left + 0.25 * up * up)
        if terminated[world]:
            reward[world] += SUCCESS
        user[world, POTENTIAL] = potential


ERASER: Final = FanucTask(
    card=CARD,
    scene="eraser",
    thetas={BASIC: (0.0, 0.0, 0.0), ADD_TABLE: THETA},
    length_m=0.15,
    # Over the board alone: pressed down beside it, the pad would jam against its edge.
    workspace_m=((0.31, -0.22, -0.012), (0.65, 0.22, 0.25)),
    lead_m=0.03,
    reset=_reset,
    measure=_measure,
    judge=_judge,
)

eraser_batch = partial(FanucBatch, ERASER)
