"""The arm's shipped policies: priors that are good and broad, an expert that differs from them in what it prefers."""

from functools import cache

import numpy as np
import pytest

from mereq_teleop.agents.evaluate import COMMON_SEED
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card, make_batch

EPISODES = 512
PUSHER = card("pusher")


@cache
def drive(task: str, name: str) -> tuple[float, np.ndarray]:
    """Success rate of a shipped policy, and the first feature (mm) of all steps that have one."""
    policy, batch = shipped(name, card(task)), make_batch(task, EPISODES)
    obs = batch.reset(np.arange(COMMON_SEED, COMMON_SEED + EPISODES))
    alive, succeeded, seen = np.ones(EPISODES, bool), 0, []
    while alive.any():
        after = batch.step(policy.act(obs))
        obs = after.observation
        counted = alive & (after.features[:, 0] > 0)
        seen.append(100 * after.features[counted, 0])
        succeeded += int((alive & after.terminated).sum())
        alive &= ~(after.terminated | after.truncated)
    return succeeded / EPISODES, np.concatenate(seen)


@pytest.mark.parametrize(("task", "wide"), [("pusher", 80), ("gripper", 40)])
def test_a_prior_succeeds_at_any_height_or_place(task: str, wide: float) -> None:
    success, seen = drive(task, card(task).prior)
    low, high = np.percentile(seen, [5, 95])
    assert success >= 0.97
    assert high - low >= wide


def test_the_pushers_expert_succeeds_and_pushes_lower() -> None:
    success, heights = drive("pusher", PUSHER.preferences[0].expert)
    assert success >= 0.97
    assert np.median(heights) < 0.75 * np.median(drive("pusher", PUSHER.prior)[1])
