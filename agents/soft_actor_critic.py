"""Soft actor-critic on replayed transitions: what SAC and residual SAC share.

SAC: Haarnoja 2018, arXiv 1801.01290 and 1812.05905. Residual SAC (RQL, arXiv 2306.09526) is SAC with omega * alpha *
log pi0 added to the critics, in the target and in the actor's loss; without a prior that term is nothing. Both log
densities are those of the normalised action u = tanh(z).
"""

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from mereq_teleop.agents.gaussian import LOG_STD_LIMITS
from mereq_teleop.agents.layers import Layer
from mereq_teleop.agents.soft_q import arrays_of, mlp, network_like, take_layers

__all__ = [
    "Actor",
    "Critics",
    "SacConfig",
    "SoftActorCritic",
    "Steps",
    "actor_loss",
    "actor_of",
    "critic_loss",
    "lesser",
    "soft_target",
    "squashed_log_prob",
]

Rows = Float32[Tensor, " n"]
Axes = Float32[Tensor, "n d"]
Inputs = Float32[Tensor, "n i"]
Parts = Float32[Tensor, "n p"]
Weights = Float32[Tensor, " p"] | Float32[Tensor, "n p"]
"""What each part of the reward counts: for all rows, or for each row its own."""
Both = Float32[Tensor, "n 2 p"]
"""Parts of both critics."""


@dataclass(frozen=True, kw_only=True)
class SacConfig:
    """How an actor and its critics learn."""

    gamma: float
    """Discount a control step."""
    alpha_hat: float
    """Entropy temperature of the policy being learned, in units of reward."""
    prior_weight: float = 0.0
    """omega * alpha: weight of log pi0; 0 learns without a prior."""
    actor_rate: float = 1e-3
    """Adam's step size for the actor."""
    critic_rate: float = 1e-3
    """Adam's step size for the critics."""
    by_parts: float = 0.0
    """Weight of the error of each part of Q beside that of their sum."""
    tau: float = 0.01
    """Share of the critics that enters their targets at each update."""


@dataclass(frozen=True)
class Steps:
    """A minibatch of n transitions; the reward is the weighted sum of its parts, by the weights of the moment."""

    inputs: Inputs
    action: Axes
    """Normalised."""
    reward: Parts
    """What each step was worth, in parts."""
    weights: Weights
    """What each part counts in the reward; the last one's is 1."""
    terminated: Rows
    """1 where the episode ended for good; a truncated one still bootstraps."""
    next_inputs: Inputs


def squashed_log_prob(z: Axes, mean: Axes, log_std: Axes) -> Rows:
    """log density of u = tanh(z), z ~ N(mean, std^2): log N(z) - sum log(1 - tanh(z)^2).

    SAC, arXiv 1801.01290, appendix C. It takes z and not u, so nothing is lost at the edge.
    """
    normal = -0.5 * ((z - mean) / log_std.exp()) ** 2 - log_std - 0.5 * math.log(2 * math.pi)
    squashing = 2 * (math.log(2) - z - nn.functional.softplus(-2 * z))
    return (normal - squashing).sum(1)


class Actor(nn.Module):
    """Inputs to mean and log standard deviation of z, by a rectified network."""

    def __init__(self, net: nn.Sequential) -> None:
        super().__init__()
        self.net = net

    def forward(self, inputs: Inputs) -> tuple[Axes, Axes]:
        """Mean and log standard deviation of z."""
        mean, log_std = self.net(inputs).chunk(2, dim=1)
        return mean, log_std.clamp(*LOG_STD_LIMITS)

    def log_prob(self, inputs: Inputs, z: Axes) -> Rows:
        """log pi(tanh(z)|x)."""
        return squashed_log_prob(z, *self(inputs))

    def tensors(self) -> dict[str, np.ndarray]:
        """As a snapshot's arrays: `actor.{i}.weight` (inputs, outputs), `.bias` and `.bend`."""
        return arrays_of(self.net, "actor")


def actor_of(layers: Sequence[Layer]) -> Actor:
    """An actor with the weights of a snapshot's layers."""
    net = network_like(layers, torch.Generator())
    take_layers(net, layers)
    return Actor(net)


class Critics(nn.Module):
    """Two Q networks of inputs and normalised action, whose lesser value counts.

    Each gives Q in parts, which the reward's weights add up: psi(x, u) for the features and one part for the rest
    (successor features, Barreto 2017, arXiv 1606.05312). When the weights change, Q knows at once.
    """

    def __init__(self, sizes: Sequence[int], generator: torch.Generator) -> None:
        super().__init__()
        # The heads start at zero: a residual Q must start as the prior's.
        self.nets = nn.ModuleList(mlp(sizes, generator, 0.0) for _ in range(2))

    def forward(self, inputs: Inputs, action: Axes) -> Both:
        """The parts of both values."""
        both = torch.cat((inputs, action), 1)
        return torch.stack([net(both) for net in self.nets], 1)


def weighed(parts: Both, weights: Weights) -> Float32[Tensor, "n 2"]:
    """The sum of both critics' parts, by weights for all rows or by each row's own."""
    return parts @ weights if weights.dim() == 1 else torch.bmm(parts, weights[:, :, None])[:, :, 0]


def lesser(q: Both, weights: Weights) -> tuple[Parts, Rows]:
    """The parts of the critic whose value is the lesser, and that value."""
    value, which = weighed(q, weights).min(1)
    return q[torch.arange(len(q)), which], value


def soft_target(
    reward: Parts, weights: Weights, terminated: Rows, next_q: Both, next_bonus: Rows, gamma: float
) -> Parts:
    """reward + gamma (1 - terminated) (min_j Q_j(x', u') + bonus(x', u')), u' ~ pi, by parts; the bonus is the last's.

    bonus = omega alpha log pi0 - alpha_hat log pi: RQL, arXiv 2306.09526, residual soft actor-critic; without pi0 it is
    arXiv 1812.05905, eqs. 3 and 5. By parts: arXiv 1606.05312, eq. 4.
    """
    following = lesser(next_q, weights)[0].clone()
    following[:, -1] += next_bonus
    return reward + gamma * (1 - terminated)[:, None] * following


def critic_loss(q: Both, target: Parts, weights: Weights, by_parts: float = 0.0) -> Tensor:
    """Mean squared error of each critic, summed (arXiv 1812.05905, eq. 5), and `by_parts` of that of their parts.

    The parts alone would not do: those that count little are often the largest, and take the network.
    """
    error = q - target[:, None]
    loss = (weighed(error, weights) ** 2).mean(0).sum()
    return loss + by_parts * (error**2).mean(0).sum() if by_parts else loss


def actor_loss(q: Rows, bonus: Rows) -> Tensor:
    """E[-min_j Q_j(x, u) - bonus(x, u)], u ~ pi reparameterised; bonus as in `soft_target`.

    RQL, arXiv 2306.09526, residual soft actor-critic; without pi0 it is arXiv 1812.05905, eq. 9.
    """
    return -(q + bonus).mean()


class SoftActorCritic:
    """An actor, two critics and their targets, and one gradient step of each on a minibatch."""

    def __init__(
        self, config: SacConfig, actor: Actor, critics: Critics, generator: torch.Generator, prior: Actor | None = None
    ) -> None:
        if (prior is None) != (config.prior_weight == 0.0):
            raise ValueError(f"a prior's weight {config.prior_weight} needs a prior, and a prior a weight")
        self.config = config
        self.actor, self.critics, self.prior = actor, critics, prior
        self.targets = deepcopy(critics)
        self.generator = generator
        self.actor_adam = torch.optim.Adam(actor.parameters(), lr=config.actor_rate, fused=True)
        self.critic_adam = torch.optim.Adam(critics.parameters(), lr=config.critic_rate, fused=True)
        self._online: list[Tensor] = list(critics.parameters())
        self._follower: list[Tensor] = list(self.targets.parameters())

    def drawn(self, inputs: Inputs) -> tuple[Axes, Rows]:
        """A reparameterised action u ~ pi(.|x), and omega alpha log pi0(u|x) - alpha_hat log pi(u|x).

        The gradient of log pi goes through u alone: its part through pi's own parameters has expectation zero, and
        dropping it ("sticking the landing", Roeder 2017, arXiv 1703.09194) leaves no noise where pi = pi0.
        """
        mean, log_std = self.actor(inputs)
        z = mean + log_std.exp() * torch.randn(mean.shape, generator=self.generator)
        # Each density has a copy of z, so that its gradient is summed apart: where pi = pi0 the two cancel to the last
        # bit, and Adam makes no steps out of rounding.
        bonus = -self.config.alpha_hat * squashed_log_prob(z.clone(), mean.detach(), log_std.detach())
        if self.prior is not None:
            bonus = self.config.prior_weight * self.prior.log_prob(inputs, z.clone()) + bonus
        return z.tanh(), bonus

    def update(self, batch: Steps, hold_actor: bool = False) -> Tensor:
        """One gradient step of the critics, of the actor (unless held), then the targets follow; the critics' loss."""
        with torch.no_grad():
            next_action, next_bonus = self.drawn(batch.next_inputs)
            next_q = self.targets(batch.next_inputs, next_action)
            goal = soft_target(batch.reward, batch.weights, batch.terminated, next_q, next_bonus, self.config.gamma)
        q = self.critics(batch.inputs, batch.action)
        loss = critic_loss(q, goal, batch.weights, self.config.by_parts)
        _descend(self.critic_adam, loss)

        if not hold_actor:
            self.critics.requires_grad_(False)
            action, bonus = self.drawn(batch.inputs)
            value = lesser(self.critics(batch.inputs, action), batch.weights)[1]
            _descend(self.actor_adam, actor_loss(value, bonus))
            self.critics.requires_grad_(True)

        with torch.no_grad():
            torch._foreach_lerp_(self._follower, self._online, self.config.tau)
        return loss.detach()

    def slow_down(self, share: float) -> None:
        """Set Adam's step sizes to this share of the first ones (by update count: runs must be repeatable)."""
        rates = ((self.actor_adam, self.config.actor_rate), (self.critic_adam, self.config.critic_rate))
        for adam, rate in rates:
            for group in adam.param_groups:
                group["lr"] = share * rate

    def state(self) -> dict[str, np.ndarray]:
        """All networks, Adam's moments and the noise to come."""
        arrays = {"noise": self.generator.get_state().numpy().copy()}
        for stem, module in self._modules().items():
            arrays |= {f"{stem}.{name}": tensor.numpy().copy() for name, tensor in module.state_dict().items()}
        for stem, adam in self._adams().items():
            for index, moments in adam.state_dict()["state"].items():
                arrays |= {f"{stem}.{index}.{name}": tensor.numpy().copy() for name, tensor in moments.items()}
        return arrays

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        tensors = {name: torch.from_numpy(array.copy()) for name, array in state.items()}
        self.generator.set_state(tensors["noise"])
        for stem, module in self._modules().items():
            module.load_state_dict({name: tensors[f"{stem}.{name}"] for name in module.state_dict()})
        for stem, adam in self._adams().items():
            moments: dict[int, dict[str, Tensor]] = {}
            for name in tensors:
                if name.startswith(f"{stem}."):
                    _, index, moment = name.split(".")
                    moments.setdefault(int(index), {})[moment] = tensors[name]
            adam.load_state_dict({**adam.state_dict(), "state": moments})

    def _modules(self) -> dict[str, nn.Module]:
        return {"actor": self.actor, "critics": self.critics, "targets": self.targets}

    def _adams(self) -> dict[str, torch.optim.Adam]:
        return {"actor_adam": self.actor_adam, "critic_adam": self.critic_adam}


def _descend(adam: torch.optim.Adam, loss: Tensor) -> None:
    adam.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    adam.step()
