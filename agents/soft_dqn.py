"""Priors and experts: a max-ent DQN on a batched simulator."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Int64

from mereq_teleop.agents.learner import joined, part_of
from mereq_teleop.agents.policy import Encoder
from mereq_teleop.agents.randomness import random_state, restore_random
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.agents.soft_q import SoftQ, SoftQConfig, Transitions, mlp, network_like
from mereq_teleop.agents.training_run import Progress, SweepRun, finished
from mereq_teleop.agents.unlearned import scaling
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch

__all__ = ["RECIPES", "ReplayRing", "SoftDqnConfig", "SoftDqnRun", "boltzmann", "train_soft_dqn"]


@dataclass(frozen=True, kw_only=True)
class SoftDqnConfig:
    """Max-ent DQN (the published recipe's network, our tuned constants: docs/decisions/0001-prior.md)."""

    steps: int = 576_000
    """Control steps of experience."""
    worlds: int = 64
    """Worlds stepped side by side."""
    updates_per_sweep: int = 5
    """Gradient steps for each step of all worlds."""
    batch: int = 256
    """Transitions in a gradient step."""
    replay: int = 600_000
    """Transitions kept."""
    warm_up: int = 5_000
    """Control steps before the first gradient step."""
    gamma: float = 0.95
    """Discount a control step."""
    alpha: float = 0.05
    """Entropy temperature, in units of reward."""
    hidden: tuple[int, ...] = (128, 128)
    """Units of each hidden layer."""
    learning_rate: float = 2e-3
    """Adam's first step size."""
    final_learning_rate: float = 1e-5
    """Adam's last step size, reached linearly in updates."""
    tau: float = 0.02
    """Target network's rate."""
    explore: float = 4.0
    """Half of the worlds draw their actions at this many times alpha."""
    first_value: float = 1.1
    """Q starts as this reward a step for ever: first_value / (1 - gamma)."""


RECIPES: Mapping[str, SoftDqnConfig] = {
    "highway": SoftDqnConfig(),
    # Many more steps an episode, so a longer sight; what is worth a landing is worth many steps of chance.
    "lunar-lander": SoftDqnConfig(
        steps=500_000,
        worlds=32,
        updates_per_sweep=3,
        replay=500_000,
        gamma=0.99,
        alpha=0.1,
        learning_rate=1e-3,
        final_learning_rate=2e-5,
        tau=0.01,
        first_value=0.0,
    ),
}
"""What the priors of tasks with named actions are trained with."""


def boltzmann(
    q: Float32[np.ndarray, "n u"], temperature: Float32[np.ndarray, " n"], random: np.random.Generator
) -> Int64[np.ndarray, " n"]:
    """Draw from pi(u|x) proportional to exp(Q(x, u) / temperature), by the Gumbel trick."""
    noise = random.gumbel(size=q.shape)
    drawn: Int64[np.ndarray, " n"] = (q / temperature[:, None] + noise).argmax(axis=1)
    return drawn


class ReplayRing:
    """The last `capacity` transitions, encoded; overwritten in order."""

    def __init__(self, capacity: int, inputs: int) -> None:
        self.inputs = np.empty((capacity, inputs), np.float32)
        self.next_inputs = np.empty((capacity, inputs), np.float32)
        self.action = np.empty(capacity, np.int64)
        self.reward = np.empty(capacity, np.float32)
        self.terminated = np.empty(capacity, np.float32)
        self.written = 0

    def add(
        self,
        inputs: np.ndarray,
        action: np.ndarray,
        reward: np.ndarray,
        terminated: np.ndarray,
        next_inputs: np.ndarray,
    ) -> None:
        """Append n transitions."""
        at = np.arange(self.written, self.written + len(action)) % len(self.action)
        self.inputs[at], self.next_inputs[at] = inputs, next_inputs
        self.action[at], self.reward[at], self.terminated[at] = action, reward, terminated
        self.written += len(action)

    def sample(self, count: int, random: np.random.Generator) -> Transitions:
        """`count` transitions, drawn with replacement."""
        at = random.integers(min(self.written, len(self.action)), size=count)
        columns = (self.inputs, self.action, self.reward, self.terminated, self.next_inputs)
        return Transitions(*(torch.from_numpy(column[at]) for column in columns))

    def state(self) -> dict[str, np.ndarray]:
        """What is kept."""
        kept = min(self.written, len(self.action))
        return {"written": np.array(self.written), **{name: column[:kept] for name, column in self._columns().items()}}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go back to a state that `state` gave."""
        self.written = int(state["written"])
        for name, column in self._columns().items():
            column[: len(state[name])] = state[name]

    def _columns(self) -> dict[str, np.ndarray]:
        return {name: column for name, column in vars(self).items() if isinstance(column, np.ndarray)}


class SoftDqnRun(SweepRun):
    """Trains on the reward of `world` (any key or gymnasium id) + theta . f.

    `start` gives the first weights and the sizes (an expert starts from the prior).
    """

    def __init__(
        self,
        world: str,
        config: SoftDqnConfig,
        seed: int,
        start: PolicySnapshot | None = None,
        theta: Sequence[float] | None = None,
    ) -> None:
        super().__init__(config.steps // config.worlds, config.worlds)
        self.card, self.config = card_of(world), config
        self._random = np.random.default_rng(seed)
        generator = torch.Generator().manual_seed(seed)
        q_config = SoftQConfig(
            hidden=config.hidden,
            gamma=config.gamma,
            alpha=config.alpha,
            learning_rate=config.learning_rate,
            tau=config.tau,
        )
        sizes = [self.card.inputs, *config.hidden, len(self.card.actions)]
        if start is None:
            self._learner = SoftQ(q_config, mlp(sizes, generator, config.first_value / (1 - config.gamma)))
            self._shift, self._scale = scaling(self.card)
        else:
            self._learner = SoftQ(q_config, network_like(start.layers("prior"), generator))
            self._learner.load(start.layers("prior"))
            self._shift, self._scale = start.tensors["input.shift"], start.tensors["input.scale"]
        self._encoder = Encoder(self.card)
        self._batch = make_batch(world, config.worlds)
        self._replay = ReplayRing(min(config.replay, config.steps), self.card.inputs)
        self._temperature = np.where(np.arange(config.worlds) % 2, config.alpha, config.alpha * config.explore)
        self._wanted = np.zeros(len(self.card.features)) if theta is None else np.asarray(theta, float)
        self._inputs = self._shown(self._batch.reset(self._seeds()))

    def _seeds(self) -> np.ndarray:
        return self._random.integers(2**31, size=self._batch.n)

    def _shown(self, obs: np.ndarray) -> np.ndarray:
        shown: np.ndarray = (self._encoder(obs) - self._shift) * self._scale
        return shown

    def _sweep(self, sweep: int) -> None:
        config, learner = self.config, self._learner
        with torch.no_grad():
            q = learner.net(torch.from_numpy(self._inputs)).numpy()
        action = boltzmann(q, self._temperature, self._random)
        obs, features, world_reward, terminated, truncated = self._batch.step(action)
        reward, next_inputs = world_reward + features @ self._wanted, self._shown(obs)
        self._replay.add(self._inputs, action, reward, terminated, next_inputs)
        over = terminated | truncated
        self.returns.add(reward, over)
        self._inputs = self._shown(self._batch.reset_where(over, self._seeds())) if over.any() else next_inputs
        if self._replay.written < config.warm_up:
            return
        left = 1 - sweep / self._sweeps
        learner.set_learning_rate(
            config.final_learning_rate + left * (config.learning_rate - config.final_learning_rate)
        )
        for _ in range(config.updates_per_sweep):
            self._count(learner.update(self._replay.sample(config.batch, self._random)))
        self.updates += config.updates_per_sweep

    def snapshot(self) -> PolicySnapshot:
        """The policy as it stands."""
        config = self.config
        maker = PolicyMaker(
            task=self.card.name, method="dqn_me", updates=self.updates, gamma=config.gamma, alpha=config.alpha
        )
        scaling = {"input.shift": self._shift, "input.scale": self._scale}
        return PolicySnapshot(0, "dqn", maker, {**scaling, **self._learner.tensors("prior")})

    def _state(self) -> dict[str, np.ndarray]:
        arrays = joined(q=self._learner.state(), replay=self._replay.state(), worlds=self._batch.state().arrays())
        return {**arrays, "random": random_state(self._random)}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        restore_random(self._random, state["random"])
        self._learner.restore(part_of(state, "q."))
        self._replay.restore(part_of(state, "replay."))
        worlds = type(self._batch.state())(**part_of(state, "worlds."))
        self._inputs = self._shown(self._batch.restore(worlds))


def train_soft_dqn(
    world: str,
    config: SoftDqnConfig,
    seed: int,
    start: PolicySnapshot | None = None,
    progress: Progress = lambda done, total: None,
    theta: Sequence[float] | None = None,
) -> tuple[PolicySnapshot, float]:
    """Train on the reward of `world` (any key or gymnasium id) + theta . f; the policy and the seconds that it took.

    `start` gives the first weights and the sizes (an expert starts from the prior).
    """
    began = time.process_time()
    snapshot = finished(SoftDqnRun(world, config, seed, start, theta), progress)
    return snapshot, time.process_time() - began
