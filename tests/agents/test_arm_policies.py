"""The arm's shipped policies: a prior that is good and broad, an expert that differs from it in what it prefers."""

from functools import cache

import numpy as np
import pytest

from mereq_teleop.agents.evaluate import COMMON_SEED
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card, make_batch

EPISODES = 512
ARMS = ("pusher", "eraser", "gripper")


@cache
def drive(task: str, name: str) -> tuple[float, np.ndarray]:
    """Success rate of a shipped policy, and the first feature of all steps at which it is not 0."""
    policy, batch = shipped(name, card(task)), make_batch(task, EPISODES)
    obs = batch.reset(np.arange(COMMON_SEED, COMMON_SEED + EPISODES))
    alive, succeeded, seen = np.ones(EPISODES, bool), 0, []
    while alive.any():
        after = batch.step(policy.act(obs))
        obs = after.observation
        counted = alive & (after.features[:, 0] > 0)
        seen.append(after.features[counted, 0])
        succeeded += int((alive & after.terminated).sum())
        alive &= ~(after.terminated | after.truncated)
    return succeeded / EPISODES, np.concatenate(seen)


@pytest.mark.parametrize("task", ARMS)
def test_priors_and_experts_succeed(task: str) -> None:
    for name in (card(task).prior, card(task).preferences[0].expert):
        assert drive(task, name)[0] >= 0.97


@pytest.mark.parametrize(("task", "wide_mm"), [("pusher", 80), ("gripper", 40)])
def test_a_prior_pushes_or_grasps_anywhere(task: str, wide_mm: float) -> None:
    low, high = 100 * np.percentile(drive(task, card(task).prior)[1], [5, 95])
    assert high - low >= wide_mm


@pytest.mark.parametrize("task", ["pusher", "gripper"])
def test_an_expert_pushes_lower_or_grasps_nearer_the_middle(task: str) -> None:
    _, prior = drive(task, card(task).prior)
    _, expert = drive(task, card(task).preferences[0].expert)
    assert np.median(expert) < 0.75 * np.median(prior)


def test_the_erasers_expert_presses_harder_than_its_prior() -> None:
    newtons = {name: 5 + 15 * np.median(drive("eraser", name)[1]) for name in ("eraser-prior", "eraser-firm")}
    assert newtons["eraser-prior"] <= 9.5
    assert newtons["eraser-firm"] >= 11
