"""Residual SAC: a continuous prior, customised to an additional reward theta . f (RQL, arXiv 2306.09526)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float32, Float64

from mereq_teleop.agents.experience import FeatureRing
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.learner import joined, part_of
from mereq_teleop.agents.randomness import random_state, restore_random
from mereq_teleop.agents.records import PolicyKind, PolicyMaker, PolicySnapshot
from mereq_teleop.agents.soft_actor_critic import Actor, Critics, SacConfig, SoftActorCritic, Steps, actor_of
from mereq_teleop.agents.trainer import mean_loss

__all__ = ["RECIPES", "ResidualSac", "ResidualSacConfig"]


@dataclass(frozen=True, kw_only=True)
class ResidualSacConfig:
    """How the actor and Q_R learn."""

    hidden: tuple[int, ...] = (128, 128)
    """Units of each hidden layer of the critics; the actor has the prior's."""
    by_parts: float = 0.1
    """Weight of the error of each part of Q_R beside that of their sum."""
    batch: int = 256
    """Transitions in a gradient step."""
    actor_rate: float = 3e-4
    """Adam's step size for the actor."""
    critic_rate: float = 1e-3
    """Adam's step size for the critics."""
    tau: float = 0.01
    """Target networks' rate."""
    capacity: int = 50_000
    """Transitions kept."""
    omega: float = 1.0
    """Weight kept on the prior's reward."""
    alpha_hat: float | None = None
    """Entropy temperature of the policy; None says the prior's alpha."""


RECIPES: Mapping[str, ResidualSacConfig] = {
    # The way to the flag is 70 steps, and nothing but log pi0 tells of it: targets that follow by 0.01 learn what force
    # costs now long before what it is good for, and the learner ends by resting in the valley.
    "mountain-car": ResidualSacConfig(actor_rate=5e-4, critic_rate=2e-3, tau=0.1),
}
"""By task, where the usual constants do not serve."""


class ResidualSac:
    """An actor and Q_R over a frozen prior, and the experience they learn from."""

    kind: ClassVar[PolicyKind] = "residual-sac"

    def __init__(self, prior: GaussianPolicy, config: ResidualSacConfig, seed: int) -> None:
        self.prior = prior
        self.config = config
        self.random = np.random.default_rng(seed)
        self._seed = seed
        self.sac = self._fresh()
        card = prior.card
        extra = {"action": ((len(card.axes),), np.float32)}
        self.experience = FeatureRing(config.capacity, card.inputs, len(card.features), extra)
        self.updates = 0

    def _first_actor(self, generator: torch.Generator) -> Actor:
        """The prior itself."""
        return actor_of(self.prior.snapshot.layers("actor"))

    def _fresh(self) -> SoftActorCritic:
        """The actor of the start, and Q_R = 0: the critics' heads start at zero."""
        maker, card, config = self.prior.snapshot.maker, self.prior.card, self.config
        sac_config = SacConfig(
            gamma=maker.gamma,
            alpha_hat=maker.alpha if config.alpha_hat is None else config.alpha_hat,
            prior_weight=config.omega * maker.alpha,
            actor_rate=config.actor_rate,
            critic_rate=config.critic_rate,
            by_parts=config.by_parts,
            tau=config.tau,
        )
        generator = torch.Generator().manual_seed(self._seed)
        critics = Critics([card.inputs + len(card.axes), *config.hidden, len(card.features) + 1], generator)
        prior = actor_of(self.prior.snapshot.layers("actor")).requires_grad_(False) if config.omega else None
        return SoftActorCritic(sac_config, self._first_actor(generator), critics, generator, prior)

    def forget(self) -> None:
        """Back to the policy of the start; the experience and the count of updates stay."""
        self.sac = self._fresh()

    def remember(
        self,
        obs: Float32[np.ndarray, "n ..."],
        action: np.ndarray,
        features: Float64[np.ndarray, "n f"],
        terminated: np.ndarray,
        next_obs: Float32[np.ndarray, "n ..."],
    ) -> None:
        """Keep n transitions; `action` (n, axes) in environment units."""
        self.experience.add(
            inputs=self.prior.normalised(obs),
            action=self.prior.normalised_action(action),
            features=features,
            terminated=terminated,
            next_inputs=self.prior.normalised(next_obs),
        )

    def learn(self, theta: Float64[np.ndarray, " f"], updates: int, pulse: Callable[[], None] = lambda: None) -> float:
        """`updates` gradient steps under the reward theta . f; the critics' mean loss."""
        self.updates += updates
        weights = torch.from_numpy(np.append(theta, 1.0).astype(np.float32))
        return mean_loss(lambda: self.sac.update(self._drawn(weights)), updates, pulse)

    def _drawn(self, weights: torch.Tensor) -> Steps:
        """A minibatch; its reward's parts are the features, and nothing for the rest."""
        rows = self.experience.rows(self.config.batch, self.random)
        features = rows.pop("features")
        reward = torch.from_numpy(np.column_stack((features, np.zeros(len(features), np.float32))))
        return Steps(reward=reward, weights=weights, **{name: torch.from_numpy(rows[name]) for name in rows})

    def snapshot(self, version: int, maker: Mapping[str, object]) -> PolicySnapshot:
        """The policy as it stands; `maker` overrides where it comes from."""
        prior = self.prior.snapshot
        made = {
            "task": self.prior.card.name,
            "gamma": prior.maker.gamma,
            "alpha": prior.maker.alpha,
            "omega": self.config.omega,
            "alpha_hat": self.config.alpha_hat,
            "updates": self.updates,
        }
        scaling = {name: prior.tensors[name] for name in ("input.shift", "input.scale")}
        tensors = {**scaling, **self.sac.actor.tensors()}
        return PolicySnapshot(version, self.kind, PolicyMaker(**{**made, **maker}), tensors)  # type: ignore[arg-type]

    def policy(self) -> GaussianPolicy:
        """The policy as it stands, to drive with."""
        return GaussianPolicy(self.snapshot(0, {"method": "residual"}), self.prior.card)

    def state(self) -> dict[str, np.ndarray]:
        """The networks, the experience and both random streams."""
        return {
            "updates": np.array(self.updates),
            "random": random_state(self.random),
            **joined(sac=self.sac.state(), experience=self.experience.state()),
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        self.updates = int(state["updates"])
        restore_random(self.random, state["random"])
        self.sac.restore(part_of(state, "sac."))
        self.experience.restore(part_of(state, "experience."))
