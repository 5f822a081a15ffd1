"""Laws of soft Q-learning: the target's formula, and residual Q-learning's claim on an MDP solved in tables."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mereq_teleop.agents.layers import Layer
from mereq_teleop.agents.soft_q import SoftQ, SoftQConfig, Transitions, mlp, soft_target
from tests.agents.tables import ACTIONS, ALPHA, GAMMA, STATES, Mdp, Table, made, policy_of, soft_q, soft_value

THETA = np.array([0.7, -0.4])
PRIOR_THETA = np.array([-0.3, 1.0])


def backup(mdp: Mdp, reward: Table, q: Table, next_prior: Table | None, alpha: float) -> Table:
    """`soft_target` of every (s, u, s'), averaged over s'."""
    s, u, t = (index.ravel() for index in np.indices((STATES, ACTIONS, STATES)))
    target = soft_target(
        torch.from_numpy(reward[s, u]),
        torch.from_numpy(mdp.ends[s, u]),
        torch.from_numpy(q[t]),
        None if next_prior is None else torch.from_numpy(next_prior[t]),
        GAMMA,
        alpha,
    )
    averaged: Table = (mdp.moves * target.numpy().reshape(STATES, ACTIONS, STATES)).sum(axis=2)
    return averaged


def fixed_point(mdp: Mdp, reward: Table, next_prior: Table | None, alpha: float = ALPHA) -> Table:
    q = np.zeros((STATES, ACTIONS))
    for _ in range(400):
        q = backup(mdp, reward, q, next_prior, alpha)
    np.testing.assert_allclose(backup(mdp, reward, q, next_prior, alpha), q, atol=1e-12)
    return q


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6), actions=st.integers(1, 5), with_prior=st.booleans())
def test_the_target_is_its_formula_and_only_terminated_cuts_it(
    seed: int, n: int, actions: int, with_prior: bool
) -> None:
    random = np.random.default_rng(seed)
    reward, q, prior = random.normal(size=n), random.normal(size=(n, actions)), random.normal(size=(n, actions))
    terminated = random.integers(2, size=n).astype(float)
    found = soft_target(
        torch.from_numpy(reward),
        torch.from_numpy(terminated),
        torch.from_numpy(q),
        torch.from_numpy(prior) if with_prior else None,
        0.9,
        0.2,
    ).numpy()
    value = 0.2 * np.logaddexp.reduce((q + prior * with_prior) / 0.2, axis=1)
    np.testing.assert_allclose(found, np.where(terminated, reward, reward + 0.9 * value), rtol=1e-12)


def test_without_a_prior_the_fixed_point_is_the_soft_optimal_q() -> None:
    mdp = made()
    reward = mdp.reward(PRIOR_THETA)
    np.testing.assert_allclose(fixed_point(mdp, reward, None), soft_q(mdp, reward), atol=1e-10)


@pytest.mark.parametrize("omega", [1.0, 0.5])
@pytest.mark.parametrize("alpha_hat", [ALPHA, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_the_residual_solution_drives_as_the_exact_one_of_both_rewards(
    seed: int, omega: float, alpha_hat: float
) -> None:
    mdp = made(seed)
    prior_reward, residual_reward = mdp.reward(PRIOR_THETA), mdp.reward(THETA)
    log_prior = np.log(policy_of(soft_q(mdp, prior_reward)))
    # Residual Q-learning sees log pi0 and r_R, never the prior's reward.
    next_prior = omega * ALPHA * log_prior
    residual = fixed_point(mdp, residual_reward, next_prior, alpha_hat)
    exact = policy_of(soft_q(mdp, omega * prior_reward + residual_reward, alpha_hat), alpha_hat)
    np.testing.assert_allclose(policy_of(residual + next_prior, alpha_hat), exact, atol=1e-9)
    assert np.abs(exact - np.exp(log_prior)).max() > 0.05


def test_zero_residual_reward_is_solved_by_zero_and_the_prior() -> None:
    mdp = made()
    prior_q = soft_q(mdp, mdp.reward(PRIOR_THETA))
    next_prior = prior_q - soft_value(prior_q)[:, None]
    nothing = np.zeros((STATES, ACTIONS))
    np.testing.assert_allclose(backup(mdp, nothing, nothing, next_prior, ALPHA), nothing, atol=1e-14)
    solution = fixed_point(mdp, nothing, next_prior)
    np.testing.assert_allclose(policy_of(solution + next_prior), policy_of(prior_q), atol=1e-12)


def every_move(mdp: Mdp, next_prior: Table) -> Transitions:
    """Each (s, u) once, with its most probable s', as one-hot inputs."""
    s, u = (index.ravel() for index in np.indices((STATES, ACTIONS)))
    eye, to = np.eye(STATES, dtype=np.float32), mdp.moves.argmax(axis=2)[s, u]
    return Transitions(
        inputs=torch.from_numpy(eye[s]),
        action=torch.from_numpy(u),
        reward=torch.from_numpy(mdp.reward(THETA)[s, u].astype(np.float32)),
        terminated=torch.from_numpy(mdp.ends[s, u].astype(np.float32)),
        next_inputs=torch.from_numpy(eye[to]),
        next_prior=torch.from_numpy(next_prior[to].astype(np.float32)),
    )


@pytest.mark.parametrize("huber", [False, True])
def test_gradient_steps_reach_the_exact_residual_solution(huber: bool) -> None:
    mdp = made()
    certain = Mdp(np.eye(STATES)[mdp.moves.argmax(axis=2)], mdp.features, mdp.ends, mdp.start)
    next_prior = ALPHA * np.log(policy_of(soft_q(certain, certain.reward(PRIOR_THETA))))
    batch = every_move(certain, next_prior)
    config = SoftQConfig(hidden=(), gamma=GAMMA, alpha=ALPHA, learning_rate=0.03, tau=0.1, huber=huber)
    learner = SoftQ(config, mlp([STATES, ACTIONS], torch.Generator().manual_seed(0)))
    for _ in range(1500):
        loss = learner.update(batch)
    assert float(loss) < 1e-6
    found = learner.net(torch.eye(STATES)).detach().numpy()
    np.testing.assert_allclose(found, fixed_point(certain, certain.reward(THETA), next_prior), atol=5e-3)


def some_batch(seed: int) -> Transitions:
    generator = torch.Generator().manual_seed(seed)
    return Transitions(
        inputs=torch.randn(16, STATES, generator=generator),
        action=torch.randint(ACTIONS, (16,), generator=generator),
        reward=torch.randn(16, generator=generator),
        terminated=torch.zeros(16),
        next_inputs=torch.randn(16, STATES, generator=generator),
    )


def learner_of(seed: int) -> SoftQ:
    config = SoftQConfig(hidden=(7,), gamma=GAMMA, alpha=ALPHA)
    return SoftQ(config, mlp([STATES, 7, ACTIONS], torch.Generator().manual_seed(seed)))


def bits(learner: SoftQ) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in learner.state().items()}


@pytest.mark.parametrize("before", [0, 3])
def test_restored_learning_goes_on_with_the_same_bits(before: int) -> None:
    first, second = learner_of(0), learner_of(1)
    for seed in range(before):
        first.update(some_batch(seed))
    # Moments of its own that the other must forget.
    second.update(some_batch(99))
    second.restore(first.state())
    assert bits(second) == bits(first)
    for seed in range(10, 14):
        first.update(some_batch(seed))
        second.update(some_batch(seed))
    assert bits(second) == bits(first)


def test_the_target_network_follows_at_its_rate() -> None:
    learner = learner_of(0)
    before = learner.state()
    learner.update(some_batch(0))
    after = learner.state()
    for name in (name for name in before if name.startswith("target.")):
        online = after["net" + name.removeprefix("target")]
        np.testing.assert_allclose(after[name], before[name] + 0.02 * (online - before[name]), atol=1e-7)
        assert (after[name] != before[name]).any()


def test_a_network_goes_out_as_arrays_and_comes_back() -> None:
    first, second = learner_of(0), learner_of(1)
    arrays = first.tensors("q")
    assert {name: array.shape for name, array in arrays.items()} == {
        "q.0.weight": (STATES, 7),
        "q.0.bias": (7,),
        "q.1.weight": (7, ACTIONS),
        "q.1.bias": (ACTIONS,),
    }
    second.load([Layer(arrays[f"q.{i}.weight"], arrays[f"q.{i}.bias"]) for i in range(2)])
    assert bits(second) == bits(first)
    x = np.random.default_rng(0).standard_normal((3, STATES)).astype(np.float32)
    hidden = np.maximum(x @ arrays["q.0.weight"] + arrays["q.0.bias"], 0)
    by_hand = hidden @ arrays["q.1.weight"] + arrays["q.1.bias"]
    np.testing.assert_allclose(first.net(torch.from_numpy(x)).detach().numpy(), by_hand, atol=1e-6)


@pytest.mark.parametrize("bias", [0.0, 22.0])
def test_a_head_can_start_as_a_constant(bias: float) -> None:
    net = mlp([STATES, 7, ACTIONS], torch.Generator().manual_seed(0), bias)
    assert (net(torch.randn(9, STATES)) == bias).all()
