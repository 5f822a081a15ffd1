"""A stable-baselines3 zip as a policy of ours: DQN and PPO of named actions as a dqn, SAC as a sac."""

import math
from dataclasses import replace

import msgspec
import numpy as np
from jaxtyping import Float32

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.archive import Archive, read_archive
from mereq_teleop.agents.foreign.description import PICKLED, Description, describe
from mereq_teleop.agents.foreign.inputs import driven, folded
from mereq_teleop.agents.foreign.network import layers_of_state
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.foreign.unpack import unpack
from mereq_teleop.agents.gaussian import LOG_STD_LIMITS
from mereq_teleop.agents.layers import Layers, tensors_of
from mereq_teleop.agents.policy import Policy, forward
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.envs.card import TaskCard

__all__ = ["GREEDY", "convert", "temperature"]

GREEDY = 0.9
"""Mean probability of the greedy action of a DQN whose temperature nobody stated."""


def convert(data: bytes, card: TaskCard, own: PolicySnapshot, reading: Reading) -> PolicySnapshot:
    """A zip's policy, the same at every observation.

    A DQN is read as Boltzmann's policy of its Q at a temperature at which the greedy action has a mean probability of
    0.9; PPO's logits times the temperature are a Q whose Boltzmann policy is PPO's own; SAC's is a squashed Gaussian as
    ours.

    Args:
        data: The zip.
        card: The task that it shall drive.
        own: The task's own prior, which gives the scaling of the inputs, and the temperature where nothing else does.
        reading: What the user says of it.

    Raises:
        BadPolicy: it cannot be read without running code, is of another task, or has no counterpart here.
    """
    archive = read_archive(data)
    pickles = _pickles(archive) if reading.trust_pickle else {}
    if not pickles:
        # What needs no weights is judged before the process that reads them is started.
        described = describe(archive.data, card, reading)
        _counterpart(described, card)
        tensors, _ = unpack(archive, {})
    else:
        tensors, told = unpack(archive, pickles)
        described = describe({**archive.data, **told}, card, reading)
        _counterpart(described, card)
    layers, seen = layers_of_state(tensors, described), driven(card)
    raw, outputs = int(np.prod(card.observation_shape)), len(card.actions) or 2 * len(card.axes)
    needed = card.inputs if described.encoded else raw
    if (len(layers[0].weight), len(layers[-1].bias)) != (needed, outputs):
        raise BadPolicy(
            f"it is of another environment: its network has {len(layers[0].weight)} inputs and "
            f"{len(layers[-1].bias)} outputs, task {card.name!r} needs {needed} and {outputs}"
        )
    shift, scale = _scaling(tensors, own, described)
    if not described.encoded:
        layers[0] = folded(layers[0], card, seen, shift, scale)
    alpha, why = _alpha(described, tensors, own, reading)
    maker = PolicyMaker(task=card.name, method=f"sb3-{described.algorithm}", gamma=described.gamma, alpha=alpha or 1.0)
    snapshot = _snapshot(layers, maker, {"input.shift": shift, "input.scale": scale}, described)
    drives = policy_of(snapshot, card)
    if alpha is None:
        assert isinstance(drives, Policy)
        alpha = temperature(drives.preference(seen))
        snapshot = replace(snapshot, maker=msgspec.structs.replace(maker, alpha=alpha))
    reading.tell(
        f"{described.algorithm.upper()} of stable-baselines3 {archive.version}: hidden units {described.activation}, "
        f"gamma {described.gamma:g}, alpha {alpha:.3g} ({why})"
    )
    if described.algorithm == "sac":
        _tell_of_clipping(forward(layers, drives.normalised(seen)), len(card.axes), reading)
    return snapshot


def temperature(q: Float32[np.ndarray, "n u"]) -> float:
    """At which the best actions of Q have a mean probability of GREEDY, to three digits.

    Raises:
        BadPolicy: no temperature does that: Q has no best action.
    """
    gap = q.astype(np.float64) - q.max(axis=1, keepdims=True)
    spread = float(-gap.min(axis=1).mean())

    def greedy(alpha: float) -> float:
        return float((1 / np.exp(gap / alpha).sum(axis=1)).mean())

    low, high = spread * 1e-6, spread * 1e3
    if spread == 0 or greedy(low) < GREEDY:
        raise BadPolicy("its Q tells no action from another in most states: give a temperature with --alpha")
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if greedy(middle) > GREEDY else (low, middle)
    return float(f"{low:.3g}")


def _pickles(archive: Archive) -> dict[str, str]:
    """What is pickled of the members that matter."""
    members = {name: archive.data.get(name) for name in PICKLED}
    pickles = {name: member.get(":serialized:") for name, member in members.items() if isinstance(member, dict)}
    return {name: text for name, text in pickles.items() if isinstance(text, str)}


def _counterpart(described: Description, card: TaskCard) -> None:
    if described.algorithm == "ppo" and not card.discrete:
        raise BadPolicy(
            "PPO of continuous actions draws from a Gaussian and clips what is too large, so its actions at the limits "
            "have no density and log pi0 would be another policy's: take a SAC of the same task"
        )


def _alpha(
    described: Description, tensors: dict[str, np.ndarray], own: PolicySnapshot, reading: Reading
) -> tuple[float | None, str]:
    """The temperature and where it is from; None has to be found out from Q."""
    if reading.alpha is not None:
        return reading.alpha, "--alpha"
    if described.algorithm == "dqn":
        return None, f"at which the greedy action has a mean probability of {GREEDY}"
    tuned = tensors.get("log_ent_coef")
    if described.algorithm == "sac" and tuned is not None and tuned.size == 1:
        return float(f"{math.exp(min(float(tuned.reshape(())), 50.0)):.6g}"), "its own, tuned"
    if described.algorithm == "sac" and described.entropy is not None and described.entropy > 0:
        return described.entropy, "its own"
    return own.maker.alpha, "the task's own" if own.maker.method == "unlearned" else "that of the task's own prior"


def _scaling(
    tensors: dict[str, np.ndarray], own: PolicySnapshot, described: Description
) -> tuple[np.ndarray, np.ndarray]:
    """Shift and scale of the encoded observation: the task's own prior's, or those that a zip of ours holds."""
    if not described.encoded:
        return own.tensors["input.shift"], own.tensors["input.scale"]
    stem = "q_net" if described.algorithm == "dqn" else "actor"
    held = [tensors.get(f"{stem}.features_extractor.{name}") for name in ("shift", "scale")]
    if held[0] is None or held[1] is None:
        raise BadPolicy(f"its weights have no {stem}.features_extractor.shift and scale")
    return held[0], held[1]


def _snapshot(
    layers: Layers, maker: PolicyMaker, scaling: dict[str, np.ndarray], described: Description
) -> PolicySnapshot:
    """Q := alpha * logits for PPO; else the network as it is."""
    if described.algorithm == "ppo":
        last = layers[-1]
        factor = np.float32(maker.alpha)
        layers = [*layers[:-1], last._replace(weight=last.weight * factor, bias=last.bias * factor)]
    if described.algorithm == "sac":
        return PolicySnapshot(0, "sac", maker, {**scaling, **tensors_of(layers, "actor")})
    return PolicySnapshot(0, "dqn", maker, {**scaling, **tensors_of(layers, "prior")})


def _tell_of_clipping(out: np.ndarray, axes: int, reading: Reading) -> None:
    log_std = out[:, axes:]
    share = float(((log_std < LOG_STD_LIMITS[0]) | (log_std > LOG_STD_LIMITS[1])).any(axis=1).mean())
    if share:
        low, high = (math.exp(limit) for limit in LOG_STD_LIMITS)
        reading.tell(
            f"its standard deviation leaves {low:.2g}..{high:.2g} in {share:.0%} of random states: the nearer of "
            "the two is taken there, and log-probabilities are not its own"
        )
