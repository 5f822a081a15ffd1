"""Laws of training an expert by residual SAC: repeatable, from the prior, towards what it was told."""

from dataclasses import replace
from functools import cache

import numpy as np

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.agents.train_residual import ResidualTraining, train_residual
from mereq_teleop.envs import card

CARD = card("pusher")
THETA = CARD.preferences[0].theta
SHORT = ResidualTraining(steps=640, worlds=16, warm_up=320, updates_per_sweep=2)


def prior() -> GaussianPolicy:
    policy = shipped(CARD.prior, CARD)
    assert isinstance(policy, GaussianPolicy)
    return policy


@cache
def short(seed: int) -> PolicySnapshot:
    return train_residual(prior(), SHORT, seed, THETA)[0]


def test_a_run_can_be_repeated_bit_for_bit() -> None:
    told: list[tuple[int, int]] = []
    again, seconds = train_residual(prior(), SHORT, 3, THETA, lambda done, total: told.append((done, total)))
    assert again.hash == short(3).hash != short(4).hash
    assert again.kind == "residual-sac"
    assert again.maker.updates == 2 * 20
    assert told[-1] == (640, 640)
    assert seconds > 0


def test_without_a_gradient_step_it_is_the_prior_itself() -> None:
    held, _ = train_residual(prior(), replace(SHORT, updates_per_sweep=0), 0, THETA)
    obs = np.random.default_rng(0).normal(size=(50, *CARD.observation_shape)).astype(np.float32)
    np.testing.assert_array_equal(GaussianPolicy(held, CARD).act(obs), prior().act(obs))


def test_a_weight_of_zero_keeps_the_prior_and_a_heavy_one_leaves_it() -> None:
    obs = np.random.default_rng(0).normal(size=(200, *CARD.observation_shape)).astype(np.float32)
    moved = []
    for weight in (0.0, -1.0):
        theta = (weight, 0.0, 0.0)
        trained, _ = train_residual(prior(), replace(SHORT, steps=1_600, updates_per_sweep=4), 0, theta)
        moved.append(np.abs(GaussianPolicy(trained, CARD).act(obs) - prior().act(obs)).mean())
    assert 3 * moved[0] < moved[1]
