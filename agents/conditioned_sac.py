"""Residual SAC for every theta at once, ahead of any session.

Residual SAC (agents/residual_sac.py) with theta among the inputs of actor and critics (universal successor features,
Borsa 2019, arXiv 1812.07626). r_R is linear in stored features, so every row of every minibatch is given a theta of its
own and its exact reward: one experience teaches all thetas.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Float64

from mereq_teleop.agents.conditioned import draw_thetas
from mereq_teleop.agents.conditioned_actor import ConditionedActor, PriorBeside
from mereq_teleop.agents.experience import FeatureRing
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.agents.soft_actor_critic import Critics, SacConfig, SoftActorCritic, Steps
from mereq_teleop.envs.card import TaskCard

__all__ = ["ConditionedSac", "ConditionedSacConfig"]


@dataclass(frozen=True, kw_only=True)
class ConditionedSacConfig:
    """How the conditioned actor and its critics learn (docs/decisions/0008-instant-on-the-arm.md)."""

    sweeps: int = 600
    """Control steps of each world."""
    worlds: int = 64
    """Worlds stepped side by side, each under a theta of its own."""
    warm_up_sweeps: int = 80
    """Sweeps by the prior before the first gradient step."""
    updates_per_sweep: int = 16
    """Gradient steps for each sweep."""
    head_start: int = 1_000
    """Gradient steps of the critics before the actor's first."""
    batch: int = 256
    """Transitions in a gradient step."""
    replay: int = 100_000
    """Transitions kept."""
    hidden: tuple[int, ...] = (128, 128)
    """Units of each hidden layer of the critics; the actor's addition has the prior's."""
    actor_rate: float = 1e-3
    """Adam's first step size for the actor."""
    critic_rate: float = 1e-3
    """Adam's first step size for the critics."""
    final_rate: float = 0.05
    """Share of both step sizes that is left at the end, reached linearly in sweeps."""
    by_parts: float = 0.1
    """Weight of the error of each part of Q_R beside that of their sum."""
    tau: float = 0.01
    """Target networks' rate."""
    renewed: float = 0.02
    """Chance that a world goes on under another theta after a step."""


class _Told:
    """Drives each world by the policy of its theta."""

    def __init__(self, prior: GaussianPolicy, actor: ConditionedActor) -> None:
        self._prior, self._actor = prior, actor
        self.thetas: Float32[np.ndarray, "n f"] = np.empty((0, actor.features), np.float32)

    @property
    def snapshot(self) -> PolicySnapshot:
        return self._prior.snapshot

    @property
    def card(self) -> TaskCard:
        return self._prior.card

    def act(self, obs: Float32[np.ndarray, "n ..."]) -> Float64[np.ndarray, "n d"]:
        told = torch.from_numpy(np.column_stack((self._prior.normalised(obs), self.thetas)))
        with torch.no_grad():
            mean, _ = self._actor(told)
        return self._prior.in_units(mean.tanh().numpy().astype(np.float64))


class ConditionedSac:
    """Trains a conditioned actor on a prior, one sweep of all worlds after the other."""

    def __init__(self, prior: GaussianPolicy, config: ConditionedSacConfig, seed: int) -> None:
        card, maker = prior.card, prior.snapshot.maker
        self.prior, self.config = prior, config
        self.sweep = self.updates = 0
        generator, features = torch.Generator().manual_seed(seed), len(card.features)
        self.foretelling = ConditionedActor(prior, generator)
        inputs = card.inputs + features + len(card.axes)
        self._sac = SoftActorCritic(
            SacConfig(
                gamma=maker.gamma,
                alpha_hat=maker.alpha,
                prior_weight=maker.alpha,
                actor_rate=config.actor_rate,
                critic_rate=config.critic_rate,
                by_parts=config.by_parts,
                tau=config.tau,
            ),
            self.foretelling,
            Critics([inputs, *config.hidden, features + 1], generator),
            generator,
            PriorBeside(self.foretelling),
        )
        self._random = np.random.default_rng([seed, 2])
        extra = {"action": ((len(card.axes),), np.float32)}
        self._experience = FeatureRing(config.replay, card.inputs, features, extra)
        self._scouts = Scouts(card.name, config.worlds, seed)
        self._driver = _Told(prior, self.foretelling)
        self._driver.thetas = self._drawn_thetas(config.worlds)

    @property
    def done(self) -> bool:
        """Whether all sweeps were taken."""
        return self.sweep >= self.config.sweeps

    def advance(self, seconds: float) -> None:
        """Train for about so long, a sweep at least; the clock decides how many sweeps, never what they do."""
        until, config = time.monotonic() + seconds, self.config
        while not self.done:
            self._scouts.explore(self._driver, 1, self)
            if self.sweep >= config.warm_up_sweeps:
                self._sac.slow_down(1 - (1 - config.final_rate) * self.sweep / config.sweeps)
                for _ in range(config.updates_per_sweep):
                    self._sac.update(self._minibatch(), hold_actor=self.updates < config.head_start)
                    self.updates += 1
            self.sweep += 1
            if time.monotonic() >= until:
                break

    def remember(
        self,
        obs: Float32[np.ndarray, "n ..."],
        action: np.ndarray,
        features: Float64[np.ndarray, "n f"],
        terminated: np.ndarray,
        next_obs: Float32[np.ndarray, "n ..."],
    ) -> None:
        """Keep a step of all worlds; some go on under another theta."""
        self._experience.add(
            inputs=self.prior.normalised(obs),
            action=self.prior.normalised_action(action),
            features=features,
            terminated=terminated,
            next_inputs=self.prior.normalised(next_obs),
        )
        renewed = self._random.random(len(obs)) < self.config.renewed
        self._driver.thetas[renewed] = self._drawn_thetas(int(renewed.sum()))

    def _drawn_thetas(self, count: int) -> Float32[np.ndarray, "n f"]:
        return draw_thetas(self.prior.card, count, self._random)

    def _minibatch(self) -> Steps:
        """Transitions, each under a theta of its own; its reward's parts are the features, and nothing for the rest."""
        rows, count = self._experience.rows(self.config.batch, self._random), self.config.batch
        thetas = self._drawn_thetas(count)
        return Steps(
            inputs=torch.from_numpy(np.column_stack((rows["inputs"], thetas))),
            action=torch.from_numpy(rows["action"]),
            reward=torch.from_numpy(np.column_stack((rows["features"], np.zeros(count, np.float32)))),
            weights=torch.from_numpy(np.column_stack((thetas, np.ones(count, np.float32)))),
            terminated=torch.from_numpy(rows["terminated"]),
            next_inputs=torch.from_numpy(np.column_stack((rows["next_inputs"], thetas))),
        )
