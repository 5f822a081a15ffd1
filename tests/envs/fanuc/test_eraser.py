"""The eraser: ink goes where the pad presses hard enough and nowhere else, and the features are what they say."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mereq_teleop.envs.fanuc.control import TARGET
from mereq_teleop.envs.fanuc.eraser.card import CARD, PRESS, SPEED
from mereq_teleop.envs.fanuc.eraser.ink import CELL_M, CELLS, INK
from mereq_teleop.envs.fanuc.eraser.task import ERASER, LINE, PAD, PAD_M, STIFFNESS
from tests.envs.fanuc.plain_loop import batch_of

Reals = NDArray[np.float64]

START = np.array([0.4, 0.1, 0.015])
"""Where the line of the worlds made here begins, and the tip stands: it points away from the base."""


def world(force_n: float, offset_m: float = 0.0, ink: float = 1.0) -> tuple[Reals, Reals, Reals, Reals]:
    """qpos, qvel, user data and tip of one world whose pad presses at the line's first cell, or to the left of it."""
    qpos, qvel, user = np.zeros((1, 7)), np.zeros((1, 7)), np.zeros((1, 40))
    qpos[0, PAD] = force_n / STIFFNESS
    user[0, INK : INK + CELLS] = ink
    user[0, LINE : LINE + 4] = (START[0], START[1], 1.0, 0.0)
    tool = START[None] + np.array([[0.0, offset_m, 0.0]])
    user[0, TARGET : TARGET + 3] = tool[0]
    return qpos, qvel, user, tool


def after(force_n: float, offset_m: float = 0.0, ink: float = 1.0) -> tuple[Reals, Reals, bool]:
    """What is left of the cells, the features, and whether that was the last ink, once a step has ended there."""
    qpos, qvel, user, tool = world(force_n, offset_m, ink)
    features, terminated = np.empty((1, 3)), np.empty(1, np.bool_)
    ERASER.judge(qpos, qvel, user, tool, np.zeros((1, 3)), np.empty(1), terminated)
    ERASER.measure(qpos, qvel, user, tool, np.empty((1, 15), np.float32), features)
    return user[0, INK : INK + CELLS], features[0], bool(terminated[0])


def test_ink_goes_under_the_pad_alone() -> None:
    left, _, over = after(8.0)
    under = np.arange(CELLS) * CELL_M < PAD_M
    assert 0 < under.sum() < CELLS
    assert (left[under] < 1.0).all()
    assert len(set(left[under])) == 1
    assert (left[~under] == 1.0).all()
    assert not over


@pytest.mark.parametrize(("force_n", "offset_m"), [(0.0, 0.0), (4.9, 0.0), (12.0, 1.01 * PAD_M), (12.0, -0.05)])
def test_no_ink_goes_where_the_pad_is_light_or_beside_the_line(force_n: float, offset_m: float) -> None:
    left, features, _ = after(force_n, offset_m)
    assert (left == 1.0).all()
    assert features[0] == 0.0


def test_a_harder_press_takes_no_more_ink() -> None:
    assert (after(6.0)[0] == after(19.0)[0]).all()


@pytest.mark.parametrize(("force_n", "feature"), [(5.0, 0.0), (8.0, 0.2), (12.5, 0.5), (20.0, 1.0), (23.0, 1.0)])
def test_the_force_counts_from_the_least_that_takes_ink(force_n: float, feature: float) -> None:
    assert after(force_n)[1][0] == pytest.approx(feature, abs=1e-12)


def test_the_force_does_not_count_without_ink_and_the_last_ink_ends_the_episode() -> None:
    left, features, over = after(12.0, ink=0.0)
    assert over
    assert not left.any()
    # Nothing is left to be away from.
    assert features.tolist() == [0.0, 0.0, 0.0]


def test_away_is_the_way_to_the_nearer_end_of_what_is_left() -> None:
    assert after(0.0)[1][1] == 0.0
    assert after(0.0, 0.02)[1][1] == pytest.approx(0.4)
    assert after(0.0, 0.3)[1][1] == 1.0
    qpos, qvel, user, tool = world(0.0)
    user[0, INK : INK + 3] = 0.0
    features, observation = np.empty((1, 3)), np.empty((1, 15), np.float32)
    ERASER.measure(qpos, qvel, user, tool, observation, features)
    assert features[0, 1] == pytest.approx(3 * CELL_M / 0.05)
    # The way there, and from there the direction and the length of the rest.
    np.testing.assert_allclose(observation[0, 5:10], (3 * CELL_M, 0.0, 1.0, 0.0, (CELLS - 4) * CELL_M), atol=1e-7)
    tool[0, 0] += 1.0
    ERASER.measure(qpos, qvel, user, tool, observation, features)
    np.testing.assert_allclose(observation[0, 7:10], (-1.0, 0.0, (CELLS - 4) * CELL_M), atol=1e-7)


def test_the_ends_lie_in_the_lines_direction() -> None:
    batch = batch_of(CARD, 8)
    observation = batch.reset(np.arange(8)).astype(float)
    length = (CELLS - 1) * CELL_M
    np.testing.assert_allclose(np.linalg.norm(observation[:, 7:9], axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(observation[:, 9], length, atol=1e-6)
    other = observation[:, 5:7] + length * observation[:, 7:9]
    assert (np.linalg.norm(observation[:, 5:7], axis=1) <= np.linalg.norm(other, axis=1) + 1e-6).all()


def hand(observation: NDArray[np.float32], wanted_n: float) -> Reals:
    """Go to the line's nearer end, press with so much, then follow the line as it recedes."""
    obs = observation.astype(float)
    way, force = obs[:, 5:7], 20.0 * obs[:, 1]
    apart = np.linalg.norm(way, axis=1)
    over = np.clip(8.0 * way, -SPEED, SPEED)
    depth = obs[:, 0] + wanted_n / STIFFNESS
    down = np.where(apart < 0.5 * PAD_M, -8.0 * depth, np.where(force > 0.0, 0.0, 8.0 * (0.01 - obs[:, 0])))
    return np.column_stack((over, np.clip(down, -PRESS, PRESS)))


def drive(wanted_n: float) -> tuple[int, list[float]]:
    """How many of 32 lines a hand erases that presses with so much, and feature 0 where it took ink."""
    batch = batch_of(CARD, 32)
    observation, alive, forces, erased = batch.reset(np.arange(32)), np.ones(32, bool), [], 0
    while alive.any():
        step = batch.step(hand(observation, wanted_n))
        observation = step.observation
        forces += step.features[alive & (step.features[:, 0] > 0), 0].tolist()
        erased += int((alive & step.terminated).sum())
        alive &= ~(step.terminated | step.truncated)
    return erased, forces


@pytest.mark.parametrize("wanted_n", [8.0, 13.0])
def test_a_steady_hand_erases_every_line(wanted_n: float) -> None:
    erased, forces = drive(wanted_n)
    assert erased == 32
    assert max(forces) == pytest.approx((wanted_n - 5.0) / 15.0, abs=0.1)


def test_a_hand_that_presses_too_lightly_erases_none() -> None:
    assert drive(3.0) == (0, [])
