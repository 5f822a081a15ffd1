"""What inverse RL needs of RL: the max-ent policy of a reward theta . f, for one theta after another."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from mereq_teleop.agents.learner import State
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.records import PolicySnapshot

__all__ = ["Trainer", "mean_loss"]


def mean_loss(update: Callable[[], Tensor], updates: int, pulse: Callable[[], None]) -> float:
    """Take so many gradient steps, with a pulse every tenth; their mean loss."""
    total = torch.zeros(())
    for taken in range(updates):
        total += update()
        if taken % 10 == 9:
            pulse()
    return float(total) / max(updates, 1)


class Trainer(Protocol):
    """Learns from experience whose reward is theta . f; what else the policy wants is the trainer's own.

    A residual trainer starts as the prior and keeps its reward beside theta . f; a plain one has theta . f alone.
    """

    updates: int
    """Gradient steps so far."""

    def remember(
        self,
        obs: Float32[np.ndarray, "n ..."],
        action: np.ndarray,
        features: Float64[np.ndarray, "n f"],
        terminated: np.ndarray,
        next_obs: Float32[np.ndarray, "n ..."],
    ) -> None:
        """Keep n transitions; action is (n,) whole numbers or (n, axes) in environment units."""
        ...

    def learn(self, theta: Float64[np.ndarray, " f"], updates: int, pulse: Callable[[], None] = lambda: None) -> float:
        """`updates` gradient steps under the reward theta . f; their mean loss."""
        ...

    def policy(self) -> AnyPolicy:
        """The policy as it stands, to drive with."""
        ...

    def forget(self) -> None:
        """Back to the policy of the start; the experience and the count of updates stay."""
        ...

    def snapshot(self, version: int, maker: Mapping[str, object]) -> PolicySnapshot:
        """The policy as it stands; `maker` overrides where it comes from."""
        ...

    def state(self) -> State:
        """The whole state; `restore` of it goes on with the same bits."""
        ...

    def restore(self, state: State) -> None:
        """Go back to a state that `state` gave."""
        ...
