"""Laws of max-ent IRL: the gradient against finite differences of the likelihood, and what counts as evidence."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop.agents.irl import (
    BLOCK_STEPS,
    ascend,
    bounds,
    discounted_sum,
    evidence,
    feature_gap,
    likelihood_gradient,
    within,
)
from tests.agents.made import CARD
from tests.agents.tables import ALPHA, GAMMA, Mdp, Table, features_by_step, made, occupancy, policy_of, soft_q

PRIOR_THETA = np.array([-0.3, 1.0])
THETAS = [np.array(theta) for theta in ([0.0, 0.0], [0.8, 0.0], [-0.5, 0.6], [1.5, -1.0])]
EXPERTS = [np.array(theta) for theta in ([1.2, 0.4], [-1.0, -1.0])]


def log_policy(mdp: Mdp, theta: Table) -> Table:
    """log pi_hat(theta) of prior reward + residual reward."""
    logs: Table = np.log(policy_of(soft_q(mdp, mdp.reward(PRIOR_THETA) + mdp.reward(theta))))
    return logs


def log_likelihood(mdp: Mdp, expert: Table, theta: Table) -> float:
    """Discounted causal log-likelihood of the expert's steps, exactly: E_expert[sum gamma^t log pi(u_t|x_t)]."""
    return float((occupancy(mdp, expert) * log_policy(mdp, theta)).sum())


def discounted_features(mdp: Mdp, policy: Table) -> Table:
    """E_policy[sum gamma^t f]."""
    total: Table = np.einsum("su,suf->f", occupancy(mdp, policy), mdp.features)
    return total


def differences(of: Callable[[Table], float], theta: Table, nudge: float = 1e-5) -> Table:
    """The gradient of a function of theta by central differences."""
    return np.array([(of(theta + at) - of(theta - at)) / (2 * nudge) for at in nudge * np.eye(len(theta))])


STRANGER = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0.05, 0.95], [0.6, 0.4]])
"""A policy that is soft-optimal for no theta."""


@pytest.mark.parametrize("ending", [True, False])
@pytest.mark.parametrize("expert_theta", [*EXPERTS, None], ids=str)
@pytest.mark.parametrize("theta", THETAS, ids=str)
def test_the_exact_gradient_is_that_of_the_likelihood(ending: bool, theta: Table, expert_theta: Table | None) -> None:
    mdp = made(1, ending)
    expert = STRANGER if expert_theta is None else np.exp(log_policy(mdp, expert_theta))
    policy = np.exp(log_policy(mdp, theta))
    exact = likelihood_gradient(discounted_features(mdp, expert), discounted_features(mdp, policy), ALPHA)
    numeric = differences(lambda at: log_likelihood(mdp, expert, at), theta)
    np.testing.assert_allclose(exact, numeric, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("theta", THETAS, ids=str)
def test_a_stationary_experts_likelihood_a_step_has_it_too(theta: Table) -> None:
    mdp = made(1, ending=False)
    walk = np.einsum("su,sut->st", STRANGER, mdp.moves)
    stationary = np.linalg.matrix_power(walk, 4000)[0]
    at_home = replace(mdp, start=stationary)
    expert, policy = (discounted_features(at_home, by) for by in (STRANGER, np.exp(log_policy(mdp, theta))))
    # Its mean features a step are its own discounted occupancy's.
    seen = stationary[:, None] * STRANGER
    np.testing.assert_allclose((1 - GAMMA) * expert, np.einsum("su,suf->f", seen, mdp.features), rtol=1e-9)
    numeric = differences(lambda at: float((seen * log_policy(mdp, at)).sum()), theta)
    exact = (1 - GAMMA) * likelihood_gradient(expert, policy, ALPHA)
    np.testing.assert_allclose(exact, numeric, rtol=1e-5, atol=1e-7)


def test_the_discounted_sum_over_a_whole_horizon_is_that_of_the_occupancy() -> None:
    mdp = made(1, ending=False)
    found = discounted_sum(features_by_step(mdp, STRANGER, 400), GAMMA)
    np.testing.assert_allclose(found, discounted_features(mdp, STRANGER), rtol=1e-9)
    assert discounted_sum(np.array([[1.0], [10.0], [100.0]]), 0.5).tolist() == [31.0]


@pytest.mark.parametrize("expert_theta", EXPERTS, ids=str)
@pytest.mark.parametrize("theta", THETAS, ids=str)
def test_the_methods_difference_a_step_has_the_exact_gradients_signs(theta: Table, expert_theta: Table) -> None:
    mdp = made(1, ending=False)
    expert, policy = np.exp(log_policy(mdp, expert_theta)), np.exp(log_policy(mdp, theta))
    exact = discounted_features(mdp, expert) - discounted_features(mdp, policy)
    horizon = round(1 / (1 - GAMMA))
    gap = feature_gap(features_by_step(mdp, expert, horizon), features_by_step(mdp, policy, horizon))
    assert (np.abs(exact) > 1e-3).all()
    np.testing.assert_array_equal(np.sign(gap), np.sign(exact))


def test_ascending_the_gap_recovers_the_experts_policy() -> None:
    mdp, theta = made(1, ending=False), np.zeros(2)
    expert = np.exp(log_policy(mdp, EXPERTS[0]))
    features = features_by_step(mdp, expert, 100)
    for _ in range(200):
        policy = np.exp(log_policy(mdp, theta))
        theta = ascend(theta, feature_gap(features, features_by_step(mdp, policy, 100)), 2.0)
    np.testing.assert_allclose(np.exp(log_policy(mdp, theta)), expert, atol=0.02)


def test_the_gap_is_the_difference_of_means_and_a_step_goes_along_it() -> None:
    expert, policy = np.array([[1.0, 0.0], [3.0, 4.0]]), np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 0.0]])
    gap = feature_gap(expert, policy)
    assert gap.tolist() == [1.0, 1.0]
    assert ascend(np.array([5.0, -1.0]), gap, 0.25).tolist() == [5.25, -0.75]
    assert feature_gap(policy, policy).tolist() == [0.0, 0.0]


vectors = st.lists(st.floats(-5, 5), min_size=2, max_size=2).map(np.array)


@given(reach=st.floats(0.01, 3), centre=vectors, theta=vectors)
def test_within_is_the_nearest_point_of_the_ball(reach: float, centre: Table, theta: Table) -> None:
    found = within(reach, centre, theta)
    away = np.linalg.norm(theta - centre)
    assert np.linalg.norm(found - centre) == pytest.approx(min(reach, away))
    assert np.linalg.norm(theta - found) == pytest.approx(max(0.0, float(away) - reach), abs=1e-9)


def test_nobody_can_want_what_is_not_wanted() -> None:
    low, high = bounds(CARD, 4.0)
    reach = [4.0 * feature.reach for feature in CARD.features]
    assert low.tolist() == [-at for at in reach]
    assert high.tolist() == [at if feature.wanted else 0.0 for at, feature in zip(reach, CARD.features, strict=True)]


Pieces = list[NDArray[np.float64]]


def pieces(seed: int, count: int = 4, steps: int = 12) -> Pieces:
    random = np.random.default_rng(seed)
    return [random.normal(size=(steps, 3)) for _ in range(count)]


seeds = st.integers(0, 2**32 - 1)


@given(seed=seeds, count=st.integers(1, 6), steps=st.integers(1, 14), doubt=st.floats(0, 3), shift=st.floats(-3, 3))
def test_evidence_is_a_share_and_grows_as_doubt_shrinks(
    seed: int, count: int, steps: int, doubt: float, shift: float
) -> None:
    expert, policy = pieces(seed, count, steps), [piece + shift for piece in pieces(seed + 1, count, steps)]
    factor = evidence(expert, policy, doubt)
    assert ((factor >= 0) & (factor <= 1)).all()
    assert (evidence(expert, policy, doubt + 0.5) <= factor).all()


@given(seed=seeds, scale=st.sampled_from([1e-3, 0.1, 7.0, 1e4]), sign=st.sampled_from([-1.0, 1.0]))
def test_evidence_does_not_depend_on_units(seed: int, scale: float, sign: float) -> None:
    expert, policy = [piece + 0.3 for piece in pieces(seed)], pieces(seed + 1)
    scaled = evidence([scale * sign * piece for piece in expert], [scale * sign * piece for piece in policy], 0.5)
    np.testing.assert_allclose(scaled, evidence(expert, policy, 0.5), rtol=1e-7, atol=1e-9)


def test_identical_pieces_are_no_evidence() -> None:
    assert evidence(pieces(0), pieces(0), 0.5).tolist() == [0, 0, 0]


def test_one_block_has_no_spread_and_is_no_evidence() -> None:
    expert = [np.ones((BLOCK_STEPS, 3))]
    assert evidence(expert, [np.zeros((BLOCK_STEPS, 3))], 0.5).tolist() == [0, 0, 0]
    assert evidence(expert * 2, [np.zeros((BLOCK_STEPS, 3))] * 2, 0.5).tolist() == [1, 1, 1]


def test_a_gap_far_above_its_noise_counts_fully_and_one_below_it_not_at_all() -> None:
    random = np.random.default_rng(3)
    policy = pieces(1, count=6)
    consistent = [piece + np.array([5.0, 0.0, 0.0]) + 0.1 * random.normal(size=piece.shape) for piece in policy]
    # The second feature differs by turns this way and that: its mean is nothing beside its spread.
    by_turns = [piece + np.array([0.0, 1.0 if i % 2 else -1.0, 0.0]) for i, piece in enumerate(consistent)]
    factor = evidence(by_turns, policy, 0.5)
    assert factor[0] > 0.99
    assert factor[1] == 0.0


def test_the_factor_is_james_steins_on_a_spread_known_by_hand() -> None:
    # Two blocks with gaps 1 and 3: mean 2, standard error 1.
    expert = [np.full((BLOCK_STEPS, 1), 1.0), np.full((BLOCK_STEPS, 1), 3.0)]
    policy = [np.zeros((BLOCK_STEPS, 1))] * 2
    assert evidence(expert, policy, 1.0)[0] == pytest.approx(1 - (1 / 2) ** 2)
    assert evidence(expert, policy, 0.5)[0] == pytest.approx(1 - (0.5 / 2) ** 2)


def test_steps_without_a_partner_do_not_count() -> None:
    expert, policy = pieces(0), pieces(1)
    longer = [np.concatenate([piece, np.full((9, 3), 1e6)]) for piece in expert]
    np.testing.assert_array_equal(evidence(longer, policy, 0.5), evidence(expert, policy, 0.5))
