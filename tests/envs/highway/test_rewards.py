"""The rewards: what they weigh, and that reference and simulator agree on them."""

from typing import Any

import numpy as np
import pytest

from mereq_teleop import envs
from mereq_teleop.envs.highway.rewards import ADD_LINEAR, ADD_RIGHT, BASIC, DENSE, PURE_RIGHT, reward_weights

THETA = (-1.5, 0.25, 0.7)


@pytest.mark.parametrize(
    ("env_id", "theta", "expected"),
    [
        (BASIC, None, lambda c, r, s: 1 - 0.5 * c + 0.4 * s),
        (DENSE, None, lambda c, r, s: 1 - 0.5 * c + 0.4 * s),
        (ADD_RIGHT, None, lambda c, r, s: 1 - 0.5 * c + 0.4 * s + 0.5 * r),
        (PURE_RIGHT, None, lambda c, r, s: r),
        (ADD_LINEAR, THETA, lambda c, r, s: THETA[0] * c + THETA[1] * r + THETA[2] * s),
    ],
)
def test_reference_and_simulator_pay_the_same(env_id: str, theta: Any, expected: Any) -> None:
    env = envs.make(env_id, **({} if theta is None else {"theta": theta}))
    batch = envs.make_batch(env_id, 1, theta=theta)
    env.reset(seed=5)
    batch.reset([5])
    rng = np.random.default_rng(3)
    terminated = False
    for _ in range(12):
        action = int(rng.integers(5))
        _, reward, terminated, _, info = env.step(action)
        step = batch.step([action])
        assert isinstance(reward, float)
        assert step.reward[0] == reward
        assert reward == pytest.approx(expected(*info["features"]), abs=1e-15)
        if terminated:
            break


@pytest.mark.parametrize("name", [BASIC, "highway", ADD_RIGHT])
def test_fixed_weights_refuse_theta(name: str) -> None:
    with pytest.raises(ValueError, match="takes no theta"):
        envs.make_batch(name, 1, theta=THETA)
    with pytest.raises(ValueError, match="takes no theta"):
        envs.make(name, theta=THETA)


@pytest.mark.parametrize("theta", [None, (), (1.0, 2.0), (1.0, 2.0, float("nan")), (1.0, float("inf"), 0.0)])
def test_linear_reward_needs_three_finite_weights(theta: Any) -> None:
    with pytest.raises(ValueError, match="needs theta, three finite weights"):
        reward_weights(ADD_LINEAR, theta)
