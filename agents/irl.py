"""Max-ent inverse RL on the residual reward: the equations of MEReQ (arXiv 2406.16258)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

__all__ = ["ascend", "evidence", "feature_gap", "within"]

BLOCK_STEPS = 5
"""Steps averaged before their spread is taken: neighbouring steps are alike."""


def feature_gap(expert: Float64[np.ndarray, "n f"], policy: Float64[np.ndarray, "m f"]) -> Float64[np.ndarray, " f"]:
    """grad L(theta) = E_expert[f] - E_pi_hat(theta)[f], from n and m steps' features (MEReQ, eq. 5).

    The exact gradient of the log-likelihood (Ziebart 2008) has discounted sums over whole horizons, divided by
    alpha_hat, on both sides; like the method, this takes the difference of the mean features a step.
    """
    gap: Float64[np.ndarray, " f"] = expert.mean(axis=0) - policy.mean(axis=0)
    return gap


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
