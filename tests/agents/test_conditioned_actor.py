"""Laws of the conditioned actor: the prior at theta = 0, an ordinary policy at any other."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.conditioned_actor import ConditionedActor, PriorBeside
from mereq_teleop.agents.densities import ContinuousActions
from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.foresight_sac import ContinuousForesight
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card, make_batch

TASK = "eraser"
CARD = card(TASK)
FEATURES = len(CARD.features)
thetas = st.lists(st.floats(-1, 1), min_size=FEATURES, max_size=FEATURES).map(np.array)


@cache
def prior() -> GaussianPolicy:
    policy = shipped(CARD.prior, CARD)
    assert isinstance(policy, GaussianPolicy)
    return policy


@cache
def observations() -> np.ndarray:
    """What the prior sees in 16 worlds, some steps in."""
    batch = make_batch(TASK, 16)
    obs = batch.reset(np.arange(16))
    for _ in range(10):
        obs = batch.step(prior().act(obs)).observation
    return obs


def drawn(seed: int) -> ConditionedActor:
    """An actor whose head is not zero any more."""
    generator = torch.Generator().manual_seed(seed)
    actor = ConditionedActor(prior(), generator)
    with torch.no_grad():
        for parameter in actor.parameters():
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))
    return actor


def at(actor: ConditionedActor, theta: np.ndarray) -> GaussianPolicy:
    foresight = ContinuousForesight(prior(), actor)
    foresight.learn(theta, 0)
    return foresight.policy()


@given(st.integers(0, 1_000))
def test_theta_zero_is_exactly_the_prior_whatever_the_weights(seed: int) -> None:
    told = at(drawn(seed), np.zeros(FEATURES))
    for ours, its in zip(told.gaussian(observations()), prior().gaussian(observations()), strict=True):
        np.testing.assert_array_equal(ours, its)
    np.testing.assert_array_equal(told.act(observations()), prior().act(observations()))


@given(thetas)
def test_before_it_has_learned_every_theta_is_the_prior(theta: np.ndarray) -> None:
    untrained = ConditionedActor(prior(), torch.Generator().manual_seed(0))
    np.testing.assert_array_equal(at(untrained, theta).act(observations()), prior().act(observations()))


@given(thetas)
def test_the_network_at_one_theta_is_the_conditioned_one(theta: np.ndarray) -> None:
    actor, inputs = drawn(1), prior().normalised(observations())
    told = torch.from_numpy(np.column_stack((inputs, np.tile(theta.astype(np.float32), (len(inputs), 1)))))
    mean, log_std = actor(told)
    ours, deviation = at(actor, theta).gaussian(observations())
    np.testing.assert_allclose(ours, mean.detach().numpy(), atol=1e-4)
    np.testing.assert_allclose(deviation, log_std.detach().numpy(), atol=1e-4)


@given(thetas)
def test_its_snapshot_is_an_ordinary_policy_with_the_same_bits_in_every_batch(theta: np.ndarray) -> None:
    policy = at(drawn(2), theta)
    again = policy_of(PolicySnapshot.from_bytes(policy.snapshot.to_bytes()), CARD)
    assert policy.snapshot.kind == "residual-sac"
    assert again.snapshot.hash == policy.snapshot.hash
    np.testing.assert_array_equal(again.act(observations()), policy.act(observations()))
    one = np.concatenate([policy.act(row[None]) for row in observations()])
    np.testing.assert_array_equal(one, policy.act(observations()))


def test_only_the_addition_is_learned() -> None:
    actor = drawn(3)
    assert len(list(actor.parameters())) == len(list(actor.net.parameters()))
    assert not any(parameter.requires_grad for parameter in actor.prior.parameters())


def test_the_density_beside_a_theta_is_the_priors() -> None:
    inputs = torch.from_numpy(prior().normalised(observations()))
    z, actor = torch.zeros(len(inputs), len(CARD.axes)), drawn(4)
    told = torch.cat((inputs, torch.ones(len(inputs), FEATURES)), 1)
    torch.testing.assert_close(PriorBeside(actor).log_prob(told, z), actor.prior.log_prob(inputs, z))


@given(st.lists(thetas, min_size=1, max_size=3))
def test_a_person_s_actions_have_the_density_of_the_policy_at_each_theta(many: list[np.ndarray]) -> None:
    actor, obs = drawn(5), observations()
    action = prior().act(obs)
    inputs = torch.from_numpy(prior().normalised(obs))
    z = torch.from_numpy(np.arctanh(np.clip(prior().normalised_action(action), -0.9999, 0.9999)).astype(np.float32))
    told = ContinuousActions(actor, prior()).log_prob(torch.tensor(np.array(many), dtype=torch.float32), (inputs, z))
    for row, theta in zip(told.detach().numpy(), many, strict=True):
        np.testing.assert_allclose(row, at(actor, theta).log_prob(obs, action), rtol=1e-3, atol=1e-2)


def test_the_prior_s_units_and_the_addition_s_stand_side_by_side() -> None:
    layers, own = at(drawn(6), np.ones(FEATURES)).snapshot.layers("actor"), prior().snapshot.layers("actor")
    (first, *_), (second, *_), _ = own
    assert [weight.shape for weight, *_ in layers] == [(15, 256), (256, 256), (256, 6)]
    np.testing.assert_array_equal(layers[0][0][:, :128], first)
    np.testing.assert_array_equal(layers[1][0][:128, :128], second)
    assert not layers[1][0][:128, 128:].any()
    assert not layers[1][0][128:, :128].any()


def test_a_fresh_actor_has_a_head_of_zeros() -> None:
    head = list(ConditionedActor(prior(), torch.Generator()).net.parameters())[-2:]
    assert [float(part.detach().abs().max()) for part in head] == pytest.approx([0.0, 0.0])
