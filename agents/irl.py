"""Max-ent inverse RL on the residual reward: the equations of MEReQ (arXiv 2406.16258)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from mereq_teleop.envs.card import TaskCard

__all__ = ["ascend", "bounds", "discounted_sum", "evidence", "feature_gap", "likelihood_gradient", "within"]

BLOCK_STEPS = 5
"""Steps averaged before their spread is taken: neighbouring steps are alike."""


def feature_gap(expert: Float64[np.ndarray, "n f"], policy: Float64[np.ndarray, "m f"]) -> Float64[np.ndarray, " f"]:
    """grad L(theta) = E_expert[f] - E_pi_hat(theta)[f], from n and m steps' features (MEReQ, eq. 5).

    The exact gradient is `likelihood_gradient`; like the method, this takes the difference of the mean features a step.
    """
    gap: Float64[np.ndarray, " f"] = expert.mean(axis=0) - policy.mean(axis=0)
    return gap


def discounted_sum(features: Float64[np.ndarray, "n f"], gamma: float) -> Float64[np.ndarray, " f"]:
    """sum_t gamma^t f_t over the n steps of a whole horizon."""
    total: Float64[np.ndarray, " f"] = gamma ** np.arange(len(features)) @ features
    return total


def likelihood_gradient(
    expert: Float64[np.ndarray, " f"], policy: Float64[np.ndarray, " f"], alpha_hat: float
) -> Float64[np.ndarray, " f"]:
    """(E_expert[sum_t gamma^t f_t] - E_pi_hat[sum_t gamma^t f_t]) / alpha_hat: what `feature_gap` stands for.

    Max causal entropy inverse RL (Ziebart's thesis, 2010; with discount: Gleave and Toyer 2022, arXiv 2203.11409), for
    pi_hat the soft-optimal policy of theta . f, alone or beside a reward that theta does not change, under the same
    gamma and alpha_hat. It is exactly grad_theta E_expert[sum_t gamma^t log pi_hat(u_t|x_t)] if

    - both sides start from the same distribution of states and go by the same dynamics, and
    - both sums run over whole horizons: to the termination, or for ever.

    The expert may be anybody: its policy need not be soft-optimal for any theta. The proof is a telescope. alpha_hat
    grad log pi_hat(u|x) = F(x, u) - F(x), pi_hat's discounted features from x on, with u given and without. Since
    F(x_t, u_t) = f_t + gamma E[F(x_t+1)], the sum over t leaves the f_t and F(x_0).

    The likelihood a step without discount, E_d[log pi_hat(u|x)] with d the expert's *stationary* distribution, has this
    gradient too, times 1 - gamma, if both sides start from d's states: d is its own discounted occupancy. Rollouts
    paired with the states that the expert visited stand for that.
    """
    gradient: Float64[np.ndarray, " f"] = (expert - policy) / alpha_hat
    return gradient


def bounds(card: TaskCard, freedom: float = 1.0) -> tuple[Float64[np.ndarray, " f"], Float64[np.ndarray, " f"]]:
    """The least and the greatest theta: `freedom` times each feature's reach, at most 0 for what nobody wants."""
    reach = freedom * np.array([feature.reach for feature in card.features])
    return -reach, np.array([feature.wanted for feature in card.features]) * reach


def ascend(theta: Float64[np.ndarray, " f"], gap: Float64[np.ndarray, " f"], step: float) -> Float64[np.ndarray, " f"]:
    """One step of gradient ascent on the log-likelihood: theta + step * (E_expert[f] - E_pi_hat[f])."""
    return theta + step * gap


def within(
    reach: float, centre: Float64[np.ndarray, " f"], theta: Float64[np.ndarray, " f"]
) -> Float64[np.ndarray, " f"]:
    """theta, or where the way to it from `centre` leaves the ball of radius `reach`."""
    moved = float(np.linalg.norm(theta - centre))
    return theta if moved <= reach else centre + (theta - centre) * (reach / moved)


def evidence(
    expert: Sequence[Float64[np.ndarray, "n f"]], policy: Sequence[Float64[np.ndarray, "m f"]], doubt: float
) -> Float64[np.ndarray, " f"]:
    """How far each component of the gap stands out from its noise, 0..1, from paired pieces.

    max(0, 1 - (doubt * standard error / gap)^2), for `doubt` = 1 the positive-part James-Stein factor. The standard
    error is that over blocks of a few paired steps: a round has a hundred steps but only three starts, over which a
    spread says little. A weight that the data say nothing about (a person is seldom faster or slower than the policy
    for long) then stays where it is instead of following the noise. Zero where there are fewer than two blocks.
    """
    differences = []
    for theirs, ours in zip(expert, policy, strict=True):
        paired = min(len(theirs), len(ours))
        difference = theirs[:paired] - ours[:paired]
        differences += [difference[at : at + BLOCK_STEPS].mean(axis=0) for at in range(0, paired, BLOCK_STEPS)]
    blocks = np.array(differences)
    if len(blocks) < 2:
        return np.zeros(blocks.shape[1])
    gap, error = blocks.mean(axis=0), blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks))
    noise = np.divide(doubt * error, gap, out=np.full_like(gap, np.inf), where=gap != 0.0)
    factor: Float64[np.ndarray, " f"] = np.maximum(0.0, 1.0 - noise**2)
    return factor
