"""The batch equals gymnasium's own environment, bit for bit, live."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mereq_teleop import envs

Drive = Callable[[NDArray[np.float32], np.random.Generator], float]

DRIVES: dict[str, Drive] = {
    "random, some clipped": lambda obs, random: random.uniform(-1.5, 1.5),
    "bang-bang": lambda obs, random: 1.0 if obs[1] >= 0.0 else -1.0,
    "beyond the limits": lambda obs, random: 1.7 if obs[1] >= 0.0 else -2.0,
    "into the left wall": lambda obs, random: -1.0 if obs[0] < -0.5 else float(np.sign(obs[1])),
    "nothing": lambda obs, random: 0.0,
}


@pytest.mark.parametrize("drive", DRIVES.values(), ids=DRIVES)
def test_every_step_equals_gymnasiums(drive: Drive) -> None:
    reference, batch, random = envs.make("mountain-car"), envs.make_batch("mountain-car", 1), np.random.default_rng(0)
    for seed in (*range(12), 2**31 - 1, 2**63 - 1):
        obs, _ = reference.reset(seed=seed)
        assert batch.reset([seed])[0].tobytes() == obs.tobytes()
        for _ in range(150):
            action = np.array([drive(obs, random)], np.float32)
            obs, reward, terminated, truncated, _ = reference.step(action)
            after = batch.step([action])
            assert after.observation[0].tobytes() == obs.tobytes()
            assert after.reward[0] == reward
            assert (after.terminated[0], after.truncated[0]) == (terminated, truncated)


def test_the_goal_pays_and_ends_and_the_world_steps_on_like_gymnasiums() -> None:
    reference, batch = envs.make("mountain-car"), envs.make_batch("mountain-car", 1)
    obs, _ = reference.reset(seed=4)
    batch.reset([4])
    ends = []
    for _ in range(400):
        action = np.array([1.0 if obs[1] >= 0.0 else -1.0], np.float32)
        obs, reward, terminated, _, _ = reference.step(action)
        after = batch.step([action])
        assert (after.reward[0], after.terminated[0]) == (reward, terminated)
        if terminated:
            ends.append(float(reward))
    assert len(ends) > 2
    assert set(ends) == {99.9}


def test_the_horizon_is_gymnasiums_time_limit() -> None:
    reference, batch = envs.make("mountain-car"), envs.make_batch("mountain-car", 2)
    assert reference.spec is not None
    assert reference.spec.max_episode_steps == envs.card("mountain-car").horizon_steps
    reference.reset(seed=1)
    batch.reset([1, 1])
    for _ in range(1001):
        truncated = bool(reference.step(np.zeros(1, np.float32))[3])
        assert (batch.step(np.zeros((2, 1))).truncated == truncated).all()


def test_the_card_tells_what_gymnasium_does() -> None:
    card, reference = envs.card("mountainCarContinuous"), envs.make("mountainCarContinuous").unwrapped
    assert card.observation_shape == reference.observation_space.shape
    (axis,) = card.axes
    assert reference.action_space.shape == (1,)
    assert (axis.low, axis.high) == (reference.action_space.low[0], reference.action_space.high[0])  # type: ignore[attr-defined]
