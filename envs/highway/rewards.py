"""What the ids of the highway task differ in: the reward, a bias and a weight for each feature, and the traffic."""

from collections.abc import Sequence
from typing import Final

from mereq_teleop.envs.errors import EnvError

__all__ = ["ADD_LINEAR", "ADD_RIGHT", "BASIC", "DENSE", "PURE_RIGHT", "Weights", "reward_weights", "vehicles_density"]

BASIC: Final = "highway-basic-v0"
ADD_RIGHT: Final = "highway-addRightReward-v0"
PURE_RIGHT: Final = "highway-pureRightReward-v0"
ADD_LINEAR: Final = "highway-addLinearReward-v0"
DENSE: Final = "highway-dense-v0"
"""The basic reward in denser traffic."""

Weights = tuple[float, float, float, float]
"""Bias, then the weights of collision, right_lane and high_speed; a reward is their sum in this order."""

_FIXED: Final[dict[str, Weights]] = {
    BASIC: (1.0, -0.5, 0.0, 0.4),
    ADD_RIGHT: (1.0, -0.5, 0.5, 0.4),
    PURE_RIGHT: (0.0, 0.0, 1.0, 0.0),
    DENSE: (1.0, -0.5, 0.0, 0.4),
}


def reward_weights(env_id: str, theta: Sequence[float] | None = None) -> Weights:
    """Bias and weights of the reward of a highway id.

    Args:
        env_id: one of the five gymnasium ids.
        theta: weights of collision, right_lane and high_speed, for highway-addLinearReward-v0 alone.

    Raises:
        EnvError: theta is missing, not three finite numbers, or given to an id that has fixed weights.
    """
    if env_id in _FIXED:
        if theta is not None:
            raise EnvError(f"{env_id} has fixed weights and takes no theta; {ADD_LINEAR} takes one")
        return _FIXED[env_id]
    weights = () if theta is None else tuple(float(weight) for weight in theta)
    if len(weights) != 3 or not all(abs(weight) < float("inf") for weight in weights):
        raise EnvError(f"{env_id} needs theta, three finite weights (collision, right_lane, high_speed), not {theta!r}")
    return (0.0, *weights)


def vehicles_density(env_id: str) -> float:
    """highway-env's setting of this name: what the spacing of the other vehicles is divided by at the start."""
    return 1.2 if env_id == DENSE else 1.0
