"""One world of a batched simulator, as a session steps and verifies it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mereq_teleop.envs.batch import AnyBatch
from mereq_teleop.sessions.records import Action

__all__ = ["OneWorld"]


class OneWorld:
    """A batch of one world, without the batch axis."""

    def __init__(self, batch: AnyBatch) -> None:
        """Take over a batch.

        Raises:
            ValueError: the batch has more than one world.
        """
        if batch.n != 1:
            raise ValueError(f"wanted a batch of one world, got {batch.n}")
        self._batch = batch

    def reset(self, seed: int) -> npt.NDArray[np.float32]:
        """The first observation of an episode, in the task's shape."""
        obs: npt.NDArray[np.float32] = self._batch.reset([seed])[0]
        return obs

    def step(self, action: Action) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.floating[Any]], float, bool, bool]:
        """Next observation, features, the prior's reward, terminated, truncated."""
        after = self._batch.step([action])
        return (
            after.observation[0],
            after.features[0],
            float(after.reward[0]),
            bool(after.terminated[0]),
            bool(after.truncated[0]),
        )
