"""A policy of ours as a stable-baselines3 zip: DQN for named actions, SAC for continuous ones."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.inputs import driven
from mereq_teleop.agents.frozen import as_prior
from mereq_teleop.agents.layers import RECTIFIED, Layers, sizes_of
from mereq_teleop.agents.policy import Encoder
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.simulated import SimulatedEnv

if TYPE_CHECKING:
    from stable_baselines3 import DQN, SAC

__all__ = ["as_zip"]

REPLAY = 100_000
"""Transitions that whoever goes on training it keeps."""
AFFINE = 1e-5
"""Greatest error of an encoding that counts as affine, in units of what it encodes."""


def as_zip(snapshot: PolicySnapshot, tell: Callable[[str], None] = lambda line: None) -> bytes:
    """What `stable_baselines3.DQN.load` or `SAC.load` makes the same policy of.

    A learned residual goes as what it adds up to with its prior, as it would go on being a prior. Where our encoding of
    the observation is affine it joins the first layer, and the zip needs stable-baselines3 alone; else the zip names
    `TaskInputs`, and needs this package too.

    Args:
        snapshot: a policy of any kind.
        tell: told in one line each of what a zip cannot hold.

    Raises:
        BadPolicy: a network is bent in a way that an MlpPolicy has not.
    """
    plain = as_prior(snapshot)
    card = card_of(plain.maker.task)
    layers, shift, scale = (
        plain.layers("prior" if plain.kind == "dqn" else "actor"),
        plain.tensors["input.shift"],
        plain.tensors["input.scale"],
    )
    folded = _folded(layers, card, shift, scale)
    model = _model(plain, card, folded or layers, encoded=folded is None)
    _take(model, folded or layers, len(card.axes))
    if folded is None:
        from mereq_teleop.agents.foreign.extractor import TaskInputs

        for module in model.policy.modules():
            if isinstance(module, TaskInputs):
                module.shift.copy_(torch.from_numpy(shift))
                module.scale.copy_(torch.from_numpy(scale))
        tell(f"its observations are encoded by this package, which must be installed where it is loaded ({card.name})")
    if plain.kind == "dqn":
        tell(f"a DQN acts greedily; read it back with --alpha {plain.maker.alpha:g} for the same log pi0")
    else:
        tell("its critics are not in the policy: they are new, and a training that goes on must learn them first")
    written = io.BytesIO()
    model.save(written)
    return written.getvalue()


def _model(plain: PolicySnapshot, card: TaskCard, layers: Layers, *, encoded: bool) -> "DQN | SAC":
    """A model of a policy's sizes, with weights of its own yet."""
    import stable_baselines3

    bends = {float(bend) for layer in layers[:-1] for bend in _bends(layer.bend)}
    if len(bends) > 1:
        raise BadPolicy("some of its hidden units are bent by tanh and some rectified, which no MlpPolicy has")
    kwargs: dict[str, Any] = {
        "net_arch": sizes_of(layers)[1:-1],
        "activation_fn": nn.ReLU if bends <= {RECTIFIED} else nn.Tanh,
    }
    if encoded:
        from mereq_teleop.agents.foreign.extractor import TaskInputs

        kwargs |= {"features_extractor_class": TaskInputs, "features_extractor_kwargs": {"task": card.name}}
    settings: dict[str, Any] = {"gamma": plain.maker.gamma, "buffer_size": REPLAY, "policy_kwargs": kwargs}
    env = SimulatedEnv(card.name)
    if plain.kind == "dqn":
        return stable_baselines3.DQN("MlpPolicy", env, seed=0, device="cpu", **settings)
    return stable_baselines3.SAC("MlpPolicy", env, seed=0, device="cpu", ent_coef=plain.maker.alpha, **settings)


def _bends(bend: np.ndarray | None) -> np.ndarray:
    return np.array([RECTIFIED], np.float32) if bend is None else np.unique(bend)


def _take(model: "DQN | SAC", layers: Layers, axes: int) -> None:
    """Give a model's acting networks these weights."""
    policy: Any = model.policy
    if not axes:
        for net in (policy.q_net, policy.q_net_target):
            _fill(net.q_net, layers)
        return
    *hidden, last = layers
    _fill(policy.actor.latent_pi, hidden)
    for head, half in ((policy.actor.mu, slice(axes)), (policy.actor.log_std, slice(axes, None))):
        _fill(nn.Sequential(head), [last._replace(weight=last.weight[:, half], bias=last.bias[half])])


def _fill(net: nn.Sequential, layers: Layers) -> None:
    linear = [module for module in net if isinstance(module, nn.Linear)]
    with torch.no_grad():
        for module, (weight, bias, _) in zip(linear, layers, strict=True):
            module.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight.T)))
            module.bias.copy_(torch.from_numpy(np.ascontiguousarray(bias)))


def _folded(layers: Layers, card: TaskCard, shift: np.ndarray, scale: np.ndarray) -> Layers | None:
    """The network for raw observations; None where our encoding of them is not affine."""
    seen = driven(card)
    shaken = (seen + np.random.default_rng(1).standard_normal(seen.shape)).astype(np.float32)
    raw = np.column_stack((shaken.reshape(len(seen), -1).astype(np.float64), np.ones(len(seen))))
    encoded = Encoder(card)(shaken).astype(np.float64)
    affine, *_ = np.linalg.lstsq(raw, encoded, rcond=None)
    if np.abs(raw @ affine - encoded).max() > AFFINE * np.abs(encoded).max():
        return None
    # Rounding leaves a little where nothing is.
    affine[np.abs(affine) < AFFINE * np.abs(affine).max()] = 0.0
    first = layers[0]
    rows = first.weight.astype(np.float64) * scale.astype(np.float64)[:, None]
    weight, bias = affine[:-1] @ rows, first.bias + (affine[-1] - shift) @ rows
    return [first._replace(weight=weight.astype(np.float32), bias=bias.astype(np.float32)), *layers[1:]]
