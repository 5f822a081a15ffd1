"""A Markov decision process of five states and two actions, solved exactly in tables of float64."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STATES, ACTIONS = 5, 2
GAMMA, ALPHA = 0.9, 0.3

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Mdp:
    """Dynamics (s, u, s'), features (s, u, f), and the pairs (s, u) that end the episode."""

    moves: Table
    features: Table
    ends: Table
    start: Table

    def reward(self, theta: Table) -> Table:
        """theta . f, (s, u)."""
        return self.features @ theta


def made(seed: int = 0, ending: bool = True) -> Mdp:
    """A chain that one walks left or right, slipping now and then; leaving it on the right ends the episode."""
    random = np.random.default_rng(seed)
    moves = np.full((STATES, ACTIONS, STATES), 0.02)
    for state in range(STATES):
        moves[state, 0, max(state - 1, 0)] += 0.9
        moves[state, 1, min(state + 1, STATES - 1)] += 0.9
    ends = np.zeros((STATES, ACTIONS))
    ends[STATES - 1, 1] = float(ending)
    features = np.zeros((STATES, ACTIONS, 2))
    features[..., 0] = np.linspace(0, 1, STATES)[:, None]
    features[:, 1, 1] = random.uniform(0.2, 1, STATES)
    start = np.array([0.4, 0.0, 0.6, 0.0, 0.0])
    return Mdp(moves, features, ends, start)


def soft_value(q: Table, alpha: float = ALPHA) -> Table:
    """alpha log sum_u exp(q / alpha), by its definition."""
    value: Table = alpha * np.log(np.exp(q / alpha).sum(axis=1))
    return value


def soft_q(mdp: Mdp, reward: Table, alpha: float = ALPHA) -> Table:
    """The soft-optimal Q of a reward (s, u), by value iteration to the last bits."""
    q = np.zeros((STATES, ACTIONS))
    for _ in range(350):
        q = reward + GAMMA * (1 - mdp.ends) * (mdp.moves @ soft_value(q, alpha))
    return q


def policy_of(q: Table, alpha: float = ALPHA) -> Table:
    """pi(u|s) proportional to exp(q / alpha)."""
    weight = np.exp((q - q.max(axis=1, keepdims=True)) / alpha)
    policy: Table = weight / weight.sum(axis=1, keepdims=True)
    return policy


def occupancy(mdp: Mdp, policy: Table) -> Table:
    """Discounted visits (s, u) from the start, all added up."""
    step = np.einsum("su,sut,su->st", policy, mdp.moves, 1 - mdp.ends)
    visits = np.linalg.solve(np.eye(STATES) - GAMMA * step.T, mdp.start)
    table: Table = visits[:, None] * policy
    return table


def features_by_step(mdp: Mdp, policy: Table, steps: int) -> Table:
    """Expected features of each step (steps, f), of an MDP that does not end."""
    at, rows = mdp.start, []
    for _ in range(steps):
        taken = at[:, None] * policy
        rows.append(np.einsum("su,suf->f", taken, mdp.features))
        at = np.einsum("su,sut->t", taken, mdp.moves)
    return np.array(rows)
