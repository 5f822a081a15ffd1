"""The arm's shipped policies: a prior that is good and broad, an expert that differs from it in what it prefers."""

import numpy as np
import pytest

from mereq_teleop.agents.evaluate import COMMON_SEED
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card, make_batch

EPISODES = 512
PUSHER, ERASER = card("pusher"), card("eraser")


def drive(policy: AnyPolicy) -> tuple[float, np.ndarray]:
    """Success rate, and feature 0 of all steps at which it is not 0."""
    batch = make_batch(policy.card.name, EPISODES)
    obs = batch.reset(np.arange(COMMON_SEED, COMMON_SEED + EPISODES))
    alive, succeeded, values = np.ones(EPISODES, bool), 0, []
    while alive.any():
        after = batch.step(policy.act(obs))
        obs = after.observation
        touching = alive & (after.features[:, 0] > 0)
        values.append(after.features[touching, 0])
        succeeded += int((alive & after.terminated).sum())
        alive &= ~(after.terminated | after.truncated)
    return succeeded / EPISODES, np.concatenate(values)


@pytest.fixture(scope="module")
def prior() -> tuple[float, np.ndarray]:
    return drive(shipped(PUSHER.prior, PUSHER))


def test_the_pushers_prior_succeeds_at_any_height(prior: tuple[float, np.ndarray]) -> None:
    success, heights = prior
    low, high = 100 * np.percentile(heights, [5, 95])
    assert success >= 0.97
    assert high - low >= 80


def test_the_pushers_expert_succeeds_and_pushes_lower(prior: tuple[float, np.ndarray]) -> None:
    success, heights = drive(shipped(PUSHER.preferences[0].expert, PUSHER))
    assert success >= 0.97
    assert np.median(heights) < 0.75 * np.median(prior[1])


def test_the_erasers_prior_succeeds_with_little_force() -> None:
    success, forces = drive(shipped(ERASER.prior, ERASER))
    assert success >= 0.97
    assert 5 + 15 * np.median(forces) <= 9.5


def test_the_erasers_expert_succeeds_and_presses_harder() -> None:
    success, forces = drive(shipped(ERASER.preferences[0].expert, ERASER))
    assert success >= 0.97
    assert 5 + 15 * np.median(forces) >= 11
