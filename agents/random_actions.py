"""Whoever does anything at all: what a policy that learned something is compared with."""

import numpy as np

from mereq_teleop.envs.card import TaskCard

__all__ = ["RandomActions"]


class RandomActions:
    """Draws each action from all that the task has, each as likely."""

    def __init__(self, card: TaskCard, seed: int) -> None:
        self.card = card
        """Its task."""
        self._random = np.random.default_rng(seed)
        self._low = np.array([axis.low for axis in card.axes])
        self._high = np.array([axis.high for axis in card.axes])

    def act(self, obs: np.ndarray) -> np.ndarray:
        """An action for each row: (n,) indices or (n, axes) in environment units."""
        if self.card.discrete:
            return self._random.integers(len(self.card.actions), size=len(obs))
        return self._random.uniform(self._low, self._high, (len(obs), len(self._low)))
