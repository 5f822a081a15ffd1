"""The reference environment: highway-env as the task asks for it.

Importing this module registers the five gymnasium ids, so `gymnasium.make("highway-basic-v0")` works after it, and so
does `gymnasium.make("mereq_teleop.envs.highway.reference:highway-basic-v0")` without it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from highway_env.envs.highway_env import HighwayEnv
from numpy.typing import NDArray

from mereq_teleop.envs.highway.rewards import (
    ADD_LINEAR,
    ADD_RIGHT,
    BASIC,
    DENSE,
    PURE_RIGHT,
    reward_weights,
    vehicles_density,
)

__all__ = ["HighwayReference"]

_CONFIG = {
    "simulation_frequency": 5,
    "policy_frequency": 1,
    "lanes_count": 3,
    "vehicles_count": 30,
    "duration": 40,
    "ego_spacing": 1.5,
    "normalize_reward": False,
}


class HighwayReference(HighwayEnv):
    """highway-env's HighwayEnv at 5 Hz with three lanes and thirty other cars for 40 s; an id says how it is rewarded.

    `info["features"]` of reset and step is the (3,) float64 vector collision, right_lane, high_speed of the state
    that they lead to. Nothing is drawn unless `render_mode` is given and `render` is called.

    Args:
        env_id: gymnasium id, which decides the reward and the density of the traffic.
        theta: weights of the features, for highway-addLinearReward-v0 alone.
        config: changes to highway-env's configuration. The batched simulator equals the environment as it is
            without any, but for those of the drawing (screen_width, scaling, ...), which are harmless.
        render_mode: None, "rgb_array" or "human", as in highway-env.

    Raises:
        ValueError: theta does not suit the id.
    """

    def __init__(
        self,
        env_id: str = BASIC,
        theta: Sequence[float] | None = None,
        config: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
    ) -> None:
        self._weights = reward_weights(env_id, theta)
        super().__init__(
            config={"vehicles_density": vehicles_density(env_id), **(config or {})}, render_mode=render_mode
        )

    @classmethod
    def default_config(cls) -> dict[str, Any]:
        """highway-env's defaults with the task's changes."""
        return {**super().default_config(), **_CONFIG}

    @property
    def features(self) -> NDArray[np.float64]:
        """(3,) collision, right_lane, high_speed of the state as it is."""
        parts = self._rewards(None)
        names = ("collision_reward", "right_lane_reward", "high_speed_reward")
        return np.array([parts[name] for name in names], dtype=np.float64)

    def _reward(self, action: Any) -> float:
        bias, *weights = self._weights
        total = bias
        for weight, feature in zip(weights, self.features.tolist(), strict=True):
            total += weight * feature
        return total

    def _info(self, obs: Any, action: Any = None) -> dict[str, Any]:
        return {**super()._info(obs, action), "features": self.features}


def _register() -> None:
    for env_id in (BASIC, ADD_RIGHT, PURE_RIGHT, ADD_LINEAR, DENSE):
        if env_id not in gymnasium.registry:
            entry = "mereq_teleop.envs.highway.reference:HighwayReference"
            gymnasium.register(id=env_id, entry_point=entry, kwargs={"env_id": env_id})


_register()
