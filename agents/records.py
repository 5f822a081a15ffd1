"""What learning makes: reward weights, reports, and policies that an actor can drive."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Literal, cast, get_args

import msgspec
import numpy as np
from safetensors.numpy import save

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.layers import Layer, Layers
from mereq_teleop.agents.tensorfile import unpacked
from mereq_teleop.sessions.records import Record

__all__ = [
    "NETWORKS",
    "LearnerReport",
    "PolicyKind",
    "PolicyMaker",
    "PolicySnapshot",
    "RewardWeights",
    "Trial",
    "lineage",
]

PolicyKind = Literal["dqn", "residual-dqn", "sac", "residual-sac"]

NAMED_AT_MOST = 1000
"""Segments that a policy names: 13 kB of its file."""

NETWORKS: Mapping[PolicyKind, tuple[str, ...]] = {
    "dqn": ("prior",),
    "residual-dqn": ("prior", "residual"),
    "sac": ("actor",),
    "residual-sac": ("actor",),
}
"""Which networks a policy of each kind drives by."""


class RewardWeights(Record):
    """theta of the residual reward r_R(x, u) = theta . f(x, u), after a round.

    Raises:
        ValueError: a weight without a name or a deviation, or one that is not finite.
    """

    theta: tuple[float, ...]
    feature_names: tuple[str, ...]
    round: int
    deviation: tuple[float, ...] = ()
    """Standard deviation of each weight's posterior; empty where the method has none."""

    def __post_init__(self) -> None:
        if len(self.theta) != len(self.feature_names):
            raise ValueError(f"{len(self.theta)} weights for {len(self.feature_names)} features")
        if self.deviation and len(self.deviation) != len(self.theta):
            raise ValueError(f"{len(self.deviation)} deviations for {len(self.theta)} weights")
        if not np.isfinite((*self.theta, *self.deviation)).all():
            raise ValueError(f"weights must be finite, got {self.theta}, deviations {self.deviation}")


class Trial(Record):
    """How a policy did in a short simulation on seeds that nothing is learned from.

    Raises:
        ValueError: a share is not one, or there are no episodes.
    """

    failures: float
    """Share of the episodes that crashed, or that did not succeed in tasks which end with success."""
    prior_failures: float
    """The same of the prior, on the same seeds."""
    episodes: int

    def __post_init__(self) -> None:
        if self.episodes < 1 or not (0 <= self.failures <= 1 and 0 <= self.prior_failures <= 1):
            raise ValueError(f"a trial's shares are between 0 and 1 of some episodes, got {self}")


class LearnerReport(Record, kw_only=True, omit_defaults=True):
    """What one update of the learner did.

    Raises:
        ValueError: a number is not finite.
    """

    cause: str
    """Id of the segment or round end that asked for the update."""
    round: int
    policy_version: int
    weights: RewardWeights | None = None
    """None for methods without a reward."""
    feature_gap: tuple[float, ...]
    """E_expert[f] - E_policy[f] at the last inner step, by feature."""
    loss: float
    """Mean loss of the update's gradient steps."""
    inner_steps: int
    updates: int
    """Gradient steps taken."""
    intervention_rate: float
    """lambda of the round so far: human-controlled steps / steps under policy or human."""
    seconds: float
    trial: Trial | None = None
    """How the policy did in its trial; None if there was none."""

    def __post_init__(self) -> None:
        numbers = (*self.feature_gap, self.loss, self.intervention_rate, self.seconds)
        if not np.isfinite(numbers).all():
            raise ValueError(f"a report's numbers must be finite, got {numbers}")


class PolicyMaker(Record):
    """Where a snapshot comes from."""

    task: str
    """Name of the task's card."""
    method: str
    gamma: float
    alpha: float
    """Entropy temperature of the prior."""
    round: int = 0
    updates: int = 0
    """Gradient steps that the learner had taken in all when it was made: who learns again stops there."""
    segments: tuple[str, ...] = ()
    """Ids of the segments it learned from; where they are many, of the last ones."""
    segments_before: int = 0
    """How many it learned from before those."""
    segments_digest: str = ""
    """Of all the ids, where not all are here (SHA-256 of one a line, 16 hex digits)."""
    cause: str = ""
    """Id of the segment or round end that asked for it."""
    omega: float = 1.0
    """Weight kept on the prior's reward."""
    alpha_hat: float | None = None
    """Temperature of the policy; None says alpha."""
    weights: RewardWeights | None = None
    trial: Trial | None = None
    """How it did in its trial; None if there was none."""

    @property
    def learned_from(self) -> int:
        """How many segments it learned from."""
        return self.segments_before + len(self.segments)


def lineage(ids: Sequence[str]) -> dict[str, Any]:
    """The fields of a `PolicyMaker` that say which segments it learned from, no longer however long the session is."""
    if len(ids) <= NAMED_AT_MOST:
        return {"segments": tuple(ids), "segments_before": 0, "segments_digest": ""}
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
    named = tuple(ids[-NAMED_AT_MOST:])
    return {"segments": named, "segments_before": len(ids) - len(named), "segments_digest": digest}


@dataclass(frozen=True, eq=False)
class PolicySnapshot:
    """A policy as plain arrays, with all that an actor needs to drive it.

    Tensors, float32: `prior.{i}.weight` (inputs, outputs) and `prior.{i}.bias` for layers i = 0.. of a dqn's Q0; a
    residual-dqn has `residual.{i}.weight` and `.bias` of Q_R too; sac and residual-sac have `actor.{i}.weight` and
    `.bias`, whose last layer gives mean and log standard deviation of each axis. A hidden layer is rectified, but for
    the units that its `.bend` (outputs,) says otherwise of (`Layer`). `input.shift`, `input.scale` (inputs,) normalise
    the encoded observation for all.

    Raises:
        BadPolicy: no such kind, the tensors are not those of the kind, or not finite.
    """

    version: int
    kind: PolicyKind
    maker: PolicyMaker
    tensors: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        if self.kind not in get_args(PolicyKind):
            raise BadPolicy(f"no policy is of kind {self.kind!r}; known: {', '.join(get_args(PolicyKind))}")
        for name in ("input.shift", "input.scale", *(f"{stem}.0.weight" for stem in NETWORKS[self.kind])):
            if name not in self.tensors:
                raise BadPolicy(f"a {self.kind} policy needs the tensor {name!r}; it has {sorted(self.tensors)}")
        for name, tensor in self.tensors.items():
            if tensor.dtype != np.float32 or not np.isfinite(tensor).all():
                raise BadPolicy(f"tensor {name!r} must be finite float32, it is {tensor.dtype} or not finite")

    @cached_property
    def hash(self) -> str:
        """Content hash of the tensors and the makers' constants (16 hex digits); the version does not count."""
        content = hashlib.sha256(f"{self.kind} {self.maker.alpha!r} {self.maker.omega!r}".encode())
        for name in sorted(self.tensors):
            content.update(name.encode())
            content.update(np.ascontiguousarray(self.tensors[name]).tobytes())
        return content.hexdigest()[:16]

    def layers(self, stem: str) -> Layers:
        """The layers of one network.

        Raises:
            BadPolicy: a layer is incomplete.
        """
        count = sum(name.startswith(f"{stem}.") and name.endswith(".weight") for name in self.tensors)
        names = [(f"{stem}.{i}.weight", f"{stem}.{i}.bias") for i in range(count)]
        for name in chain.from_iterable(names):
            if name not in self.tensors:
                raise BadPolicy(f"a {self.kind} policy needs the tensor {name!r}; it has {sorted(self.tensors)}")
        return [
            Layer(self.tensors[weight], self.tensors[bias], self.tensors.get(f"{stem}.{i}.bend"))
            for i, (weight, bias) in enumerate(names)
        ]

    def to_bytes(self) -> bytes:
        """As a safetensors file; everything but the tensors is in its metadata."""
        maker = msgspec.json.encode(self.maker).decode()
        metadata = {"version": str(self.version), "kind": self.kind, "maker": maker}
        return save({name: np.ascontiguousarray(t) for name, t in self.tensors.items()}, metadata)

    @classmethod
    def from_bytes(cls, data: bytes) -> "PolicySnapshot":
        """The inverse of `to_bytes`.

        Raises:
            BadPolicy: not a safetensors file, or not one of ours.
        """
        try:
            tensors, metadata = unpacked(data)
            maker = msgspec.json.decode(metadata["maker"].encode(), type=PolicyMaker)
            # As a policy's kind it is checked below.
            return cls(int(metadata["version"]), cast(PolicyKind, metadata["kind"]), maker, tensors)
        except (ValueError, KeyError, RecursionError, msgspec.MsgspecError) as error:
            raise BadPolicy(f"not a policy of mereq-teleop (safetensors with our metadata): {error}") from None
