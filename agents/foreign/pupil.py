"""A network of ours that learns what somebody else decides."""

from typing import Final

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import nn

from mereq_teleop.agents.gaussian import EDGE, LOG_STD_LIMITS
from mereq_teleop.agents.policy import Encoder
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.agents.soft_actor_critic import squashed_log_prob
from mereq_teleop.agents.soft_q import arrays_of, mlp
from mereq_teleop.envs.card import TaskCard

__all__ = ["Pupil"]

HIDDEN: Final = (64, 64)
BATCH: Final = 256
RATE: Final = 2e-3
"""Adam's first step size, which falls to nothing in each round."""


class Pupil:
    """Learns distributions: of named actions by cross-entropy, of vectors by the likelihood of what is drawn from them.

    Args:
        card: of the task.
        start: a policy of the task, which gives scaling and discount.
        alpha: entropy temperature of what is learned: Q = alpha * log pi.
    """

    def __init__(self, card: TaskCard, start: PolicySnapshot, alpha: float) -> None:
        self._card = card
        self._scaling = {name: start.tensors[name] for name in ("input.shift", "input.scale")}
        self._maker = PolicyMaker(task=card.name, method="imitated", gamma=start.maker.gamma, alpha=alpha)
        self._encoder = Encoder(card)
        self._outputs = len(card.actions) or 2 * len(card.axes)
        self._net = mlp([card.inputs, *HIDDEN, self._outputs], torch.Generator().manual_seed(0))
        self._random = np.random.default_rng(4)
        self._inputs = np.empty((0, card.inputs), np.float32)
        self._decided = np.empty((0, self._outputs), np.float32)

    def take(self, obs: Float32[np.ndarray, "n ..."], decided: Float64[np.ndarray, "n k"]) -> None:
        """Learn from these decisions too, as `Teacher.decide` gives them."""
        inputs = (self._encoder(obs) - self._scaling["input.shift"]) * self._scaling["input.scale"]
        self._inputs = np.concatenate([self._inputs, inputs])
        self._decided = np.concatenate([self._decided, self._normalised(decided).astype(np.float32)])

    def learn(self, updates: int) -> None:
        """So many gradient steps."""
        optimizer = torch.optim.Adam(self._net.parameters(), lr=RATE)
        inputs, decided = torch.from_numpy(self._inputs), torch.from_numpy(self._decided)
        for update in range(updates):
            rows = torch.from_numpy(self._random.integers(len(inputs), size=BATCH))
            optimizer.param_groups[0]["lr"] = RATE * (1 - update / updates)
            optimizer.zero_grad(set_to_none=True)
            self._loss(self._net(inputs[rows]), decided[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    def snapshot(self) -> PolicySnapshot:
        """What was learned, as a policy that drives."""
        if not self._card.discrete:
            return PolicySnapshot(0, "sac", self._maker, {**self._scaling, **arrays_of(self._net, "actor")})
        tensors, last = dict(arrays_of(self._net, "prior")), len(HIDDEN)
        for part in ("weight", "bias"):
            tensors[f"prior.{last}.{part}"] = tensors[f"prior.{last}.{part}"] * np.float32(self._maker.alpha)
        return PolicySnapshot(0, "dqn", self._maker, {**self._scaling, **tensors})

    def _normalised(self, decided: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
        """Probabilities as they are; means and deviations in the normalised actions' units."""
        if self._card.discrete:
            return decided
        low, high = (np.array([getattr(axis, end) for axis in self._card.axes]) for end in ("low", "high"))
        mean, std = np.split(decided, 2, axis=1)
        return np.concatenate([2 * (mean - low) / (high - low) - 1, 2 * std / (high - low)], axis=1)

    def _loss(self, out: torch.Tensor, decided: torch.Tensor) -> torch.Tensor:
        if self._card.discrete:
            return nn.functional.cross_entropy(out, decided)
        mean, std = decided.chunk(2, dim=1)
        noise = torch.from_numpy(self._random.standard_normal(mean.shape).astype(np.float32))
        drawn = (mean + std * noise).clamp(EDGE - 1, 1 - EDGE)
        our_mean, log_std = out.chunk(2, dim=1)
        return -squashed_log_prob(drawn.atanh(), our_mean, log_std.clamp(*LOG_STD_LIMITS)).mean()
