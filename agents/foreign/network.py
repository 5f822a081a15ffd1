"""The layers of a stable-baselines3 network out of its state dict."""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.description import Description
from mereq_teleop.agents.layers import RECTIFIED, TANH, Layer, Layers

__all__ = ["layers_of_state"]

BODY: Final = {"dqn": "q_net.q_net", "sac": "actor.latent_pi", "ppo": "mlp_extractor.policy_net"}
HEADS: Final = {"dqn": (), "sac": ("actor.mu", "actor.log_std"), "ppo": ("action_net",)}
"""Linear layers on top, side by side."""


def layers_of_state(tensors: Mapping[str, np.ndarray], description: Description) -> Layers:
    """The network that acts, from the raw observation to Q, logits, or mean and log standard deviation.

    Raises:
        BadPolicy: it is no plain multilayer perceptron, or not whole.
    """
    names = sorted(tensors)
    for part, kind in (("lstm", "a recurrent policy"), ("cnn", "a CnnPolicy"), ("extractors.", "a MultiInputPolicy")):
        if any(part in name for name in names):
            raise BadPolicy(f"{kind}, by its weights: only an MlpPolicy can be converted")
    if any(name.startswith("mlp_extractor.shared_net") for name in names):
        raise BadPolicy("its policy and value networks share layers (stable-baselines3 before 1.8): train it anew")
    algorithm = description.algorithm
    body, heads = BODY[algorithm], HEADS[algorithm]
    pattern = re.compile(re.escape(body) + r"\.(\d{1,3})\.weight")
    indices = sorted(int(found[1]) for name in names if (found := pattern.fullmatch(name)))
    # Every second module is an activation; anything else in between would leave another gap.
    if indices != [2 * i for i in range(len(indices))]:
        raise BadPolicy(
            f"its network {body} has layers {indices}, wanted linear ones at 0, 2, 4: not a plain MlpPolicy"
        )
    pairs = [_linear(tensors, f"{body}.{index}") for index in indices]
    if heads:
        tops = [_linear(tensors, head) for head in heads]
        weights, biases = [weight for weight, _ in tops], [bias for _, bias in tops]
        if len({len(weight) for weight in weights}) > 1:
            raise BadPolicy(f"its heads {' and '.join(heads)} have other inputs than each other")
        pairs.append((np.concatenate(weights, axis=1), np.concatenate(biases)))
    if not pairs:
        raise BadPolicy(f"its weights have no {body}.0.weight; they have {', '.join(names[:6]) or 'nothing'}")
    bend = TANH if description.activation == "tanh" else RECTIFIED
    bends = [np.full(len(bias), bend, np.float32) if bend != RECTIFIED else None for _, bias in pairs[:-1]]
    return [Layer(weight, bias, own) for (weight, bias), own in zip(pairs, [*bends, None], strict=True)]


def _linear(tensors: Mapping[str, np.ndarray], stem: str) -> tuple[np.ndarray, np.ndarray]:
    """(weight (inputs, outputs), bias (outputs,)) of one of torch's linear layers."""
    weight, bias = tensors.get(f"{stem}.weight"), tensors.get(f"{stem}.bias")
    if weight is None or bias is None or weight.ndim != 2 or bias.shape != weight.shape[:1]:
        raise BadPolicy(f"its weights have no whole layer {stem}")
    return np.ascontiguousarray(weight.T), bias
