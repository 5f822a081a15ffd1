"""The learner's own worlds: where it tries out what it would do, so that Q_R knows what follows."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.randomness import random_state, restore_random
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch

__all__ = ["Scouts"]

STRAY = (0.05, 0.3)
"""Share of random actions in even and in odd worlds."""


class Memory(Protocol):
    """Who keeps what was seen."""

    def remember(
        self,
        obs: np.ndarray,
        action: np.ndarray,
        features: np.ndarray,
        terminated: np.ndarray,
        next_obs: np.ndarray,
    ) -> None:
        """Keep n transitions."""
        ...


class Scouts:
    """Worlds that go on from one call to the next, so that whole episodes are seen and not their first steps alone."""

    def __init__(self, task: str, worlds: int, seed: int) -> None:
        self._actions = len(card_of(task).actions)
        self._random = np.random.default_rng([seed, 1])
        self._batch = make_batch(task, worlds)
        self._stray = np.resize(STRAY, worlds)
        self._obs = self._batch.reset(self._seeds())

    def explore(self, policy: Policy, sweeps: int, memory: Memory) -> None:
        """Step all worlds `sweeps` times by the policy's argmax, with stray actions in between."""
        for _ in range(sweeps):
            strays = self._random.random(self._batch.n) < self._stray
            drawn = self._random.integers(self._actions, size=self._batch.n)
            action = np.where(strays, drawn, policy.act(self._obs))
            after = self._batch.step(action)
            memory.remember(self._obs, action, after.features, after.terminated, after.observation)
            over = after.terminated | after.truncated
            self._obs = self._batch.reset_where(over, self._seeds()) if over.any() else after.observation

    def state(self) -> dict[str, np.ndarray]:
        """The worlds and the random stream."""
        return {"random": random_state(self._random), **self._batch.state().arrays()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        worlds = dict(state)
        restore_random(self._random, worlds.pop("random"))
        self._obs = self._batch.restore(type(self._batch.state())(**worlds))

    def _seeds(self) -> np.ndarray:
        return self._random.integers(2**31, size=self._batch.n)
