"""Priors and experts of continuous tasks: SAC at a fixed temperature on a batched simulator."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float32

from mereq_teleop.agents.experience import FeatureRing
from mereq_teleop.agents.learner import joined, part_of
from mereq_teleop.agents.policy import Encoder
from mereq_teleop.agents.randomness import random_state, restore_random
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.agents.soft_actor_critic import Actor, Critics, SacConfig, SoftActorCritic, Steps, actor_of
from mereq_teleop.agents.soft_q import mlp
from mereq_teleop.agents.training_run import Progress, Returns, SweepRun, finished
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch

__all__ = ["RECIPES", "Explorer", "SacRun", "SacTraining", "train_sac"]


@dataclass(frozen=True, kw_only=True)
class SacTraining:
    """SAC on many worlds side by side."""

    steps: int = 128_000
    """Control steps of experience."""
    worlds: int = 64
    """Worlds stepped side by side."""
    updates_per_sweep: int = 4
    """Gradient steps for each step of all worlds."""
    batch: int = 256
    """Transitions in a gradient step."""
    replay: int = 128_000
    """Transitions kept."""
    warm_up: int = 32_000
    """Control steps before the first gradient step; their mean and spread scale the inputs from then on."""
    gamma: float = 0.995
    """Discount a control step."""
    alpha: float = 0.03
    """Entropy temperature, in units of reward."""
    hidden: tuple[int, ...] = (64, 64)
    """Units of each hidden layer, of actor and critics."""
    actor_rate: float = 1e-3
    """Adam's first step size for the actor."""
    critic_rate: float = 2e-3
    """Adam's first step size for the critics."""
    head_start: int = 1500
    """A given start is held for so many gradient steps of the critics, which know nothing yet and would spoil it."""
    final_rate: float = 0.02
    """Share of both step sizes that is left at the end, reached linearly in steps."""
    tau: float = 0.01
    """Target networks' rate."""
    persistence: float = 0.95
    """Half of the worlds explore by noise that keeps this share of itself from step to step, so that a swing builds up;
    the other half's is fresh at every step."""
    width: float = 1.5
    """That half's standard deviation is this many times the policy's."""


_ARM = SacTraining(
    steps=64_000,
    worlds=16,
    updates_per_sweep=2,
    replay=64_000,
    warm_up=2_000,
    gamma=0.95,
    alpha=0.02,
    hidden=(128, 128),
    actor_rate=1e-3,
    critic_rate=2e-3,
    head_start=500,
    persistence=0.8,
)
RECIPES: Mapping[str, SacTraining] = {
    "mountain-car": SacTraining(),
    "pusher": _ARM,
    "eraser": _ARM,
    "gripper": replace(_ARM, gamma=0.97),
    # For a start that lands. From nothing, at a temperature of 0.2, it hovered: entropy pays for staying in the air.
    "lunar-lander-continuous": SacTraining(
        steps=40_000,
        worlds=16,
        updates_per_sweep=6,
        replay=100_000,
        warm_up=4_000,
        gamma=0.99,
        alpha=0.03,
        hidden=(128, 128),
        actor_rate=5e-4,
        critic_rate=1e-3,
        persistence=0.8,
    ),
}
"""What each continuous task's priors and experts are trained with."""


class Explorer:
    """Normal noise for n worlds: fresh at every step in even ones, persistent and wider in odd ones."""

    def __init__(self, config: SacTraining, axes: int, random: np.random.Generator) -> None:
        odd = np.arange(config.worlds)[:, None] % 2
        self._kept = odd * config.persistence
        self._width = np.where(odd, config.width, 1.0)
        self._random = random
        self._noise = random.standard_normal((config.worlds, axes))

    def state(self) -> dict[str, np.ndarray]:
        """The noise so far; the random stream is the worlds'."""
        return {"noise": self._noise.copy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go back to a state that `state` gave."""
        self._noise = state["noise"].copy()

    def draw(self) -> Float32[np.ndarray, "n d"]:
        """The next step's noise: standard normal, times the world's width."""
        fresh = self._random.standard_normal(self._noise.shape)
        self._noise = self._kept * self._noise + np.sqrt(1 - self._kept**2) * fresh
        return (self._width * self._noise).astype(np.float32)


class _Worlds:
    """A batch of worlds under an actor, and what came of it."""

    def __init__(self, world: str, config: SacTraining, theta: Sequence[float] | None, seed: int) -> None:
        self.card = card_of(world)
        self.random = np.random.default_rng(seed)
        self.shift, self.scale = np.zeros(self.card.inputs, np.float32), np.ones(self.card.inputs, np.float32)
        self._encoder = Encoder(self.card)
        self._batch = make_batch(world, config.worlds)
        self._explorer = Explorer(config, len(self.card.axes), self.random)
        self._low = np.array([axis.low for axis in self.card.axes])
        self._high = np.array([axis.high for axis in self.card.axes])
        # The world's own reward is one more feature, of weight 1.
        wanted = np.zeros(len(self.card.features)) if theta is None else np.asarray(theta, float)
        self.theta = np.concatenate(([1.0], wanted))
        capacity = min(config.replay, config.steps)
        extra = {"action": ((len(self.card.axes),), np.float32)}
        self.experience = FeatureRing(capacity, self.card.inputs, len(self.theta), extra)
        self._inputs = self._encoder(self._batch.reset(self._seeds()))

    def _seeds(self) -> np.ndarray:
        return self.random.integers(2**31, size=self._batch.n)

    def sweep(self, actor: Actor, returns: Returns) -> None:
        """Step all worlds once by the actor and the explorer's noise; what each step was worth is added to returns."""
        with torch.no_grad():
            mean, log_std = actor(torch.from_numpy((self._inputs - self.shift) * self.scale))
            action = (mean + log_std.exp() * torch.from_numpy(self._explorer.draw())).tanh().numpy()
        after = self._batch.step(self._low + (action + 1) / 2 * (self._high - self._low))
        next_inputs = self._encoder(after.observation)
        self.experience.add(
            inputs=self._inputs,
            action=action,
            features=np.column_stack((after.reward, after.features)),
            terminated=after.terminated,
            next_inputs=next_inputs,
        )
        over = after.terminated | after.truncated
        returns.add(after.reward + after.features @ self.theta[1:], over)
        self._inputs = self._encoder(self._batch.reset_where(over, self._seeds())) if over.any() else next_inputs

    def measure(self) -> None:
        """Scale the inputs by the mean and spread of what was seen."""
        seen = self.experience.columns["inputs"][: len(self.experience)]
        self.shift = seen.mean(axis=0)
        # An input that has hardly moved yet will: its spread so far says nothing.
        self.scale = 1 / np.maximum(seen.std(axis=0), np.float32(0.05))

    def minibatch(self, count: int) -> Steps:
        """So many steps drawn from all that is kept."""
        drawn = self.experience.draw(count, self.theta, self.random)
        for name in ("inputs", "next_inputs"):
            drawn[name] = (drawn[name] - torch.from_numpy(self.shift)) * torch.from_numpy(self.scale)
        # The weights stay as they are: one part says it all.
        return Steps(**{**drawn, "reward": drawn["reward"][:, None]}, weights=torch.ones(1))

    def state(self) -> dict[str, np.ndarray]:
        """All that is kept, the worlds and the random stream."""
        arrays = joined(
            experience=self.experience.state(), explorer=self._explorer.state(), worlds=self._batch.state().arrays()
        )
        return {**arrays, "shift": self.shift, "scale": self.scale, "random": random_state(self.random)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go back to a state that `state` gave."""
        self.shift, self.scale = state["shift"].copy(), state["scale"].copy()
        restore_random(self.random, state["random"])
        self.experience.restore(part_of(state, "experience."))
        self._explorer.restore(part_of(state, "explorer."))
        worlds = type(self._batch.state())(**part_of(state, "worlds."))
        self._inputs = self._encoder(self._batch.restore(worlds))


class SacRun(SweepRun):
    """Trains on the reward of `world` (any key or gymnasium id) + theta . f.

    `start` gives the first weights and the scaling of the inputs (an expert starts from the prior).
    """

    def __init__(
        self,
        world: str,
        config: SacTraining,
        seed: int,
        start: PolicySnapshot | None = None,
        theta: Sequence[float] | None = None,
    ) -> None:
        super().__init__(config.steps // config.worlds, config.worlds)
        self.config, self._from_nothing = config, start is None
        self._all = worlds = _Worlds(world, config, theta, seed)
        generator = torch.Generator().manual_seed(seed)
        inputs, axes = worlds.card.inputs, len(worlds.card.axes)
        actor = Actor(mlp([inputs, *config.hidden, 2 * axes], generator))
        if start is not None:
            actor = actor_of(start.layers("actor"))
            worlds.shift, worlds.scale = start.tensors["input.shift"], start.tensors["input.scale"]
        self._learner = SoftActorCritic(
            SacConfig(
                gamma=config.gamma,
                alpha_hat=config.alpha,
                actor_rate=config.actor_rate,
                critic_rate=config.critic_rate,
                tau=config.tau,
            ),
            actor,
            Critics([inputs + axes, *config.hidden, 1], generator),
            generator,
        )

    def _sweep(self, sweep: int) -> None:
        config, warm_up = self.config, self.config.warm_up // self.config.worlds
        self._all.sweep(self._learner.actor, self.returns)
        if sweep + 1 == warm_up and self._from_nothing:
            self._all.measure()
        if sweep + 1 < warm_up:
            return
        self._learner.slow_down(1 - (1 - config.final_rate) * sweep / self._sweeps)
        for _ in range(config.updates_per_sweep):
            held = not self._from_nothing and self.updates < config.head_start
            self._count(self._learner.update(self._all.minibatch(config.batch), hold_actor=held))
            self.updates += 1

    def snapshot(self) -> PolicySnapshot:
        """The policy as it stands."""
        worlds, config = self._all, self.config
        maker = PolicyMaker(
            task=worlds.card.name, method="sac", updates=self.updates, gamma=config.gamma, alpha=config.alpha
        )
        scaling = {"input.shift": worlds.shift, "input.scale": worlds.scale}
        return PolicySnapshot(0, "sac", maker, {**scaling, **self._learner.actor.tensors()})

    def _state(self) -> dict[str, np.ndarray]:
        return joined(sac=self._learner.state(), all=self._all.state())

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self._learner.restore(part_of(state, "sac."))
        self._all.restore(part_of(state, "all."))


def train_sac(
    world: str,
    config: SacTraining,
    seed: int,
    start: PolicySnapshot | None = None,
    progress: Progress = lambda done, total: None,
    theta: Sequence[float] | None = None,
) -> tuple[PolicySnapshot, float]:
    """Train on the reward of `world` (any key or gymnasium id) + theta . f; the policy and the seconds that it took.

    `start` gives the first weights and the scaling of the inputs (an expert starts from the prior).
    """
    began = time.process_time()
    snapshot = finished(SacRun(world, config, seed, start, theta), progress)
    return snapshot, time.process_time() - began
