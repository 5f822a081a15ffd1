"""Max-ent inverse RL on the residual reward: the equations of MEReQ (arXiv 2406.16258)."""

import numpy as np
from jaxtyping import Float64

__all__ = ["ascend", "feature_gap"]


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
