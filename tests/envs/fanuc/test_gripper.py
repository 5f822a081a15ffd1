"""The gripper: what it sees of a pillow by numbers made by hand, and a plain hand that grasps it anywhere."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop import envs
from mereq_teleop.envs.batch import BatchStep
from mereq_teleop.envs.fanuc.batch import load_scene
from mereq_teleop.envs.fanuc.control import OPENING
from mereq_teleop.envs.fanuc.gripper.card import BASIC, CARD
from mereq_teleop.envs.fanuc.gripper.task import FINGERS, GRIPPER, LIFT_M, PILLOW
from tests.envs.fanuc.plain_loop import batch_of, plain_step

Reals = NDArray[np.float64]

WORLDS = 64
GREATEST_N = 30.0


def hand(obs: NDArray[np.float32]) -> Reals:
    """Over the pillow's middle line, down, close, up: wherever along the pillow the hand happens to be."""
    over_it, around_it, holding = np.abs(obs[:, 1]) < 0.006, obs[:, 2] < 0.008, obs[:, 8] > 0.6
    action = np.zeros((len(obs), 4))
    action[:, 1] = np.clip(-8.0 * obs[:, 1], -0.2, 0.2)
    action[:, 2] = np.where(holding, 0.14, np.where(over_it, np.clip(-8.0 * obs[:, 2], -0.2, 0.2), 0.0))
    action[:, 3] = np.where(around_it | holding, -0.15, 0.0)
    return action


def lift() -> tuple[NDArray[np.bool_], Reals, list[BatchStep]]:
    """Which worlds succeeded, the offsets (mm) at which the pillow was held last, and all steps."""
    batch = batch_of(CARD, WORLDS)
    obs = batch.reset(np.arange(WORLDS))
    alive, done, offsets, steps = np.ones(WORLDS, bool), np.zeros(WORLDS, bool), np.zeros(WORLDS), []
    while alive.any():
        steps.append(batch.step(hand(obs)))
        obs = steps[-1].observation
        done |= alive & steps[-1].terminated
        offsets[alive] = 100.0 * steps[-1].features[alive, 0]
        alive &= ~(steps[-1].terminated | steps[-1].truncated)
    return done, offsets, steps


@pytest.fixture(scope="module")
def lifted() -> tuple[NDArray[np.bool_], Reals, list[BatchStep]]:
    return lift()


def test_a_hand_that_grasps_wherever_it_is_lifts_the_pillow(
    lifted: tuple[NDArray[np.bool_], Reals, list[BatchStep]],
) -> None:
    done, offsets, _ = lifted
    assert done.all()
    # So no success needs the middle, nor comes from one end only.
    low, high = np.percentile(offsets, [5, 95])
    assert low < 10
    assert high > 55


def test_success_is_the_first_step_with_the_pillow_up(
    lifted: tuple[NDArray[np.bool_], Reals, list[BatchStep]],
) -> None:
    _, _, steps = lifted
    for before, after in pairwise(steps):
        up = after.observation[:, 10] > LIFT_M
        # Close to the limit the observation's rounding decides.
        clear = np.abs(after.observation[:, 10] - LIFT_M) > 1e-6
        np.testing.assert_array_equal(after.terminated[clear], (up & (after.observation[:, 15] > 0))[clear])
        assert not (before.observation[:, 10] > 0.02)[before.features[:, 1] == 0].any()


def see(along: float, across: float, over: float, yaw: float, opening: float) -> tuple[NDArray[np.float32], Reals]:
    """What the task measures with the tip so (m) in the pillow's frame, the pillow turned by `yaw` on the bench."""
    qpos, qvel, user = np.zeros((1, load_scene("gripper").nq)), np.zeros((1, 14)), np.zeros((1, 16))
    qpos[0, FINGERS : FINGERS + 2] = 0.5 * opening
    qpos[0, PILLOW : PILLOW + 7] = (0.45, 0.03, 0.03, np.cos(yaw / 2), 0, 0, np.sin(yaw / 2))
    user[0, OPENING] = opening
    x = 0.45 + along * np.cos(yaw) - across * np.sin(yaw)
    y = 0.03 + along * np.sin(yaw) + across * np.cos(yaw)
    obs, features = np.empty((1, *CARD.observation_shape), np.float32), np.empty((1, 3))
    GRIPPER.measure(qpos, qvel, user, np.array([[x, y, 0.03 + over]]), obs, features)
    return obs[0], features[0]


@pytest.mark.parametrize("yaw", [0.0, 0.15, -0.1])
@pytest.mark.parametrize(
    ("along", "across", "over", "offset"),
    [
        (0.0, 0.0, 0.0, 0.0),
        (0.03, 0.0, 0.0, 0.3),
        (-0.064, 0.01, 0.0, 0.64),
        (0.05, 0.0, 0.1, 0.5),
        # Beyond the pillow's end it still counts, and 100 mm is the most.
        (0.12, 0.0, 0.0, 1.0),
        (0.03, 0.0, 0.149, 0.3),
        (0.03, 0.0, 0.151, 0.0),
        (0.03, -0.16, 0.0, 0.0),
    ],
)
def test_the_offset_is_measured_along_the_pillow_near_it(
    along: float, across: float, over: float, offset: float, yaw: float
) -> None:
    obs, features = see(along, across, over, yaw, 0.08)
    np.testing.assert_allclose(obs[:3], [along, across, over], rtol=0, atol=1e-7)
    assert features[0] == pytest.approx(offset, abs=1e-9)
    assert features[1] == 0.0
    assert obs[7] == pytest.approx(0.08)
    assert obs[10] == pytest.approx(0.0, abs=1e-7)


def test_the_squeeze_is_what_the_fingers_press_with() -> None:
    batch = batch_of(CARD, 1)
    obs = batch.reset([3])
    seen = []
    for _ in range(CARD.horizon_steps):
        row = batch.state().rows[0]
        action = hand(obs)
        forces = plain_step(GRIPPER, row, action[0]).forces_nm[-1, FINGERS : FINGERS + 2]
        after = batch.step(action)
        obs = after.observation
        seen.append((float(-forces.mean() / GREATEST_N), float(after.features[0, 1])))
        if after.terminated[0]:
            break
    pressed, told = np.array(seen).T
    assert told.max() == 1.0
    still = np.abs(np.diff(pressed, append=pressed[-1])) < 0.02
    np.testing.assert_allclose(told[still], np.clip(pressed, 0.0, 1.0)[still], rtol=0, atol=0.1)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31), holds=st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=8))
def test_the_opening_stays_between_closed_and_open(seed: int, holds: list[float]) -> None:
    batch = batch_of(CARD, 1)
    batch.reset([seed])
    model = load_scene("gripper")
    batch.watch()
    assert batch.frames.after.user[OPENING] == GRIPPER.grip_m
    for speed in holds:
        for _ in range(12):
            before = batch.frames.after.user[OPENING]
            batch.step([[0.0, 0.0, 0.0, speed]])
            frames = batch.frames
            wanted = np.clip(before + 0.05 * np.clip(speed, -0.2, 0.2), 0.0, GRIPPER.grip_m)
            assert frames.after.user[OPENING] == pytest.approx(wanted, abs=1e-12)
            fingers = frames.path[:, FINGERS : FINGERS + 2]
            low, high = model.jnt_range[FINGERS]
            # A joint's limit is a contact, and gives way a little.
            assert ((fingers > low - 1e-3) & (fingers < high + 1e-3)).all()


def test_closing_without_a_pillow_closes_and_opening_opens() -> None:
    batch = batch_of(CARD, 1)
    batch.reset([0])
    for speed, wanted in ((-0.2, 0.0), (0.2, 0.1)):
        for _ in range(20):
            obs = batch.step([[0.0, 0.0, 0.0, speed]]).observation
        assert obs[0, 7] == pytest.approx(wanted, abs=1e-3)
        assert obs[0, 8] < 0.05


def test_the_reset_is_broad_and_within_reach() -> None:
    batch = batch_of(CARD, 512)
    obs, features = batch.reset(np.arange(512)), batch.features
    assert np.percentile(obs[:, 0], 5) < -0.05
    assert np.percentile(obs[:, 0], 95) > 0.05
    # The feature counts from the first step on: nobody can do the task and stay out of its reach.
    assert (features[:, 0] > 0).all()
    low, high = (np.array(corner) for corner in GRIPPER.workspace_m)
    for seed in range(64):
        batch.reset(np.arange(512) + seed)
        tip = batch.frames.after.tool
        assert ((tip > low) & (tip < high)).all()


def test_an_action_costs_the_square_of_its_speed_and_most_along_the_pillow() -> None:
    batch = batch_of(CARD, 1, BASIC)
    batch.reset([5])
    after = batch.frames.after

    def cost(action: list[float]) -> float:
        """Of a step that led from a state to itself."""
        reward, over, worlds = np.empty(1), np.empty(1, np.bool_), after.user[None].copy()
        GRIPPER.judge(after.qpos[None], np.zeros((1, 14)), worlds, after.tool[None], np.array([action]), reward, over)
        assert not over[0]
        return -float(reward[0])

    still = cost([0.0] * 4)
    assert still > 0
    full = [cost((0.2 * row).tolist()) - still for row in np.eye(4)]
    half = [cost((-0.1 * row).tolist()) - still for row in np.eye(4)]
    assert min(full) > 0
    assert full[0] > max(full[1:])
    np.testing.assert_allclose(half, 0.25 * np.array(full), rtol=0, atol=1e-12)


def test_the_card_says_how_to_open_and_close() -> None:
    assert envs.card(BASIC) is CARD
    assert CARD.keys["o"] == (0.0, 0.0, 0.0, 0.2)
    assert CARD.keys["l"] == (0.0, 0.0, 0.0, -0.2)
    assert {len(action) for action in CARD.keys.values() if isinstance(action, tuple)} == {4}
