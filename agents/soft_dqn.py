"""Priors and experts: a max-ent DQN on a batched simulator."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Int64

from mereq_teleop.agents.policy import Encoder
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.agents.soft_q import SoftQ, SoftQConfig, Transitions, mlp, network_like
from mereq_teleop.agents.unlearned import scaling
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.card import TaskCard

__all__ = ["Progress", "SoftDqnConfig", "train_soft_dqn"]


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


Progress = Callable[[int, int], None]
"""Told of steps done and steps to do."""


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
    card = card_of(world)
    random = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    q_config = SoftQConfig(
        hidden=config.hidden,
        gamma=config.gamma,
        alpha=config.alpha,
        learning_rate=config.learning_rate,
        tau=config.tau,
    )
    sizes = [card.inputs, *config.hidden, len(card.actions)]
    if start is None:
        learner = SoftQ(q_config, mlp(sizes, generator, config.first_value / (1 - config.gamma)))
    else:
        learner = SoftQ(q_config, network_like(start.layers("prior"), generator))
        learner.load(start.layers("prior"))
    shift, scale = scaling(card) if start is None else (start.tensors["input.shift"], start.tensors["input.scale"])
    encode = Encoder(card)

    def encoder(obs: np.ndarray) -> Float32[np.ndarray, "n i"]:
        normalised: Float32[np.ndarray, "n i"] = (encode(obs) - shift) * scale
        return normalised

    batch = make_batch(world, config.worlds)
    replay = ReplayRing(min(config.replay, config.steps), card.inputs)
    temperature = np.where(np.arange(config.worlds) % 2, config.alpha, config.alpha * config.explore)
    sweeps, updates = config.steps // config.worlds, 0
    wanted = np.zeros(len(card.features)) if theta is None else np.asarray(theta, float)
    inputs = encoder(batch.reset(random.integers(2**31, size=config.worlds)))
    for sweep in range(sweeps):
        with torch.no_grad():
            q = learner.net(torch.from_numpy(inputs)).numpy()
        action = boltzmann(q, temperature, random)
        obs, features, reward, terminated, truncated = batch.step(action)
        next_inputs = encoder(obs)
        replay.add(inputs, action, reward + features @ wanted, terminated, next_inputs)
        inputs = next_inputs
        over = terminated | truncated
        if over.any():
            inputs = encoder(batch.reset_where(over, random.integers(2**31, size=config.worlds)))
        if replay.written >= config.warm_up:
            left = 1 - sweep / sweeps
            learner.set_learning_rate(
                config.final_learning_rate + left * (config.learning_rate - config.final_learning_rate)
            )
            for _ in range(config.updates_per_sweep):
                learner.update(replay.sample(config.batch, random))
            updates += config.updates_per_sweep
        progress((sweep + 1) * config.worlds, sweeps * config.worlds)
    return _snapshot(card, config, learner, updates, shift, scale), time.process_time() - began


def _snapshot(
    card: TaskCard, config: SoftDqnConfig, learner: SoftQ, updates: int, shift: np.ndarray, scale: np.ndarray
) -> PolicySnapshot:
    """What was learned, as a policy that drives."""
    maker = PolicyMaker(
        task=card.name,
        method="dqn_me",
        updates=updates,
        gamma=config.gamma,
        alpha=config.alpha,
    )
    tensors = {
        "input.shift": shift,
        "input.scale": scale,
        **learner.tensors("prior"),
    }
    return PolicySnapshot(0, "dqn", maker, tensors)
