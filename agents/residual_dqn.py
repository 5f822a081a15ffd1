"""Residual soft DQN: the prior's policy, customised to an additional reward theta . f (RQL, arXiv 2306.09526)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import nn

from mereq_teleop.agents.experience import FeatureRing
from mereq_teleop.agents.learner import joined, part_of
from mereq_teleop.agents.policy import Policy, soft_value
from mereq_teleop.agents.randomness import random_state, restore_random
from mereq_teleop.agents.records import PolicyKind, PolicyMaker, PolicySnapshot
from mereq_teleop.agents.soft_q import SoftQ, SoftQConfig, Transitions, mlp
from mereq_teleop.agents.trainer import mean_loss

__all__ = ["Experience", "ResidualConfig", "ResidualDqn"]


@dataclass(frozen=True, kw_only=True)
class ResidualConfig:
    """How Q learns."""

    hidden: tuple[int, ...] = (64, 64)
    """Units of each hidden layer."""
    batch: int = 256
    """Transitions in a gradient step."""
    learning_rate: float = 1e-3
    """Adam's step size."""
    tau: float = 0.02
    """Target network's rate."""
    capacity: int = 20_000
    """Transitions kept."""
    omega: float = 1.0
    """Weight kept on the prior's reward."""


class Experience(FeatureRing):
    """Transitions of discrete actions, with omega * alpha * log pi0 of the next state, which never changes."""

    def __init__(self, capacity: int, inputs: int, features: int, actions: int) -> None:
        super().__init__(capacity, inputs, features, {"action": ((), np.int64), "next_prior": ((actions,), np.float32)})

    def sample(self, count: int, theta: Float64[np.ndarray, " f"], random: np.random.Generator) -> Transitions:
        """`count` transitions drawn with replacement, their reward that of `theta`."""
        return Transitions(**self.draw(count, theta, random))


class ResidualDqn:
    """Q_R over a frozen prior: one network, its target, and the experience it learns from."""

    kind: ClassVar[PolicyKind] = "residual-dqn"

    def __init__(self, prior: Policy, config: ResidualConfig, seed: int) -> None:
        self.prior = prior
        self.config = config
        self.random = np.random.default_rng(seed)
        self._seed = seed
        self.q = self._fresh()
        card = prior.card
        self.experience = Experience(config.capacity, card.inputs, len(card.features), len(card.actions))
        self.updates = 0

    def _first_net(self, generator: torch.Generator) -> nn.Sequential:
        """Q_R = 0, the prior itself: the head starts at zero."""
        card = self.prior.card
        return mlp([card.inputs, *self.config.hidden, len(card.actions)], generator, 0.0)

    def _fresh(self) -> SoftQ:
        maker = self.prior.snapshot.maker
        q_config = SoftQConfig(
            hidden=self.config.hidden,
            gamma=maker.gamma,
            alpha=maker.alpha,
            learning_rate=self.config.learning_rate,
            tau=self.config.tau,
            huber=True,
        )
        return SoftQ(q_config, self._first_net(torch.Generator().manual_seed(self._seed)))

    def forget(self) -> None:
        """Back to the policy of the start; the experience and the count of updates stay."""
        self.q = self._fresh()

    def remember(
        self,
        obs: Float32[np.ndarray, "n ..."],
        action: np.ndarray,
        features: np.ndarray,
        terminated: np.ndarray,
        next_obs: Float32[np.ndarray, "n ..."],
    ) -> None:
        """Keep n transitions, with omega * alpha * log pi0 of their next states."""
        q0 = self.prior.preference(next_obs)
        alpha = self.prior.snapshot.maker.alpha
        self.experience.add(
            inputs=self.prior.normalised(obs),
            action=action,
            features=features,
            terminated=terminated,
            next_inputs=self.prior.normalised(next_obs),
            next_prior=np.float32(self.config.omega) * (q0 - soft_value(q0, alpha)[:, None]),
        )

    def learn(self, theta: Float64[np.ndarray, " f"], updates: int, pulse: Callable[[], None] = lambda: None) -> float:
        """`updates` gradient steps under the residual reward theta . f; their mean loss."""
        self.updates += updates
        batch = self.config.batch
        return mean_loss(lambda: self.q.update(self.experience.sample(batch, theta, self.random)), updates, pulse)

    def snapshot(self, version: int, maker: Mapping[str, object]) -> PolicySnapshot:
        """The policy as it stands; `maker` overrides where it comes from."""
        prior = self.prior.snapshot
        made = {
            "task": self.prior.card.name,
            "gamma": prior.maker.gamma,
            "alpha": prior.maker.alpha,
            "omega": self.config.omega,
            "updates": self.updates,
        }
        return PolicySnapshot(version, self.kind, PolicyMaker(**{**made, **maker}), self._tensors())  # type: ignore[arg-type]

    def _tensors(self) -> dict[str, np.ndarray]:
        """What the policy drives by."""
        return {**self.prior.snapshot.tensors, **self.q.tensors("residual")}

    def policy(self) -> Policy:
        """The policy as it stands, to drive with."""
        return Policy(self.snapshot(0, {"method": self.kind}), self.prior.card)

    def state(self) -> dict[str, np.ndarray]:
        """Q_R, its experience and its random stream."""
        return {
            "updates": np.array(self.updates),
            "random": random_state(self.random),
            **joined(q=self.q.state(), experience=self.experience.state()),
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        self.updates = int(state["updates"])
        restore_random(self.random, state["random"])
        self.q.restore(part_of(state, "q."))
        self.experience.restore(part_of(state, "experience."))
