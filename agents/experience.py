"""Transitions with their features instead of a reward."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float64
from numpy.typing import DTypeLike
from torch import Tensor

__all__ = ["FeatureRing"]


class FeatureRing:
    """The last `capacity` transitions: under any theta, reward = theta . f at once.

    Relabelling is exact since the reward is linear in the stored features. Beside the columns that every learner needs
    there are those that it asks for: shape of a row and type, by name.
    """

    def __init__(
        self, capacity: int, inputs: int, features: int, extra: Mapping[str, tuple[tuple[int, ...], DTypeLike]]
    ) -> None:
        self.columns: dict[str, np.ndarray] = {
            "inputs": np.empty((capacity, inputs), np.float32),
            "features": np.empty((capacity, features), np.float32),
            "terminated": np.empty(capacity, np.float32),
            "next_inputs": np.empty((capacity, inputs), np.float32),
            **{name: np.empty((capacity, *shape), dtype) for name, (shape, dtype) in extra.items()},
        }
        self.capacity = capacity
        self.written = 0

    def __len__(self) -> int:
        return min(self.written, self.capacity)

    def add(self, **columns: np.ndarray) -> None:
        """Append n transitions; the oldest make room."""
        at = np.arange(self.written, self.written + len(columns["features"])) % self.capacity
        for name, column in self.columns.items():
            column[at] = columns[name]
        self.written += len(at)

    def rows(self, count: int, random: np.random.Generator) -> dict[str, np.ndarray]:
        """`count` transitions drawn with replacement, by column."""
        at = random.integers(len(self), size=count)
        return {name: column[at] for name, column in self.columns.items()}

    def draw(self, count: int, theta: Float64[np.ndarray, " f"], random: np.random.Generator) -> dict[str, Tensor]:
        """`count` transitions drawn with replacement, their reward that of `theta`, by column."""
        drawn = self.rows(count, random)
        reward = drawn.pop("features") @ theta.astype(np.float32)
        return {"reward": torch.from_numpy(reward), **{name: torch.from_numpy(rows) for name, rows in drawn.items()}}

    def state(self) -> dict[str, np.ndarray]:
        """What is kept."""
        kept = {name: column[: len(self)].copy() for name, column in self.columns.items()}
        return {"written": np.array(self.written), **kept}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go back to a state that `state` gave."""
        self.written = int(state["written"])
        for name, column in self.columns.items():
            column[: len(self)] = state[name]
