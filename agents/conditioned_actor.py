"""A residual actor that knows every theta: what `ConditionedQ` is to named actions, for continuous ones."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor, nn

from mereq_teleop.agents.frozen import side_by_side
from mereq_teleop.agents.gaussian import LOG_STD_LIMITS, GaussianPolicy
from mereq_teleop.agents.layers import Layer, Layers, sizes_of
from mereq_teleop.agents.soft_actor_critic import Actor, actor_of, squashed_log_prob
from mereq_teleop.agents.soft_q import layers_of, linear_layers, mlp

__all__ = ["ConditionedActor", "PriorBeside"]

Told = Float32[Tensor, "n i+f"]
"""Inputs, and theta after them."""
Axes = Float32[Tensor, "n d"]


class ConditionedActor(Actor):
    """Mean and log std of z: the prior's own, and theta . M(x, theta) beside them, M a network of its own.

    The product makes theta = 0 the prior itself, exactly and by construction; M's head starts at zero, so every theta
    does at first. theta is measured in its features' reach.
    """

    def __init__(self, prior: GaussianPolicy, generator: torch.Generator) -> None:
        card = prior.card
        self.features, self.outputs = len(card.features), 2 * len(card.axes)
        # As many layers as the prior has, and as wide: they stand side by side in `layers`.
        hidden = sizes_of(prior.snapshot.layers("actor"))[1:-1]
        super().__init__(mlp([card.inputs + self.features, *hidden, self.features * self.outputs], generator, 0.0))
        self.prior = actor_of(prior.snapshot.layers("actor")).requires_grad_(False)
        self.reach = torch.tensor([feature.reach for feature in card.features])

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """What is learned: M's."""
        return self.net.parameters(recurse)

    def forward(self, inputs: Told) -> tuple[Axes, Axes]:
        """Mean and log standard deviation of z, each row under its own theta."""
        x, theta = inputs[:, : -self.features], inputs[:, -self.features :] / self.reach
        moves = self.net(torch.cat((x, theta), 1)).view(-1, self.outputs, self.features)
        mean, log_std = (self.prior.net(x) + torch.bmm(moves, theta[:, :, None])[:, :, 0]).chunk(2, dim=1)
        return mean, log_std.clamp(*LOG_STD_LIMITS)

    def layers(self, theta: Float64[np.ndarray, " f"]) -> Layers:
        """At one theta as an ordinary actor.

        The prior's units and M's stand side by side in each hidden layer; theta's inputs join M's first bias, its
        product the last layer. The prior's units come first, so that at theta = 0 the sums have the prior's own bits.
        """
        at = torch.from_numpy(theta.astype(np.float32)) / self.reach
        weights = [layer.weight.detach() for layer in linear_layers(self.net)]
        biases = [layer.bias.detach() for layer in linear_layers(self.net)]
        biases[0] = biases[0] + weights[0][:, -self.features :] @ at
        weights[0] = weights[0][:, : -self.features]
        weights[-1] = torch.einsum("ufh,f->uh", weights[-1].view(self.outputs, self.features, -1), at)
        biases[-1] = biases[-1].view(self.outputs, self.features) @ at
        pairs = zip(weights, biases, strict=True)
        own = [Layer(np.ascontiguousarray(weight.numpy().T), bias.numpy()) for weight, bias in pairs]
        return side_by_side(layers_of(self.prior.net), own, 1.0)

    def arrays(self) -> dict[str, np.ndarray]:
        """M's weights by name; the prior's are kept elsewhere."""
        return {name: tensor.numpy().copy() for name, tensor in self.net.state_dict().items()}

    def load(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the weights that `arrays` gave.

        Raises:
            RuntimeError: names or shapes are others.
        """
        self.net.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})


class PriorBeside(Actor):
    """The prior's density where theta stands after the inputs."""

    def __init__(self, actor: ConditionedActor) -> None:
        super().__init__(actor.prior.net)
        self.features = actor.features

    def log_prob(self, inputs: Told, z: Axes) -> Float32[Tensor, " n"]:
        """log pi0(tanh(z)|x), whatever theta is."""
        return squashed_log_prob(z, *self(inputs[:, : -self.features]))
