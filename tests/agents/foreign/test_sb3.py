"""A converted policy is the one that stable-baselines3 drives by, at a thousand observations."""

from functools import cache

import numpy as np
import pytest
import torch
from stable_baselines3 import DQN, PPO, SAC
from stable_baselines3.common.distributions import SquashedDiagGaussianDistribution

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.inputs import driven
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.foreign.sb3 import GREEDY, convert, temperature
from mereq_teleop.agents.frozen import as_prior
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.plain_dqn import PlainDqn
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.residual_sac import ResidualSac, ResidualSacConfig
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.agents.soft_actor_critic import actor_of
from mereq_teleop.envs import card
from mereq_teleop.envs.card import TaskCard
from tests.agents.foreign.zips import MADE, model, zipped

SMALL = 1e-5


def of(name: str) -> TaskCard:
    return card(MADE[name][1])


@cache
def converted(name: str) -> PolicySnapshot:
    own = shipped(of(name).prior, of(name)).snapshot
    return convert(zipped(name), of(name), own, Reading())


@cache
def seen(task: str) -> np.ndarray:
    """A thousand observations of the task's own worlds."""
    return driven(card(task))[:1000]


@pytest.mark.parametrize("name", ["dqn", "dqn-tanh"])
def test_a_dqn_has_its_q_and_greedy_action(name: str) -> None:
    theirs, obs, ours = model(name), seen("highway"), Policy(converted(name), of(name))
    assert isinstance(theirs, DQN)
    with torch.no_grad():
        q = theirs.q_net(torch.from_numpy(obs)).numpy()
    np.testing.assert_allclose(ours.preference(obs), q, atol=SMALL)
    np.testing.assert_array_equal(ours.act(obs), theirs.predict(obs, deterministic=True)[0])


def test_a_dqn_is_greedy_nine_times_in_ten() -> None:
    ours, obs = Policy(converted("dqn"), of("dqn")), driven(of("dqn"))
    assert np.exp(ours.log_probs(obs)).max(axis=1).mean() == pytest.approx(GREEDY, abs=0.005)
    assert converted("dqn").maker.alpha == temperature(ours.preference(obs))


def test_a_ppo_has_its_own_distribution() -> None:
    theirs, obs, ours = model("ppo"), seen("highway"), Policy(converted("ppo"), of("ppo"))
    assert isinstance(theirs, PPO)
    with torch.no_grad():
        told = theirs.policy.get_distribution(torch.from_numpy(obs))
        wanted = torch.stack([told.log_prob(torch.full((len(obs),), u)) for u in range(len(ours.card.actions))], 1)
    np.testing.assert_allclose(ours.log_probs(obs), wanted.numpy(), atol=SMALL)
    np.testing.assert_array_equal(ours.act(obs), theirs.predict(obs, deterministic=True)[0])
    assert ours.snapshot.maker.alpha == shipped(of("ppo").prior, of("ppo")).snapshot.maker.alpha


@pytest.mark.parametrize("name", ["sac", "sac-fixed"])
def test_a_sac_has_its_mean_action_and_density(name: str) -> None:
    theirs, obs, ours = model(name), seen(of(name).name), GaussianPolicy(converted(name), of(name))
    assert isinstance(theirs, SAC)
    np.testing.assert_allclose(ours.act(obs), theirs.predict(obs, deterministic=True)[0], atol=SMALL)
    with torch.no_grad():
        mean, log_std, _ = theirs.actor.get_action_dist_params(torch.from_numpy(obs))
    for came, wanted in zip(ours.gaussian(obs), (mean, log_std), strict=True):
        np.testing.assert_allclose(came, wanted.numpy(), atol=SMALL)
    # In float64 and without the 1e-6 that stable-baselines3 adds against log(0): z says all.
    z = torch.from_numpy(np.random.default_rng(0).uniform(-1.5, 1.5, mean.shape))
    distribution = SquashedDiagGaussianDistribution(len(ours.card.axes), epsilon=0.0)
    told = distribution.proba_distribution(mean.double(), log_std.double()).log_prob(z.tanh(), z)
    np.testing.assert_allclose(ours.log_prob(obs, ours.in_units(z.tanh().numpy())), told.numpy(), atol=SMALL)


def test_a_sac_keeps_its_temperature() -> None:
    theirs = model("sac")
    assert isinstance(theirs, SAC)
    assert theirs.log_ent_coef is not None
    assert converted("sac").maker.alpha == pytest.approx(float(theirs.log_ent_coef.detach().exp()), rel=1e-5)
    assert converted("sac-fixed").maker.alpha == 0.07


def test_what_the_user_says_counts() -> None:
    own = shipped(of("ppo").prior, of("ppo")).snapshot
    told: list[str] = []
    snapshot = convert(zipped("ppo"), of("ppo"), own, Reading(alpha=0.5, activation="tanh", tell=told.append))
    obs = seen("highway")
    assert snapshot.maker.alpha == 0.5
    here, there = (Policy(of_alpha, of("ppo")).log_probs(obs) for of_alpha in (snapshot, converted("ppo")))
    np.testing.assert_allclose(here, there, atol=SMALL)
    assert told == [f"PPO of stable-baselines3 {version()}: hidden units tanh, gamma 0.99, alpha 0.5 (--alpha)"]
    with pytest.raises(BadPolicy, match=r"--activation is relu, but the file says tanh"):
        convert(zipped("ppo"), of("ppo"), own, Reading(activation="relu"))


def version() -> str:
    import stable_baselines3

    return stable_baselines3.__version__


@pytest.mark.parametrize("name", ["dqn", "dqn-tanh", "ppo", "sac", "sac-fixed"])
def test_it_goes_through_a_file_and_is_frozen_as_it_is(name: str) -> None:
    snapshot = converted(name)
    back = PolicySnapshot.from_bytes(snapshot.to_bytes())
    assert back.hash == snapshot.hash == as_prior(snapshot).hash
    assert snapshot.maker.gamma == 0.99


@pytest.mark.parametrize("name", ["dqn-tanh", "ppo"])
def test_a_residual_on_a_bent_prior_starts_as_the_prior_and_can_be_one(name: str) -> None:
    prior, obs = Policy(converted(name), of(name)), seen("highway")[:64]
    learner = ResidualDqn(prior, ResidualConfig(), 0)
    np.testing.assert_array_equal(learner.policy().act(obs), prior.act(obs))
    action = prior.act(obs)
    learner.remember(obs, action, np.ones((64, 3)), np.zeros(64, bool), obs)
    learner.learn(np.array([0.0, 0.5, 0.0]), 5)
    frozen = Policy(as_prior(learner.snapshot(1, {"method": "test"})), of(name))
    np.testing.assert_allclose(frozen.preference(obs), learner.policy().preference(obs), atol=1e-4)


@pytest.mark.parametrize("name", ["dqn-tanh", "ppo"])
def test_a_plain_learner_from_a_bent_prior_starts_as_the_prior(name: str) -> None:
    prior, obs = Policy(converted(name), of(name)), seen("highway")[:64]
    plain = PlainDqn(prior, ResidualConfig(), 0, from_prior=True).policy()
    np.testing.assert_array_equal(plain.preference(obs), prior.preference(obs))


def test_an_actor_in_torch_is_the_one_that_drives() -> None:
    prior = policy_of(converted("sac-fixed"), of("sac-fixed"))
    assert isinstance(prior, GaussianPolicy)
    obs = seen("pusher")[:64]
    with torch.no_grad():
        mean, log_std = actor_of(prior.snapshot.layers("actor"))(torch.from_numpy(prior.normalised(obs)))
    for came, wanted in zip((mean, log_std), prior.gaussian(obs), strict=True):
        np.testing.assert_allclose(came.numpy(), wanted, atol=SMALL)
    again = ResidualSac(prior, ResidualSacConfig(), 0).policy()
    np.testing.assert_array_equal(again.act(obs), prior.act(obs))
