"""A residual Q that knows every theta: trained once for a prior, then an update is a search for theta alone.

Q_R(x, u; theta) = theta . psi(x, u; theta), one network for all (universal value functions, Schaul 2015; psi as in
universal successor features, Borsa 2019, arXiv 1812.07626). The product makes theta = 0 the prior itself, exactly and
by construction. r_R is linear in stored features, so every row of every minibatch is given a theta of its own and its
exact reward: one experience teaches all thetas.
"""

import time
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor, nn

from mereq_teleop.agents.irl import bounds
from mereq_teleop.agents.layers import Layer, Layers
from mereq_teleop.agents.policy import Policy, soft_value
from mereq_teleop.agents.residual_dqn import Experience
from mereq_teleop.agents.soft_dqn import boltzmann
from mereq_teleop.agents.soft_q import linear_layers, mlp, soft_target
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.card import TaskCard

__all__ = ["ConditionedConfig", "ConditionedQ", "ConditionedTrainer", "draw_thetas"]

NOT_WEIGHED = 0.25
"""Chance that a theta of the training does not weigh a feature at all: a person seldom cares for everything."""


@dataclass(frozen=True, kw_only=True)
class ConditionedConfig:
    """How the conditioned Q is trained (docs/decisions/0006-instant-learner.md)."""

    sweeps: int = 4_000
    """Control steps of each world."""
    worlds: int = 64
    """Worlds stepped side by side, each under a theta of its own."""
    warm_up_sweeps: int = 40
    """Sweeps before the first gradient step."""
    updates_per_sweep: int = 4
    """Gradient steps for each sweep."""
    batch: int = 256
    """Transitions in a gradient step."""
    replay: int = 200_000
    """Transitions kept."""
    hidden: tuple[int, ...] = (128, 128)
    """Units of each hidden layer."""
    learning_rate: float = 2e-3
    """Adam's first step size."""
    final_learning_rate: float = 2e-5
    """Adam's last step size, reached linearly in sweeps."""
    tau: float = 0.02
    """Target network's rate."""
    explore: float = 4.0
    """Half of the worlds draw their actions at this many times alpha."""


def draw_thetas(card: TaskCard, count: int, random: np.random.Generator) -> Float32[np.ndarray, "n f"]:
    """Thetas from the card's box, some of their components zero."""
    thetas = random.uniform(*bounds(card), (count, len(card.features)))
    weighed = random.random(thetas.shape) >= NOT_WEIGHED
    drawn: Float32[np.ndarray, "n f"] = (thetas * weighed).astype(np.float32)
    return drawn


class ConditionedQ(nn.Module):
    """psi(x, u; theta) as a network of (x, theta), and its product with theta."""

    def __init__(self, card: TaskCard, hidden: tuple[int, ...], generator: torch.Generator) -> None:
        super().__init__()
        self.features, self.actions = len(card.features), len(card.actions)
        self.net = mlp([card.inputs + self.features, *hidden, self.actions * self.features], generator)

    def forward(self, inputs: Float32[Tensor, "n i"], theta: Float32[Tensor, "n f"]) -> Float32[Tensor, "n u"]:
        """Q_R(x, u; theta) of each row under its own theta."""
        psi = self.net(torch.cat([inputs, theta], dim=1)).view(-1, self.actions, self.features)
        return torch.bmm(psi, theta[:, :, None])[:, :, 0]

    def layers(self, theta: Float64[np.ndarray, " f"]) -> Layers:
        """Q_R(., .; theta) at one theta as an ordinary network.

        theta's inputs join the first bias, its product with psi the last layer: a policy at one theta costs no more
        than any other, and who drives by it need not know where it came from.
        """
        linear = linear_layers(self.net)
        at = torch.from_numpy(theta.astype(np.float32))
        weights = [layer.weight.detach() for layer in linear]
        biases = [layer.bias.detach() for layer in linear]
        biases[0] = biases[0] + weights[0][:, -self.features :] @ at
        weights[0] = weights[0][:, : -self.features]
        weights[-1] = torch.einsum("ufh,f->uh", weights[-1].view(self.actions, self.features, -1), at)
        biases[-1] = biases[-1].view(self.actions, self.features) @ at
        pairs = zip(weights, biases, strict=True)
        return [Layer(np.ascontiguousarray(weight.numpy().T), bias.numpy().copy()) for weight, bias in pairs]

    def arrays(self) -> dict[str, np.ndarray]:
        """The network's weights by name."""
        return {name: tensor.numpy().copy() for name, tensor in self.net.state_dict().items()}

    def load(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the weights that `arrays` gave.

        Raises:
            RuntimeError: names or shapes are others.
        """
        self.net.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})


class ConditionedTrainer:
    """Trains a conditioned Q on a prior, one sweep of all worlds after the other."""

    def __init__(self, prior: Policy, config: ConditionedConfig, seed: int) -> None:
        card = prior.card
        self.prior, self.config = prior, config
        self.sweep = 0
        generator = torch.Generator().manual_seed(seed)
        self.foretelling = ConditionedQ(card, config.hidden, generator)
        self._target = deepcopy(self.foretelling)
        self._optimizer = torch.optim.Adam(self.foretelling.parameters(), lr=config.learning_rate, fused=True)
        self._random = np.random.default_rng([seed, 2])
        self._experience = Experience(config.replay, card.inputs, len(card.features), len(card.actions))
        self._batch = make_batch(card.name, config.worlds)
        self._thetas = draw_thetas(card, config.worlds, self._random)
        self._temperature = np.where(np.arange(config.worlds) % 2, 1.0, config.explore) * prior.snapshot.maker.alpha
        self._see(self._batch.reset(self._seeds()))

    @property
    def done(self) -> bool:
        """Whether all sweeps were taken."""
        return self.sweep >= self.config.sweeps

    def advance(self, seconds: float) -> None:
        """Train for about so long, a sweep at least; the clock decides how many sweeps, never what they do."""
        until = time.monotonic() + seconds
        while not self.done:
            self._gather()
            if self.sweep >= self.config.warm_up_sweeps:
                left = 1 - self.sweep / self.config.sweeps
                first, last = self.config.learning_rate, self.config.final_learning_rate
                for group in self._optimizer.param_groups:
                    group["lr"] = last + left * (first - last)
                for _ in range(self.config.updates_per_sweep):
                    self._update()
            self.sweep += 1
            if time.monotonic() >= until:
                break

    def _gather(self) -> None:
        """One step of every world by the policy of its theta."""
        with torch.no_grad():
            q = self.foretelling(torch.from_numpy(self._inputs), torch.from_numpy(self._thetas)).numpy() + self._q0
        inputs, action = self._inputs, boltzmann(q, self._temperature, self._random)
        after = self._batch.step(action)
        self._see(after.observation)
        self._experience.add(
            inputs=inputs,
            action=action,
            features=after.features,
            terminated=after.terminated,
            next_inputs=self._inputs,
            next_prior=self._q0 - soft_value(self._q0, self.prior.snapshot.maker.alpha)[:, None],
        )
        over = after.terminated | after.truncated
        if over.any():
            self._see(self._batch.reset_where(over, self._seeds()))
            self._thetas[over] = draw_thetas(self.prior.card, int(over.sum()), self._random)

    def _update(self) -> None:
        """One gradient step towards the residual soft Bellman target (RQL eq. 8), each row under its own theta."""
        rows = self._experience.rows(self.config.batch, self._random)
        thetas = draw_thetas(self.prior.card, self.config.batch, self._random)
        reward = torch.from_numpy((rows["features"] * thetas).sum(axis=1))
        theta, maker = torch.from_numpy(thetas), self.prior.snapshot.maker
        of = {name: torch.from_numpy(column) for name, column in rows.items()}
        with torch.no_grad():
            following = self._target(of["next_inputs"], theta)
            goal = soft_target(reward, of["terminated"], following, of["next_prior"], maker.gamma, maker.alpha)
        q = self.foretelling(of["inputs"], theta).gather(1, of["action"][:, None])[:, 0]
        self._optimizer.zero_grad(set_to_none=True)
        nn.functional.mse_loss(q, goal).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(self._target.parameters()), list(self.foretelling.parameters()), self.config.tau)

    def _see(self, obs: np.ndarray) -> None:
        self._inputs, self._q0 = self.prior.normalised(obs), self.prior.preference(obs)

    def _seeds(self) -> np.ndarray:
        return self._random.integers(2**31, size=self.config.worlds)
