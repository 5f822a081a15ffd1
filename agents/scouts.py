"""The learner's own worlds: where it tries out what it would do, so that Q_R knows what follows."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.randomness import random_state, restore_random
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.batch import BatchStep

__all__ = ["Scouts"]

STRAY = (0.05, 0.3)
"""How far even and odd worlds stray: share of random actions, or standard deviation of a continuous action's noise as a
share of half its range."""


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
        self._card = card_of(task)
        self._random = np.random.default_rng([seed, 1])
        self._batch = make_batch(task, worlds)
        self._stray = np.resize(STRAY, worlds)
        self._obs = self._batch.reset(self._seeds())

    def explore(self, policy: AnyPolicy, sweeps: int, memory: Memory) -> BatchStep | None:
        """Step all worlds `sweeps` times by the policy's own action, straying now and then; the last step of them."""
        after = None
        for _ in range(sweeps):
            action = self._astray(policy.act(self._obs))
            after = self._batch.step(action)
            memory.remember(self._obs, action, after.features, after.terminated, after.observation)
            over = after.terminated | after.truncated
            self._obs = self._batch.reset_where(over, self._seeds()) if over.any() else after.observation
        return after

    def _astray(self, action: np.ndarray) -> np.ndarray:
        """The policy's actions (n,) or (n, axes), some of them changed."""
        if self._card.discrete:
            strays = self._random.random(self._batch.n) < self._stray
            drawn = self._random.integers(len(self._card.actions), size=self._batch.n)
            return np.where(strays, drawn, action)
        low, high = (np.array([getattr(axis, end) for axis in self._card.axes]) for end in ("low", "high"))
        noise = self._stray[:, None] * self._random.standard_normal(action.shape)
        near: np.ndarray = np.clip(action + noise * (high - low) / 2, low, high)
        return near

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
