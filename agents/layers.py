"""A network as plain arrays: its layers, and what bends each unit."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

__all__ = ["RECTIFIED", "TANH", "Layer", "Layers", "bends_beside", "sizes_of", "tensors_of"]

RECTIFIED: Final = 0.0
TANH: Final = 1.0


class Layer(NamedTuple):
    """One layer: bend(x @ weight + bias); the last one of a network is straight, whatever its `bend` says."""

    weight: np.ndarray
    """(inputs, outputs), float32."""
    bias: np.ndarray
    """(outputs,), float32."""
    bend: np.ndarray | None = None
    """(outputs,), float32: RECTIFIED or TANH for each unit; None where all are rectified, as in networks of ours."""


Layers = list[Layer]


def sizes_of(layers: Sequence[Layer]) -> list[int]:
    """Inputs, and the outputs of each layer."""
    return [len(layers[0].weight), *(len(layer.bias) for layer in layers)]


def tensors_of(layers: Sequence[Layer], stem: str) -> Mapping[str, np.ndarray]:
    """A snapshot's arrays: `{stem}.{i}.weight` and `.bias`, and `.bend` where not all units are rectified."""
    tensors: dict[str, np.ndarray] = {}
    for index, (weight, bias, bend) in enumerate(layers):
        tensors |= {f"{stem}.{index}.weight": weight, f"{stem}.{index}.bias": bias}
        if bend is not None:
            tensors[f"{stem}.{index}.bend"] = bend
    return tensors


def bends_beside(one: Layer, other: Layer) -> np.ndarray | None:
    """The bends of the units of two layers, one's first."""
    if one.bend is None and other.bend is None:
        return None
    parts = [np.full(len(of.bias), RECTIFIED, np.float32) if of.bend is None else of.bend for of in (one, other)]
    return np.concatenate(parts)
