"""Laws of residual SAC: it finds the sum's optimum without seeing the prior's reward, and zero moves nothing."""

from dataclasses import replace

import numpy as np
import pytest

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.plain_sac import PlainSac
from mereq_teleop.agents.residual_sac import ResidualSac, ResidualSacConfig
from mereq_teleop.agents.trainer import Trainer
from tests.agents.linear_quadratic import ALPHA, CARD, FORCE, GAMMA, GRID, gain_of, observe, prior, riccati

PRIOR = (-1.0, -0.5)
CONFIG = ResidualSacConfig(actor_rate=1e-3, critic_rate=3e-3, tau=0.02, hidden=(32, 32), batch=128, capacity=20_000)
SMALL = replace(CONFIG, hidden=(8,), batch=32, capacity=500)
ZERO = np.zeros(2)
NEARER = np.array([-2.0, 0.0])


def learner(config: ResidualSacConfig = CONFIG, seed: int = 0, count: int = 20_000) -> ResidualSac:
    sac = ResidualSac(prior(PRIOR), config, seed)
    observe(sac, count, seed)
    return sac


def bits(sac: ResidualSac) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in sac.state().items()}


def deviation(sac: ResidualSac) -> float:
    """Greatest distance between the mean forces of the policy and the prior."""
    return float(np.abs(sac.policy().act(GRID) - prior(PRIOR).act(GRID)).max())


def test_before_learning_it_is_the_prior() -> None:
    sac = learner()
    np.testing.assert_array_equal(sac.policy().act(GRID), prior(PRIOR).act(GRID))
    np.testing.assert_array_equal(sac.policy().log_prob(GRID, GRID), prior(PRIOR).log_prob(GRID, GRID))


REWARDS = [(-2.0, 0.0), (0.0, -1.5), (-1.0, -1.0)]


@pytest.mark.parametrize(
    ("residual", "updates", "seed"),
    [(REWARDS[1], 600, 0)] + [pytest.param(r, 3000, s, marks=pytest.mark.slow) for r in REWARDS for s in (0, 1)],
)
def test_it_finds_the_gain_of_both_rewards_and_sees_one(residual: tuple[float, float], updates: int, seed: int) -> None:
    sac = learner(seed=seed)
    sac.learn(np.array(residual), updates)
    gain, std = riccati((PRIOR[0] + residual[0], PRIOR[1] + residual[1]))
    assert abs(gain - riccati(PRIOR)[0]) > 0.1
    assert gain_of(sac.policy()) == pytest.approx(gain, rel=0.1)
    # Not the gain alone: the temperature too.
    _, log_std = sac.policy().gaussian(GRID)
    assert FORCE * np.exp(log_std).mean() == pytest.approx(std, rel=0.1)


def test_a_zero_residual_reward_never_moves_the_policy_away_from_the_prior() -> None:
    sac = learner()
    sac.learn(ZERO, 200)
    # Where pi = pi0 both log densities and their gradients cancel to the last bit, so nothing moves at all.
    assert deviation(sac) == 0.0


def test_what_was_learned_under_other_weights_is_known_at_once() -> None:
    known, new = learner(), learner()
    known.learn(ZERO, 400)
    for sac in (known, new):
        sac.learn(NEARER, 60)
    wanted = abs(riccati((PRIOR[0] + NEARER[0], PRIOR[1] + NEARER[1]))[0] - riccati(PRIOR)[0])
    moved = [abs(gain_of(sac.policy()) - gain_of(prior(PRIOR))) for sac in (known, new)]
    assert moved[0] > 2 * moved[1]
    assert moved[0] > 0.2 * wanted


def test_zero_leads_back_to_the_prior() -> None:
    sac = learner()
    sac.learn(NEARER, 250)
    away = deviation(sac)
    sac.learn(ZERO, 400)
    assert away > 0.2
    assert deviation(sac) < 0.2 * away


def test_without_the_priors_reward_its_behaviour_is_lost() -> None:
    sac = learner(replace(CONFIG, omega=0.0))
    sac.learn(ZERO, 300)
    # Entropy alone is left: the forces spread.
    _, log_std = sac.policy().gaussian(GRID)
    _, prior_log_std = prior(PRIOR).gaussian(GRID)
    assert (log_std > prior_log_std + 0.1).all()
    assert sac.policy().snapshot.maker.omega == 0.0


@pytest.mark.parametrize("theta", [(0.0, 0.0), (-2.0, 0.3), (0.1, -0.7)])
def test_relabelling_equals_recollecting(theta: tuple[float, float]) -> None:
    relabelled, recollected = learner(SMALL, count=700), learner(SMALL, count=700)
    # One is asked for other rewards first; what it stores must not be touched by that.
    relabelled.experience.draw(64, np.array([5.0, -3.0]), np.random.default_rng(1))
    first = relabelled.experience.draw(64, np.array(theta), np.random.default_rng(2))
    second = recollected.experience.draw(64, np.array(theta), np.random.default_rng(2))
    for name in first:
        assert first[name].numpy().tobytes() == second[name].numpy().tobytes()
    x, u = first["inputs"].numpy()[:, 0], first["action"].numpy()[:, 0] * FORCE
    np.testing.assert_allclose(first["reward"].numpy(), theta[0] * x**2 + theta[1] * u**2, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(first["next_inputs"].numpy()[:, 0], 0.9 * x + 0.5 * u, atol=1e-5)


@pytest.mark.parametrize("before", [0, 7])
def test_restored_learning_goes_on_with_the_same_bits(before: int) -> None:
    first, second = learner(SMALL, 0, 400), learner(SMALL, 1, 30)
    first.learn(NEARER, before)
    second.learn(NEARER, 3)
    state = first.state()
    kept = {name: array.tobytes() for name, array in state.items()}

    def go_on(sac: ResidualSac) -> float:
        observe(sac, 200, 5)
        return sac.learn(2 * NEARER, 5)

    loss = go_on(first)
    # What was handed out stays what it was, though the ring has been overwritten since.
    assert {name: array.tobytes() for name, array in state.items()} == kept
    second.restore(state)
    assert bits(second) == kept
    assert go_on(second) == loss
    assert bits(second) == bits(first)
    assert second.policy().snapshot.hash == first.policy().snapshot.hash


def test_equal_seeds_learn_equal_bits_and_others_do_not() -> None:
    first, second, third = (learner(SMALL, seed, 100) for seed in (1, 1, 2))
    for sac in (first, second, third):
        sac.learn(NEARER, 5)
    assert bits(first) == bits(second)
    assert first.policy().snapshot.hash != third.policy().snapshot.hash


def test_forgetting_leads_back_to_the_start_and_keeps_the_experience() -> None:
    sac = learner(SMALL, count=100)
    sac.learn(NEARER, 5)
    sac.forget()
    assert deviation(sac) == 0.0
    assert (sac.updates, len(sac.experience)) == (5, 100)


def test_the_snapshot_says_where_it_comes_from_and_drives() -> None:
    sac = learner(SMALL, count=100)
    sac.learn(NEARER, 4)
    snapshot = sac.snapshot(9, {"method": "mereq", "cause": "e0-s3"})
    made = snapshot.maker
    assert (snapshot.version, snapshot.kind, made.updates, made.cause) == (9, "residual-sac", 4, "e0-s3")
    assert (made.gamma, made.alpha, made.omega, made.alpha_hat) == (GAMMA, ALPHA, 1.0, None)
    np.testing.assert_array_equal(GaussianPolicy(snapshot, CARD).act(GRID), sac.policy().act(GRID))


def test_the_pulse_is_felt_every_ten_updates() -> None:
    pulses: list[int] = []
    sac = learner(SMALL, count=100)
    sac.learn(ZERO, 35, lambda: pulses.append(1))
    assert len(pulses) == 3


@pytest.mark.parametrize("from_prior", [True, False])
def test_plain_sac_starts_where_it_is_told_and_has_no_prior(from_prior: bool) -> None:
    sac: Trainer = PlainSac(prior(PRIOR), SMALL, 0, from_prior=from_prior)
    same = np.array_equal(sac.policy().act(GRID), prior(PRIOR).act(GRID))
    assert same is from_prior
    assert isinstance(sac, PlainSac)
    assert sac.sac.prior is None
    assert sac.snapshot(1, {"method": "maxent"}).kind == "sac"
