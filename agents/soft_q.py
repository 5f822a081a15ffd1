"""Soft Q-learning on replayed transitions: what the max-ent DQN and the residual soft DQN share.

The residual soft Bellman equation (RQL, arXiv 2306.09526, eq. 8) is the max-ent one (Haarnoja 2017, arXiv 1702.08165,
eq. 6) with omega * alpha * log pi0 added to the next state's Q; without a prior that term is nothing.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float32, Int64
from torch import Tensor, nn

from mereq_teleop.agents.layers import RECTIFIED, Layer, Layers, sizes_of, tensors_of

__all__ = [
    "Bend",
    "SoftQ",
    "SoftQConfig",
    "Transitions",
    "arrays_of",
    "layers_of",
    "linear_layers",
    "mlp",
    "network_like",
    "soft_target",
    "take_layers",
]


@dataclass(frozen=True, kw_only=True)
class SoftQConfig:
    """How one Q network learns."""

    hidden: tuple[int, ...]
    """Units of each hidden layer."""
    gamma: float
    """Discount a control step."""
    alpha: float
    """Entropy temperature, in units of reward."""
    learning_rate: float = 1e-3
    """Adam's step size."""
    tau: float = 0.02
    """Share of the online network that enters the target network at each update."""
    huber: bool = False
    """Huber instead of squared error."""


@dataclass(frozen=True)
class Transitions:
    """A minibatch of n transitions; rewards are those under the weights of the moment."""

    inputs: Float32[Tensor, "n i"]
    action: Int64[Tensor, " n"]
    reward: Float32[Tensor, " n"]
    terminated: Float32[Tensor, " n"]
    """1 where the episode ended for good; a truncated one still bootstraps."""
    next_inputs: Float32[Tensor, "n i"]
    next_prior: Float32[Tensor, "n u"] | None = None
    """omega * alpha * log pi0(u|x'); None learns without a prior."""


def mlp(sizes: Sequence[int], generator: torch.Generator, head_bias: float | None = None) -> nn.Sequential:
    """A rectified multilayer perceptron of these layer sizes, drawn from `generator`.

    With `head_bias` the last layer starts as that constant alone (weights zero): 0 for a residual, which must start as
    the prior; 1/(1 - gamma) rewards for a Q that shall not climb there first.
    """
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        linear = nn.Linear(fan_in, fan_out)
        bound = fan_in**-0.5
        with torch.no_grad():
            linear.weight.uniform_(-bound, bound, generator=generator)
            linear.bias.uniform_(-bound, bound, generator=generator)
        layers += [linear, nn.ReLU()]
    last = layers[-2]
    assert isinstance(last, nn.Linear)
    if head_bias is not None:
        with torch.no_grad():
            last.weight.zero_()
            last.bias.fill_(head_bias)
    return nn.Sequential(*layers[:-1])


class Bend(nn.Module):
    """Bends each unit in its own way, as `Layer.bend` has it."""

    def __init__(self, bends: np.ndarray) -> None:
        super().__init__()
        # No part of the state: what is learned has nothing to do with it.
        self.register_buffer("rectified", torch.from_numpy(bends == RECTIFIED), persistent=False)
        self.rectified: Tensor

    def forward(self, x: Float32[Tensor, "n o"]) -> Float32[Tensor, "n o"]:
        """max(., 0) or tanh."""
        return torch.where(self.rectified, x.relu(), x.tanh())


def network_like(layers: Sequence[Layer], generator: torch.Generator) -> nn.Sequential:
    """A network of these layers' sizes and bends, drawn from `generator`."""
    net = mlp(sizes_of(layers), generator)
    for index, layer in enumerate(layers[:-1]):
        if layer.bend is not None:
            net[2 * index + 1] = Bend(layer.bend)
    return net


def linear_layers(net: nn.Sequential) -> list[nn.Linear]:
    """The layers that have weights, in order."""
    return [layer for layer in net if isinstance(layer, nn.Linear)]


def arrays_of(net: nn.Sequential, stem: str) -> dict[str, np.ndarray]:
    """A network as a snapshot's arrays: `{stem}.{i}.weight` (inputs, outputs), `.bias` and `.bend`."""
    return dict(tensors_of(layers_of(net), stem))


def layers_of(net: nn.Sequential) -> Layers:
    """A network as plain arrays."""
    layers = []
    for linear, bends in zip(linear_layers(net), [*list(net)[1::2], None], strict=True):
        weight = np.ascontiguousarray(linear.weight.detach().numpy().T)
        bend = (~bends.rectified.numpy()).astype(np.float32) if isinstance(bends, Bend) else None
        layers.append(Layer(weight, linear.bias.detach().numpy().copy(), bend))
    return layers


def take_layers(net: nn.Sequential, layers: Sequence[Layer]) -> None:
    """Give a network the weights of layers that are bent as its own are.

    Raises:
        ValueError: they are not, or there are more or fewer.
    """
    with torch.no_grad():
        for own, linear, layer in zip(layers_of(net), linear_layers(net), layers, strict=True):
            if not np.array_equal(own.bend, layer.bend):  # type: ignore[arg-type]
                raise ValueError("the network bends other units than the layers: make it by network_like")
            linear.weight.copy_(torch.from_numpy(layer.weight.T))
            linear.bias.copy_(torch.from_numpy(layer.bias))


def soft_target(
    reward: Float32[Tensor, " n"],
    terminated: Float32[Tensor, " n"],
    next_q: Float32[Tensor, "n u"],
    next_prior: Float32[Tensor, "n u"] | None,
    gamma: float,
    alpha: float,
) -> Float32[Tensor, " n"]:
    """reward + gamma (1 - terminated) alpha log sum_u' exp((Q(x', u') + omega alpha log pi0(u'|x')) / alpha).

    RQL, arXiv 2306.09526, eq. 8; with `next_prior` None the max-ent Bellman target of arXiv 1702.08165, eq. 6.
    """
    exponent = next_q if next_prior is None else next_q + next_prior
    return reward + gamma * (1 - terminated) * alpha * torch.logsumexp(exponent / alpha, dim=1)


class SoftQ:
    """An online and a target network, and one gradient step on a minibatch."""

    def __init__(self, config: SoftQConfig, net: nn.Sequential) -> None:
        self.config = config
        self.net = net
        self.target = deepcopy(net)
        self.optimizer = torch.optim.Adam(net.parameters(), lr=config.learning_rate, fused=True)
        self._online: list[Tensor] = list(self.net.parameters())
        self._follower: list[Tensor] = list(self.target.parameters())

    def update(self, batch: Transitions) -> Tensor:
        """One gradient step towards the soft Bellman target, then the target network follows; the loss."""
        config = self.config
        with torch.no_grad():
            goal = soft_target(
                batch.reward,
                batch.terminated,
                self.target(batch.next_inputs),
                batch.next_prior,
                config.gamma,
                config.alpha,
            )
        q = self.net(batch.inputs).gather(1, batch.action[:, None]).squeeze(1)
        loss = nn.functional.smooth_l1_loss(q, goal) if config.huber else nn.functional.mse_loss(q, goal)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self._follower, self._online, config.tau)
        return loss.detach()

    def set_learning_rate(self, rate: float) -> None:
        """Change Adam's step size (decayed by update count, not by the clock: runs must be repeatable)."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def load(self, layers: Sequence[Layer]) -> None:
        """Take both networks' weights from a snapshot's layers; Adam begins anew."""
        take_layers(self.net, layers)
        self.target.load_state_dict(self.net.state_dict())
        self.optimizer.state.clear()

    def tensors(self, stem: str) -> dict[str, np.ndarray]:
        """The online network as a snapshot's arrays: `{stem}.{i}.weight` (inputs, outputs), `.bias` and `.bend`."""
        return arrays_of(self.net, stem)

    def state(self) -> dict[str, np.ndarray]:
        """Both networks and Adam's moments."""
        arrays: dict[str, np.ndarray] = {}
        for net, module in (("net", self.net), ("target", self.target)):
            arrays |= {f"{net}.{name}": tensor.numpy().copy() for name, tensor in module.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            arrays |= {f"adam.{index}.{name}": tensor.numpy().copy() for name, tensor in moments.items()}
        return arrays

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        tensors = {name: torch.from_numpy(array.copy()) for name, array in state.items()}
        for net, module in (("net", self.net), ("target", self.target)):
            module.load_state_dict({name: tensors[f"{net}.{name}"] for name in module.state_dict()})
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            kind, index, *rest = name.split(".")
            if kind == "adam":
                moments.setdefault(int(index), {})[rest[0]] = tensor
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": moments})
