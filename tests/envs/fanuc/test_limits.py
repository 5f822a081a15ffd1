"""Whatever the hand does, the arm stays within its limits and the workspace, and presses with a bounded force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop import envs
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.fanuc.arm import JOINTS, LIMITS, SPEED_LIMITS
from mereq_teleop.envs.fanuc.batch import load_scene
from mereq_teleop.envs.fanuc.control import TARGET
from mereq_teleop.envs.fanuc.state import FanucState
from tests.envs.fanuc.plain_loop import CARDS, batch_of, limits, plain_step, task_of

Reals = NDArray[np.float64]

STIFFNESS_N_PER_M = 35_000.0
"""Of the arm at its tip, blows included. The target leads by at most `lead_m`, which bounds what the tip presses with:
1050 N at 30 mm. A push takes 10 N; jamming the bottle between tip and bench took 560 N, at worst 890 N."""

ALL_TASKS = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
moves = st.tuples(
    st.lists(st.one_of(st.sampled_from([-1.0, 0.0, 1.0]), st.floats(-1.5, 1.5)), min_size=4, max_size=4),
    st.integers(1, 60),
    st.booleans(),
)
"""Shares of the greatest speeds, how many steps they are held, and whether they change their sign at each."""


def drive(card: TaskCard, seed: int, actions: Reals) -> None:
    """Take every step and look at every substep of it."""
    task, model = task_of(card.name), load_scene(card.name)
    batch = batch_of(card, 1)
    batch.reset([seed])
    row = batch.state().rows[0]
    low, high = (np.array(corner) for corner in task.workspace_m)
    efforts = np.where(model.actuator_forcelimited, model.actuator_forcerange[:, 1], np.inf)
    for step, action in enumerate(actions):
        went = plain_step(task, row, action)
        where = f"seed {seed}, step {step}"
        angles, speeds = went.qpos[:, :JOINTS], np.abs(went.qvel[:, :JOINTS])
        assert ((angles >= LIMITS[:, 0]) & (angles <= LIMITS[:, 1])).all(), (where, np.degrees(angles))
        assert (speeds < SPEED_LIMITS).all(), (where, speeds.max(axis=0) / SPEED_LIMITS)
        assert ((went.tips_m >= low) & (went.tips_m <= high)).all(), (where, went.tips_m)
        assert (np.abs(went.forces_nm) <= efforts + 1e-9).all(), (where, went.forces_nm)
        assert went.contact_n.max() <= STIFFNESS_N_PER_M * task.lead_m, (where, went.contact_n)
        row = went.row


@ALL_TASKS
@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), program=st.lists(moves, min_size=1, max_size=5))
def test_whatever_the_hand_does_the_arm_stays_within_its_limits(
    card: TaskCard, seed: int, program: list[tuple[list[float], int, bool]]
) -> None:
    greatest = limits(card)[1]
    rows = []
    for shares, steps, alternates in program:
        action = np.array(shares[: len(greatest)]) * greatest
        rows += [-action if alternates and step % 2 else action for step in range(steps)]
    drive(card, seed, np.array(rows))


def test_the_eraser_cannot_be_jammed_against_the_boards_edge() -> None:
    card = envs.card("eraser")
    greatest = limits(card)[1]
    shares = [(-1.0, -1.0, -1.0), *[(1.0, 0.0, -1.0)] * 35, *[(-1.0, -1.0, -1.0)] * 48]
    drive(card, 0, np.array(shares) * greatest)


@ALL_TASKS
def test_every_direction_can_be_held_for_ever(card: TaskCard) -> None:
    least, greatest = limits(card)
    for seed, signs in enumerate(product((False, True), repeat=len(greatest))):
        drive(card, seed, np.tile(np.where(signs, greatest, least), (120, 1)))


def test_the_tip_follows_its_target_closely_and_arrives() -> None:
    card = envs.card("pusher")
    task = task_of(card.name)
    batch = batch_of(card, 1)
    greatest = limits(card)[1]
    middle = np.mean(task.workspace_m, axis=0)
    for seed, axis in product(range(3), range(3)):
        batch.reset([seed])
        row = batch.state().rows[0]
        tip = plain_step(task, row, np.zeros(len(greatest))).tips_m[-1]
        action = np.zeros(len(greatest))
        # Up and away from everything first, then towards the middle.
        action[axis] = greatest[axis] * (1.0 if axis == 2 else np.sign(middle[axis] - tip[axis]))
        for _ in range(6):
            went = plain_step(task, row, action)
            row = went.row
        # A controller that told the joints where to be at once would be a whole step behind: 10 mm.
        assert np.linalg.norm(lead_of(card, row)) <= 0.012
        for _ in range(40):
            row = plain_step(task, row, np.zeros(len(greatest))).row
        assert np.linalg.norm(lead_of(card, row)) <= 1e-4


def lead_of(card: TaskCard, row: Reals) -> Reals:
    """How far the target is ahead of the tip (m)."""
    batch = batch_of(card, 1)
    batch.restore(FanucState(row[None].copy()))
    after = batch.frames.after
    lead: Reals = after.user[TARGET : TARGET + 3] - after.tool
    return lead
