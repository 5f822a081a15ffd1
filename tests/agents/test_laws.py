"""The laws that the methods rest on, on a Markov decision process of five states that is solved exactly."""

import numpy as np
import pytest
import torch

from mereq_teleop.agents.residual_dqn import Experience, ResidualConfig, ResidualDqn
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.agents.soft_q import SoftQ, SoftQConfig, Transitions, mlp, soft_target
from tests.agents.made import TASK, observations, prior
from tests.agents.tables import ACTIONS, ALPHA, GAMMA, STATES, Mdp, Table, made, policy_of, soft_q

PRIOR_THETA, THETA = np.array([-0.3, 1.0]), np.array([0.7, -0.4])
COPIES = 50
"""Slips have a probability of 1 / 50 each, so that 50 transitions of a pair stand for its dynamics exactly."""


def log_prior(mdp: Mdp) -> Table:
    """log pi0: the exact max-ent policy of a reward that nobody is told."""
    logs: Table = np.log(policy_of(soft_q(mdp, mdp.reward(PRIOR_THETA))))
    return logs


def exact(mdp: Mdp) -> Table:
    """The exact max-ent policy of both rewards."""
    return policy_of(soft_q(mdp, mdp.reward(PRIOR_THETA) + mdp.reward(THETA)))


def residual_iteration(mdp: Mdp, next_prior: Table, reward: Table) -> Table:
    """The fixed point of the residual soft Bellman equation, by the target that the networks learn from."""
    s, u, to = (index.ravel() for index in np.indices((STATES, ACTIONS, STATES)))
    q = np.zeros((STATES, ACTIONS))
    for _ in range(350):
        target = soft_target(
            torch.from_numpy(reward[s, u]),
            torch.from_numpy(mdp.ends[s, u]),
            torch.from_numpy(q[to]),
            torch.from_numpy(next_prior[to]),
            GAMMA,
            ALPHA,
        )
        q = (mdp.moves * target.numpy().reshape(mdp.moves.shape)).sum(axis=2)
    return q


@pytest.mark.parametrize("ending", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_the_residual_solution_is_the_exact_policy_of_both_rewards(seed: int, ending: bool) -> None:
    mdp = made(seed, ending)
    # Residual Q-learning sees log pi0 and r_R, and never the prior's reward.
    next_prior = ALPHA * log_prior(mdp)
    found = policy_of(residual_iteration(mdp, next_prior, mdp.reward(THETA)) + next_prior)
    np.testing.assert_allclose(found, exact(mdp), atol=1e-10)
    assert np.abs(found - np.exp(log_prior(mdp))).max() > 0.05


def every_transition(mdp: Mdp, next_prior: Table) -> Transitions:
    """Each (s, u, s') as often as its probability says, as one-hot inputs."""
    s, u, to = (index.ravel() for index in np.indices((STATES, ACTIONS, STATES)))
    times = np.rint(COPIES * mdp.moves[s, u, to]).astype(int)
    s, u, to = (np.repeat(index, times) for index in (s, u, to))
    eye = np.eye(STATES, dtype=np.float32)
    return Transitions(
        inputs=torch.from_numpy(eye[s]),
        action=torch.from_numpy(u),
        reward=torch.from_numpy(mdp.reward(THETA)[s, u].astype(np.float32)),
        terminated=torch.from_numpy(mdp.ends[s, u].astype(np.float32)),
        next_inputs=torch.from_numpy(eye[to]),
        next_prior=torch.from_numpy(next_prior[to].astype(np.float32)),
    )


def test_the_network_finds_the_residual_solution() -> None:
    mdp = made()
    next_prior = ALPHA * log_prior(mdp)
    # Not Huber's loss: under chance it settles beside the mean.
    config = SoftQConfig(hidden=(), gamma=GAMMA, alpha=ALPHA, tau=0.3)
    learner = SoftQ(config, mlp([STATES, ACTIONS], torch.Generator().manual_seed(0), 0.0))
    batch = every_transition(mdp, next_prior)
    for update in range(400):
        learner.set_learning_rate(0.1 * (1 - update / 400))
        learner.update(batch)
    found = learner.net(torch.eye(STATES)).detach().numpy()
    np.testing.assert_allclose(policy_of(found + next_prior), exact(mdp), atol=2e-4)


def residual_dqn() -> ResidualDqn:
    dqn = ResidualDqn(prior(), ResidualConfig(), 0)
    Scouts(TASK, 16, 0).explore(prior(), 40, dqn)
    return dqn


def test_zero_residual_reward_leaves_the_dqns_prior_alone() -> None:
    dqn, obs = residual_dqn(), observations()
    np.testing.assert_array_equal(dqn.policy().preference(obs), prior().preference(obs))
    # The soft value is rounded to float32, and Adam makes steps of a size of their own out of that rounding.
    assert dqn.learn(np.zeros(3), 400) < 1e-6
    q = np.sort(prior().preference(obs), axis=1)
    decided = q[:, -1] - q[:, -2] > 0.01
    assert decided.mean() > 0.9
    np.testing.assert_array_equal(dqn.policy().act(obs)[decided], prior().act(obs)[decided])


def test_relabelling_equals_recollecting_bit_for_bit() -> None:
    theta, other = np.array([-0.3, 0.5, 0.11]), np.array([-1.0, -0.7, 0.2])
    relabelled, recollected = residual_dqn(), residual_dqn()
    # One has served another theta meanwhile; the other has seen the same worlds anew for this one.
    relabelled.experience.sample(64, other, np.random.default_rng(1))
    drawn = [dqn.experience.sample(256, theta, np.random.default_rng(2)) for dqn in (relabelled, recollected)]
    for name in ("inputs", "action", "reward", "terminated", "next_inputs", "next_prior"):
        first, second = (getattr(batch, name).numpy().tobytes() for batch in drawn)
        assert first == second, name


def test_the_reward_of_a_relabelled_transition_is_theta_times_its_features() -> None:
    experience: Experience = residual_dqn().experience
    theta = np.array([-0.3, 0.5, 0.11])
    drawn = experience.sample(256, theta, np.random.default_rng(2))
    rows = np.random.default_rng(2).integers(len(experience), size=256)
    wanted = experience.columns["features"][rows] @ theta.astype(np.float32)
    assert drawn.reward.numpy().tobytes() == wanted.tobytes()
