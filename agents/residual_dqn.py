"""Residual soft DQN: the prior's policy, customised to an additional reward theta . f (RQL, arXiv 2306.09526)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Float64

from mereq_teleop.agents.policy import Policy, soft_value
from mereq_teleop.agents.randomness import random_state, restore_random
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.agents.soft_q import SoftQ, SoftQConfig, Transitions, mlp

__all__ = ["Experience", "ResidualConfig", "ResidualDqn"]


@dataclass(frozen=True, kw_only=True)
class ResidualConfig:
    """How Q_R learns."""

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


class Experience:
    """Transitions with their features instead of a reward: under any theta, reward = theta . f at once.

    Relabelling is exact since r_R is linear in the stored features; log pi0 of the next state never changes and is
    stored too.
    """

    def __init__(self, capacity: int, inputs: int, features: int, actions: int) -> None:
        self.columns: dict[str, np.ndarray] = {
            "inputs": np.empty((capacity, inputs), np.float32),
            "action": np.empty(capacity, np.int64),
            "features": np.empty((capacity, features), np.float32),
            "terminated": np.empty(capacity, np.float32),
            "next_inputs": np.empty((capacity, inputs), np.float32),
            "next_prior": np.empty((capacity, actions), np.float32),
        }
        self.capacity = capacity
        self.written = 0

    def __len__(self) -> int:
        return min(self.written, self.capacity)

    def add(self, **columns: np.ndarray) -> None:
        """Append n transitions; the oldest make room."""
        at = np.arange(self.written, self.written + len(columns["action"])) % self.capacity
        for name, column in self.columns.items():
            column[at] = columns[name]
        self.written += len(at)

    def sample(self, count: int, theta: Float64[np.ndarray, " f"], random: np.random.Generator) -> Transitions:
        """`count` transitions drawn with replacement, their reward that of `theta`."""
        at = random.integers(len(self), size=count)
        drawn = {name: column[at] for name, column in self.columns.items()}
        reward = drawn.pop("features") @ theta.astype(np.float32)
        return Transitions(reward=torch.from_numpy(reward), **{k: torch.from_numpy(v) for k, v in drawn.items()})


class ResidualDqn:
    """Q_R over a frozen prior: one network, its target, and the experience it learns from."""

    def __init__(self, prior: Policy, config: ResidualConfig, seed: int) -> None:
        self.prior = prior
        self.config = config
        self.random = np.random.default_rng(seed)
        self._seed = seed
        self.q = self._fresh()
        card = prior.card
        self.experience = Experience(config.capacity, card.inputs, len(card.features), len(card.actions))
        self.updates = 0

    def _fresh(self) -> SoftQ:
        """Q_R = 0, the prior itself: the head starts at zero."""
        maker, card = self.prior.snapshot.maker, self.prior.card
        q_config = SoftQConfig(
            hidden=self.config.hidden,
            gamma=maker.gamma,
            alpha=maker.alpha,
            learning_rate=self.config.learning_rate,
            tau=self.config.tau,
            huber=True,
        )
        sizes = [card.inputs, *self.config.hidden, len(card.actions)]
        return SoftQ(q_config, mlp(sizes, torch.Generator().manual_seed(self._seed), 0.0))

    def forget(self) -> None:
        """Back to the prior; the experience and the count of updates stay."""
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
        total = torch.zeros(())
        for update in range(updates):
            total += self.q.update(self.experience.sample(self.config.batch, theta, self.random))
            if update % 10 == 9:
                pulse()
        self.updates += updates
        return float(total) / max(updates, 1)

    def snapshot(self, version: int, maker: Mapping[str, object]) -> PolicySnapshot:
        """The customised policy; `maker` overrides where it comes from."""
        prior = self.prior.snapshot
        made = {
            "task": self.prior.card.name,
            "gamma": prior.maker.gamma,
            "alpha": prior.maker.alpha,
            "omega": self.config.omega,
            "updates": self.updates,
        }
        tensors = {**prior.tensors, **self.q.tensors("residual")}
        return PolicySnapshot(version, "residual-dqn", PolicyMaker(**{**made, **maker}), tensors)  # type: ignore[arg-type]

    def policy(self) -> Policy:
        """The customised policy, to drive with."""
        return Policy(self.snapshot(0, {"method": "residual"}), self.prior.card)

    def state(self) -> dict[str, np.ndarray]:
        """Q_R, its experience and its random stream."""
        kept = len(self.experience)
        return {
            "updates": np.array(self.updates),
            "written": np.array(self.experience.written),
            "random": random_state(self.random),
            **{f"q.{name}": array for name, array in self.q.state().items()},
            **{f"experience.{name}": column[:kept].copy() for name, column in self.experience.columns.items()},
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        self.updates, self.experience.written = int(state["updates"]), int(state["written"])
        restore_random(self.random, state["random"])
        self.q.restore({name[2:]: array for name, array in state.items() if name.startswith("q.")})
        for name, column in self.experience.columns.items():
            column[: len(self.experience)] = state[f"experience.{name}"]
