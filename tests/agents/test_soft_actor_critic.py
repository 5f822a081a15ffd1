"""Laws of soft actor-critic: its equations by hand, and that plain SAC finds the Riccati gain."""

import math

import numpy as np
import pytest
import torch

from mereq_teleop.agents.plain_sac import PlainSac
from mereq_teleop.agents.residual_sac import ResidualSacConfig
from mereq_teleop.agents.soft_actor_critic import (
    Actor,
    Critics,
    SacConfig,
    SoftActorCritic,
    Steps,
    actor_loss,
    critic_loss,
    lesser,
    soft_target,
    squashed_log_prob,
)
from mereq_teleop.agents.soft_q import mlp
from tests.agents.linear_quadratic import FORCE, GRID, gain_of, observe, prior, riccati

THETA, OTHER = (-1.0, -0.5), (-3.0, -0.5)
CONFIG = ResidualSacConfig(actor_rate=1e-3, critic_rate=3e-3, tau=0.02, hidden=(32, 32), batch=128, capacity=20_000)


ONE = torch.ones(1)
"""The weight of a reward in one part."""


def test_the_target_is_sacs_equation() -> None:
    reward, terminated = torch.tensor([[1.0], [1.0], [2.0]]), torch.tensor([0.0, 1.0, 0.0])
    next_q, bonus = torch.tensor([[3.0, 5.0], [3.0, 5.0], [-1.0, -4.0]])[:, :, None], torch.tensor([0.5, 0.5, -0.25])
    target = soft_target(reward, ONE, terminated, next_q, bonus, 0.5)
    # An end is not bootstrapped; the lesser critic counts.
    np.testing.assert_allclose(target[:, 0].numpy(), [1 + 0.5 * 3.5, 1.0, 2 + 0.5 * -4.25])


def test_by_parts_the_target_adds_up_to_the_same() -> None:
    random = torch.Generator().manual_seed(0)
    reward, next_q = torch.randn(40, 3, generator=random), torch.randn(40, 2, 3, generator=random)
    terminated, bonus = (torch.rand(40, generator=random) < 0.3).float(), torch.randn(40, generator=random)
    weights = torch.tensor([-0.5, 2.0, 1.0])
    parts = soft_target(reward, weights, terminated, next_q, bonus, 0.9)
    whole = soft_target((reward @ weights)[:, None], ONE, terminated, (next_q @ weights)[:, :, None], bonus, 0.9)
    torch.testing.assert_close(parts @ weights, whole[:, 0])
    # What the policy's entropy is worth is no feature's.
    torch.testing.assert_close(
        parts[:, :2], soft_target(reward, weights, terminated, next_q, 0 * bonus, 0.9)[:, :2], atol=0, rtol=0
    )


def test_the_lesser_critic_is_the_one_of_the_lesser_sum() -> None:
    q = torch.tensor([[[1.0, 5.0], [2.0, 3.0]]])
    for weights, wanted in (((1.0, 1.0), 1), ((4.0, 1.0), 0)):
        parts, value = lesser(q, torch.tensor(weights))
        torch.testing.assert_close(parts[0], q[0, wanted])
        assert value.item() == float(q[0, wanted] @ torch.tensor(weights))


def test_the_losses_are_sacs_equations() -> None:
    q = torch.tensor([[1.0, 3.0], [2.0, -2.0]])[:, :, None]
    assert critic_loss(q, torch.tensor([[2.0], [0.0]]), ONE).item() == pytest.approx((1 + 4) / 2 + (1 + 4) / 2)
    assert actor_loss(lesser(q, ONE)[1], torch.tensor([0.5, 0.25])).item() == pytest.approx(-(1.5 - 1.75) / 2)


def test_the_loss_weighs_the_sum_and_its_parts() -> None:
    # One row, two critics, errors of the parts (1, -2) and (0, 3); the first part counts twice.
    q, target, weights = torch.tensor([[[2.0, 0.0], [1.0, 5.0]]]), torch.tensor([[1.0, 2.0]]), torch.tensor([2.0, 1.0])
    assert critic_loss(q, target, weights).item() == (2 - 2) ** 2 + 3**2
    assert critic_loss(q, target, weights, 0.5).item() == 9 + 0.5 * (1 + 4 + 9)


def bandit(seed: int = 0, prior: Actor | None = None, weight: float = 0.0) -> SoftActorCritic:
    """One input, one axis; small networks."""
    generator = torch.Generator().manual_seed(seed)
    config = SacConfig(gamma=0.9, alpha_hat=0.2, prior_weight=weight)
    return SoftActorCritic(config, Actor(mlp([1, 8, 2], generator)), Critics([2, 8, 1], generator), generator, prior)


def test_the_drawn_bonus_is_the_weighted_difference_of_the_log_densities() -> None:
    other = Actor(mlp([1, 8, 2], torch.Generator().manual_seed(7)))
    learner, inputs = bandit(prior=other, weight=0.3), torch.randn(50, 1)
    action, bonus = learner.drawn(inputs)
    z = action.atanh()
    wanted = 0.3 * other.log_prob(inputs, z) - 0.2 * learner.actor.log_prob(inputs, z)
    torch.testing.assert_close(bonus, wanted, atol=1e-4, rtol=1e-4)


def test_a_dropped_score_leaves_the_gradient_of_the_entropy() -> None:
    # E[-log pi] of a narrow squashed Gaussian around 0 is log(std) + const: its slope in log_std is 1, in mean 0.
    mean, log_std = torch.zeros(200_000, 1, requires_grad=True), torch.full((200_000, 1), -3.0, requires_grad=True)
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
    z = mean + log_std.exp() * noise
    (-squashed_log_prob(z, mean.detach(), log_std.detach())).sum().backward()  # type: ignore[no-untyped-call]
    assert mean.grad is not None
    assert log_std.grad is not None
    assert log_std.grad.mean().item() == pytest.approx(1.0, abs=0.02)
    assert mean.grad.mean().item() == pytest.approx(0.0, abs=6 * math.exp(3) / math.sqrt(200_000))


def test_the_critics_start_at_zero_and_the_targets_follow() -> None:
    learner = bandit()
    assert (learner.critics(torch.randn(9, 1), torch.rand(9, 1)) == 0).all()
    inputs, ends = torch.randn(64, 1), torch.ones(64)
    steps = Steps(inputs, torch.rand(64, 1), torch.ones(64, 1), ONE, ends, torch.randn(64, 1))
    before = [tensor.clone() for tensor in learner.targets.parameters()]
    learner.update(steps)
    pairs = zip(before, learner.critics.parameters(), learner.targets.parameters(), strict=True)
    for old, online, target in pairs:
        torch.testing.assert_close(target, old + 0.01 * (online - old))
    assert any(critic.requires_grad for critic in learner.critics.parameters())


def test_a_prior_and_its_weight_go_together() -> None:
    with pytest.raises(ValueError, match="needs a prior"):
        bandit(weight=0.3)


def test_slowing_down_scales_both_rates() -> None:
    learner = bandit()
    learner.slow_down(0.5)
    rates = [adam.param_groups[0]["lr"] for adam in (learner.actor_adam, learner.critic_adam)]
    assert rates == [5e-4, 5e-4]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_from_other_weights_plain_sac_finds_the_riccati_gain(seed: int) -> None:
    learner = PlainSac(prior(OTHER), CONFIG, seed, from_prior=True)
    observe(learner, 20_000, seed)
    learner.learn(np.array(THETA), 900)
    # From 1.16 to 0.78.
    assert gain_of(learner.policy()) == pytest.approx(riccati(THETA)[0], rel=0.08)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_from_random_weights_plain_sac_finds_the_max_ent_policy(seed: int) -> None:
    learner = PlainSac(prior(OTHER), CONFIG, seed, from_prior=False)
    observe(learner, 20_000, seed)
    learner.learn(np.array(THETA), 8000)
    gain, std = riccati(THETA)
    assert gain_of(learner.policy()) == pytest.approx(gain, rel=0.08)
    _, log_std = learner.policy().gaussian(GRID)
    assert FORCE * np.exp(log_std).mean() == pytest.approx(std, rel=0.25)
