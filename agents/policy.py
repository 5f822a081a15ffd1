"""A policy that drives: a snapshot's arrays behind `act`."""

import importlib
from typing import Protocol

import numpy as np
from jaxtyping import Float32, Int64

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.kernels import bend, dense, log_sum_exp
from mereq_teleop.agents.layers import RECTIFIED, TANH, Layer, Layers
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.envs.card import TaskCard

__all__ = ["AnyPolicy", "Driver", "Encoder", "Policy", "fitting_layers", "fitting_scaling", "forward", "soft_value"]


class Driver(Protocol):
    """Whoever can drive a task, whatever its actions are."""

    @property
    def card(self) -> TaskCard:
        """Its task."""

    def act(self, obs: Float32[np.ndarray, "n ..."]) -> np.ndarray:
        """Its action in each row: (n,) indices of the most probable ones, or (n, axes) means in environment units."""


class AnyPolicy(Driver, Protocol):
    """A policy that drives."""

    @property
    def snapshot(self) -> PolicySnapshot:
        """What it was built from."""


class Encoder:
    """The task's map from an observation to a network's inputs."""

    def __init__(self, card: TaskCard) -> None:
        module, _, attribute = card.encoder.partition(":")
        self._encode = getattr(importlib.import_module(module), attribute)
        self.inputs = card.inputs

    def __call__(self, obs: Float32[np.ndarray, "n ..."]) -> Float32[np.ndarray, "n inputs"]:
        """Encode a batch of observations."""
        encoded = np.empty((len(obs), self.inputs), np.float32)
        self._encode(obs, encoded)
        return encoded


def soft_value(q: Float32[np.ndarray, "n u"], temperature: float) -> Float32[np.ndarray, " n"]:
    """V(x) = temperature * log sum_u exp(Q(x, u) / temperature)."""
    value = np.empty(len(q), np.float32)
    log_sum_exp(q, temperature, value)
    return value


class Policy:
    """Drives by a snapshot: argmax, log-probabilities and Q of a discrete task, without torch.

    pi_hat(u|x) is proportional to exp((Q_R(x, u) + omega * alpha * log pi0(u|x)) / alpha_hat) (RQL, arXiv 2306.09526,
    eq. 7), where alpha * log pi0 = Q0 - V0; a plain dqn has Q_R = 0.

    Raises:
        BadPolicy: the snapshot is of another task, or its tensors do not fit the task or each other.
    """

    def __init__(self, snapshot: PolicySnapshot, card: TaskCard) -> None:
        self.snapshot = snapshot
        self.card = card
        self.encoder = Encoder(card)
        self._shift, self._scale = fitting_scaling(snapshot, card)
        outputs = len(card.actions)
        self._prior = fitting_layers(snapshot, "prior", card, outputs)
        residual = snapshot.kind == "residual-dqn"
        self._residual = fitting_layers(snapshot, "residual", card, outputs) if residual else None

    def normalised(self, obs: Float32[np.ndarray, "n ..."]) -> Float32[np.ndarray, "n inputs"]:
        """What the networks are shown: the encoded observation, shifted and scaled."""
        inputs: Float32[np.ndarray, "n inputs"] = (self.encoder(obs) - self._shift) * self._scale
        return inputs

    def preference(self, obs: Float32[np.ndarray, "n ..."]) -> Float32[np.ndarray, "n u"]:
        """Q_R + omega * Q0 (n, u): Q itself for a plain dqn; ranks the actions as log pi_hat does."""
        inputs = self.normalised(obs)
        q = forward(self._prior, inputs)
        if self._residual is None:
            return q
        return forward(self._residual, inputs) + np.float32(self.snapshot.maker.omega) * q

    def act(self, obs: Float32[np.ndarray, "n ..."]) -> Int64[np.ndarray, " n"]:
        """The most probable action of each row: no exp or log on the way, so the same on every machine."""
        best: Int64[np.ndarray, " n"] = self.preference(obs).argmax(axis=1)
        return best

    def log_probs(self, obs: Float32[np.ndarray, "n ..."]) -> Float32[np.ndarray, "n u"]:
        """log pi_hat(u|x)."""
        maker = self.snapshot.maker
        temperature = maker.alpha if maker.alpha_hat is None else maker.alpha_hat
        q = self.preference(obs)
        log_probs: Float32[np.ndarray, "n u"] = (q - soft_value(q, temperature)[:, None]) / np.float32(temperature)
        return log_probs


def forward(layers: Layers, inputs: Float32[np.ndarray, "n i"]) -> Float32[np.ndarray, "n o"]:
    """A multilayer perceptron, by the fixed-order kernels."""
    hidden = inputs
    for index, (weight, bias, bends) in enumerate(layers):
        out = np.empty((len(inputs), len(bias)), np.float32)
        inner = index + 1 < len(layers)
        dense(hidden, weight, bias, inner and bends is None, out)
        if inner and bends is not None:
            bend(out, bends)
        hidden = out
    return hidden


def fitting_scaling(snapshot: PolicySnapshot, card: TaskCard) -> tuple[np.ndarray, np.ndarray]:
    """Shift and scale of a snapshot's inputs.

    Raises:
        BadPolicy: the snapshot is of another task, or they do not fit it.
    """
    if snapshot.maker.task != card.name:
        raise BadPolicy(f"the policy is for task {snapshot.maker.task!r}, not for {card.name!r}")
    for name in ("input.shift", "input.scale"):
        shape = snapshot.tensors[name].shape
        if shape != (card.inputs,):
            raise BadPolicy(f"{name} {shape} does not fit task {card.name!r}: it needs {card.inputs} inputs")
    return snapshot.tensors["input.shift"], snapshot.tensors["input.scale"]


def fitting_layers(snapshot: PolicySnapshot, stem: str, card: TaskCard, outputs: int) -> Layers:
    """The layers of one network of a snapshot.

    Raises:
        BadPolicy: they do not fit the task, the outputs, or each other.
    """
    layers = snapshot.layers(stem)
    shapes = [layer.weight.shape for layer in layers]
    whole = all(weight.ndim == 2 and bias.shape == weight.shape[1:] for weight, bias, _ in layers)
    if not whole or [i for i, _ in shapes] + [outputs] != [card.inputs] + [o for _, o in shapes]:
        raise BadPolicy(
            f"{stem} network of weights {shapes} does not fit task {card.name!r}: "
            f"it needs {card.inputs} inputs and {outputs} outputs"
        )
    for index, (_, bias, bends) in enumerate(layers):
        if bends is not None and (bends.shape != bias.shape or not np.isin(bends, (RECTIFIED, TANH)).all()):
            raise BadPolicy(f"{stem}.{index}.bend must be {RECTIFIED:g} or {TANH:g} for each of {len(bias)} units")
    return [Layer(np.ascontiguousarray(weight), np.ascontiguousarray(bias), bends) for weight, bias, bends in layers]
