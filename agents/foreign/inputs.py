"""A network of the raw observation as one of what our policies are shown.

Each raw number must be among the encoder's outputs, up to an offset and a factor, which join the first layer; what else
the encoder gives gets no weight. That it is so is not taken on trust: it is measured on observations of the task's own
simulator, shaken.
"""

from typing import Final

import numpy as np
from jaxtyping import Float32, Float64, Int64

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.layers import Layer
from mereq_teleop.agents.policy import Encoder
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.card import TaskCard

__all__ = ["driven", "folded"]

WORLDS, STEPS = 32, 32
TOLERANCE: Final = 1e-5
"""Greatest error of an affine encoding, in units of what it encodes: float32's own, and no more."""


def driven(card: TaskCard) -> Float32[np.ndarray, "n ..."]:
    """Observations of the task under random actions; always the same ones."""
    random, batch = np.random.default_rng(0), make_batch(card.name, WORLDS)
    obs, seen = batch.reset(np.arange(WORLDS)), []
    low, high = (np.array([getattr(axis, end) for axis in card.axes]) for end in ("low", "high"))
    for _ in range(STEPS):
        seen.append(obs)
        discrete = random.integers(len(card.actions), size=WORLDS) if card.discrete else None
        action = random.uniform(low, high, (WORLDS, len(card.axes))) if discrete is None else discrete
        after = batch.step(action)
        over = after.terminated | after.truncated
        seeds = random.integers(2**31, size=WORLDS)
        obs = batch.reset_where(over, seeds) if over.any() else after.observation
    return np.concatenate(seen)


def folded(
    layer: Layer, card: TaskCard, seen: np.ndarray, shift: Float32[np.ndarray, " i"], scale: Float32[np.ndarray, " i"]
) -> Layer:
    """The first layer of a raw network, for inputs that are encoded, shifted and scaled.

    Raises:
        BadPolicy: the task's encoder does not let every raw number through.
    """
    at, factor, offset = _places(card, seen)
    # raw = ((normalised / scale + shift) - offset) / factor, for the input at which it is found.
    rows = layer.weight.astype(np.float64) / factor[:, None]
    bias = layer.bias + rows.T @ (shift[at].astype(np.float64) - offset)
    weight = np.zeros((card.inputs, len(layer.bias)), np.float64)
    weight[at] = rows / scale[at].astype(np.float64)[:, None]
    return layer._replace(weight=weight.astype(np.float32), bias=bias.astype(np.float32))


def _places(
    card: TaskCard, seen: np.ndarray
) -> tuple[Int64[np.ndarray, " r"], Float64[np.ndarray, " r"], Float64[np.ndarray, " r"]]:
    """For each raw number the input that is factor * it + offset."""
    shaken = (seen + np.random.default_rng(1).standard_normal(seen.shape)).astype(np.float32)
    raw = shaken.reshape(len(seen), -1).astype(np.float64)
    encoded = Encoder(card)(shaken).astype(np.float64)
    from_mean, to_mean = raw - raw.mean(0), encoded - encoded.mean(0)
    # (raw, inputs): the slope of each input over each raw number alone, and its worst miss.
    slopes = from_mean.T @ to_mean / (from_mean**2).sum(0)[:, None]
    at, factors, offsets = [], [], []
    for number, slope in enumerate(slopes):
        missed = np.abs(to_mean - from_mean[:, number, None] * slope).max(0)
        with np.errstate(divide="ignore", invalid="ignore"):
            missed = np.where(np.abs(slope) > 1e-12, missed / np.abs(slope), np.inf)
        best = int(missed.argmin())
        if not missed[best] <= TOLERANCE:
            raise BadPolicy(
                f"number {number} of an observation of task {card.name!r} does not reach our policies as it is: "
                "a policy of raw observations cannot be converted for it"
            )
        at.append(best)
        factors.append(slope[best])
        offsets.append((encoded[:, best] - raw[:, number] * slope[best]).mean())
    return np.array(at), np.array(factors), np.array(offsets)
