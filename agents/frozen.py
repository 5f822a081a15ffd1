"""A learned policy as a prior: frozen, a plain policy whose log pi0 everybody can ask for.

A residual-dqn holds the networks of its prior and of Q_R; as a prior its total Q = Q_R + omega * Q0 must stand alone,
or what is learned on top of it would take the place of Q_R. Both networks go side by side into one network:
blocks on the diagonals of the hidden layers, both last layers above each other. A residual-sac drives by its actor
alone, which is a sac's.
"""

from dataclasses import replace

import msgspec
import numpy as np

from mereq_teleop.agents.layers import Layer, Layers, bends_beside, tensors_of
from mereq_teleop.agents.records import PolicySnapshot, lineage

__all__ = ["as_prior", "side_by_side"]


def as_prior(snapshot: PolicySnapshot) -> PolicySnapshot:
    """The same policy as a plain dqn or sac, version 0: pi0 proportional to exp(Q / alpha), or the actor's Gaussian.

    alpha is the temperature that the policy was learned at. What it was learned from and for stays behind: to who
    learns on top of it, it is where theta = 0.
    """
    maker = snapshot.maker
    plain = msgspec.structs.replace(
        maker,
        alpha=maker.alpha if maker.alpha_hat is None else maker.alpha_hat,
        alpha_hat=None,
        omega=1.0,
        round=0,
        **lineage(()),
        cause="",
        weights=None,
        trial=None,
    )
    if snapshot.kind == "residual-sac":
        return PolicySnapshot(0, "sac", plain, snapshot.tensors)
    if snapshot.kind != "residual-dqn":
        return replace(snapshot, version=0, maker=plain)
    layers = side_by_side(snapshot.layers("residual"), snapshot.layers("prior"), maker.omega)
    scaling = {name: snapshot.tensors[name] for name in ("input.shift", "input.scale")}
    return PolicySnapshot(0, "dqn", plain, {**scaling, **tensors_of(layers, "prior")})


def side_by_side(first: Layers, second: Layers, share: float) -> Layers:
    """One network of the value first(x) + share * second(x); float32, weights (inputs, outputs)."""
    depth = max(len(first), len(second))
    first, second = _deepened(first, depth), _deepened(second, depth)
    if depth == 1:
        (weight, bias, _), (other, offset, _) = first[0], second[0]
        return [Layer(weight + np.float32(share) * other, bias + np.float32(share) * offset)]
    joined: Layers = [_beside(first[0], second[0])]
    joined += [_apart(one, other) for one, other in zip(first[1:-1], second[1:-1], strict=True)]
    (weight, bias, _), (other, offset, _) = first[-1], second[-1]
    joined.append(Layer(np.concatenate((weight, np.float32(share) * other)), bias + np.float32(share) * offset))
    return joined


def _deepened(layers: Layers, depth: int) -> Layers:
    """The same network with more layers: what a rectified layer gives passes another one unchanged.

    What is not rectified, inputs or bent units, is carried past the first rectification as its positive and negative
    part.
    """
    missing = depth - len(layers)
    if not missing:
        return layers
    if len(layers) == 1 or layers[-2].bend is not None:
        weight, bias, _ = layers[-1]
        eye = np.eye(len(weight), dtype=np.float32)
        parts = Layer(np.concatenate((eye, -eye), axis=1), np.zeros(2 * len(weight), np.float32))
        return _deepened([*layers[:-1], parts, Layer(np.concatenate((weight, -weight)), bias)], depth)
    width = len(layers[-2].bias)
    identity = Layer(np.eye(width, dtype=np.float32), np.zeros(width, np.float32))
    return [*layers[:-1], *[identity] * missing, layers[-1]]


def _beside(one: Layer, other: Layer) -> Layer:
    """Two layers of the same inputs."""
    weight = np.concatenate((one.weight, other.weight), axis=1)
    return Layer(weight, np.concatenate((one.bias, other.bias)), bends_beside(one, other))


def _apart(one: Layer, other: Layer) -> Layer:
    """Two layers that do not see each other's inputs."""
    (rows, columns), (more_rows, more_columns) = one.weight.shape, other.weight.shape
    weight = np.zeros((rows + more_rows, columns + more_columns), np.float32)
    weight[:rows, :columns], weight[rows:, columns:] = one.weight, other.weight
    return Layer(weight, np.concatenate((one.bias, other.bias)), bends_beside(one, other))
