"""A task's batched simulator as a gymnasium environment: the reference's spaces and bits, at the simulator's speed."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from mereq_teleop.envs.registry import card, make, make_batch

__all__ = ["SimulatedEnv"]


class SimulatedEnv(gymnasium.Env[NDArray[np.float32], Any]):
    """One world of a task, for tools that learn on gymnasium environments.

    The reward is the world's own + theta . f; `info["features"]` of reset and step is the (k,) float64 vector of the
    state that they lead to, in the card's order.

    Args:
        name: key or gymnasium id of the task.
        theta: (k,) weights that are added to the world's reward; nothing is added by default.

    Raises:
        EnvError: no card has the name, or what the simulator needs is not there.
        ValueError: theta has another number of weights than the task has features.
    """

    # gymnasium asks the class, and declares no class variable.
    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    def __init__(self, name: str, theta: Sequence[float] | None = None) -> None:
        features = len(card(name).features)
        self._theta = np.zeros(features) if theta is None else np.asarray(theta, float)
        if self._theta.shape != (features,):
            raise ValueError(f"theta has {self._theta.size} weights, task {card(name).name!r} has {features} features")
        reference = make(name)
        self.observation_space, self.action_space = reference.observation_space, reference.action_space
        reference.close()
        self._batch = make_batch(name, 1)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start anew: with a seed as the batched simulator does with it, without one from the environment's own."""
        super().reset(seed=seed)
        start = int(self.np_random.integers(2**31)) if seed is None else seed
        obs: NDArray[np.float32] = self._batch.reset([start])[0]
        return obs, {"features": self._batch.features[0]}

    def step(self, action: Any) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Advance by one control step."""
        after = self._batch.step(np.asarray(action)[None])
        reward = float(after.reward[0] + after.features[0] @ self._theta)
        info = {"features": after.features[0]}
        return after.observation[0], reward, bool(after.terminated[0]), bool(after.truncated[0]), info
