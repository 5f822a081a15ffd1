"""What a stable-baselines3 zip says of itself in plain JSON, and whether that suits a task."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.options import ACTIVATIONS, Activation, Reading
from mereq_teleop.envs.card import TaskCard

__all__ = ["PICKLED", "Algorithm", "Description", "describe"]

Algorithm = Literal["dqn", "sac", "ppo"]
POLICIES: Final[Mapping[str, Algorithm]] = {
    "stable_baselines3.dqn.policies": "dqn",
    "stable_baselines3.sac.policies": "sac",
    "stable_baselines3.common.policies": "ppo",
}
"""Algorithm by the module of the policy's class."""
USUAL: Final[Mapping[Algorithm, Activation]] = {"dqn": "relu", "sac": "relu", "ppo": "tanh"}
"""What stable-baselines3 bends units with unless it is told otherwise."""
PICKLED: Final = ("policy_kwargs", "observation_space", "action_space")
"""What `--trust-pickle` may unpickle."""
OURS: Final = "mereq_teleop.agents.foreign.extractor.TaskInputs"
"""The extractor of zips that this package wrote; it is told by its name, and not run."""
NEEDS: Final = "says this in its pickle alone"


@dataclass(frozen=True)
class Description:
    """What matters of a zip's `data`."""

    algorithm: Algorithm
    activation: Activation
    gamma: float
    entropy: float | None
    """Temperature that it was trained at, where that is a constant."""
    encoded: bool = False
    """Whether the observation is encoded as ours are: a zip that this package wrote."""


def describe(data: Mapping[str, Any], card: TaskCard, reading: Reading) -> Description:
    """What a zip says of itself.

    Raises:
        BadPolicy: it is of another task, of an algorithm or network that has no counterpart here, or a thing that is
            needed is in its pickle alone.
    """
    algorithm = _algorithm(data)
    _fits(data, card)
    if data.get("use_sde"):
        raise BadPolicy("trained with use_sde (noise by state), which has no counterpart here: train it without")
    kwargs = data.get("policy_kwargs")
    gamma = data.get("gamma")
    if not isinstance(gamma, float | int) or not 0 < gamma <= 1:
        raise BadPolicy(f"its gamma is {_short(gamma)}: wanted a discount between 0 and 1")
    entropy = data.get("ent_coef")
    known = isinstance(entropy, float | int) and not isinstance(entropy, bool) and math.isfinite(entropy)
    return Description(
        algorithm,
        _activation(kwargs, algorithm, reading),
        float(gamma),
        float(entropy) if known and entropy else None,
        encoded=isinstance(kwargs, dict) and OURS in str(kwargs.get("features_extractor_class")),
    )


def _algorithm(data: Mapping[str, Any]) -> Algorithm:
    """By the policy's class; the algorithm's own name is nowhere in the file."""
    policy_class = data.get("policy_class")
    if not isinstance(policy_class, dict) or not isinstance(module := policy_class.get("__module__"), str):
        raise BadPolicy("'data' names no policy_class: not a zip of stable-baselines3's model.save")
    # The class's name is only there as that of its constructor.
    made_by = str(policy_class.get("__init__", ""))
    for kind in ("Cnn", "MultiInput"):
        if kind in made_by:
            raise BadPolicy(f"a {kind}Policy: only an MlpPolicy can be converted")
    if "recurrent" in module or "Recurrent" in made_by:
        raise BadPolicy("a recurrent policy, which remembers what it saw: only an MlpPolicy can be converted")
    if module not in POLICIES or (POLICIES[module] == "ppo" and "clip_range" not in data):
        raise BadPolicy(f"its policy is of {_short(module)}: only stable-baselines3's own DQN, SAC and PPO are known")
    return POLICIES[module]


def _fits(data: Mapping[str, Any], card: TaskCard) -> None:
    """See that the spaces are the task's."""
    seen = _space(data, "observation_space")
    kind, shape = _kind(seen), _shape(seen, "observation_space")
    if kind == "Dict":
        raise BadPolicy("a MultiInputPolicy: its observations are a Dict; only an MlpPolicy can be converted")
    flat = (math.prod(card.observation_shape),)
    if kind != "Box" or shape not in (card.observation_shape, flat) or not str(seen.get("dtype")).startswith("float"):
        came = f"{kind} {shape} {_short(seen.get('dtype', ''))}".strip()
        raise BadPolicy(
            f"it is of another environment: its observations are {came}, those of task {card.name!r} "
            f"Box {card.observation_shape} float32"
        )
    acted = _space(data, "action_space")
    came, wanted = _actions(acted), f"Discrete({len(card.actions)})" if card.discrete else _box(card)
    if came != wanted and not _same_box(acted, card):
        raise BadPolicy(f"it is of another environment: its actions are {came}, those of task {card.name!r} {wanted}")


def _space(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    space = data.get(name)
    if not isinstance(space, dict):
        raise BadPolicy(f"'data' has no {name}: not a zip of stable-baselines3's model.save")
    return space


def _kind(space: Mapping[str, Any]) -> str:
    """`<class 'gymnasium.spaces.box.Box'>` is Box."""
    return _short(str(space.get(":type:", "?")).rstrip("'>").rpartition(".")[2])


def _shape(space: Mapping[str, Any], name: str) -> tuple[int, ...]:
    shape = space.get("_shape")
    if isinstance(shape, list) and all(isinstance(n, int) for n in shape):
        return tuple(shape)
    if _kind(space) != "Box":
        return ()
    raise BadPolicy(f"its {name} {NEEDS}: add --trust-pickle if you trust who made it, since that runs code in it")


def _actions(space: Mapping[str, Any]) -> str:
    kind = _kind(space)
    if kind == "Discrete":
        if "n" not in space:
            raise BadPolicy(
                f"its action_space {NEEDS}: add --trust-pickle if you trust who made it, since that runs code in it"
            )
        start = str(space.get("start", "0"))
        return f"Discrete({_short(space['n'])}{'' if start == '0' else f', start={_short(start)}'})"
    if kind != "Box":
        return kind
    low, high = (_limits(space, end) for end in ("low", "high"))
    return f"Box({_shape(space, 'action_space')}, {low.tolist()}..{high.tolist()})"


def _box(card: TaskCard) -> str:
    low, high = [axis.low for axis in card.axes], [axis.high for axis in card.axes]
    return f"Box({(len(card.axes),)}, {low}..{high})"


def _limits(space: Mapping[str, Any], end: str) -> np.ndarray:
    """numpy's print of a vector; what cannot be read is nan."""
    words = str(space.get(end, "")).strip("[] \n").split()
    try:
        return np.array([float(word) for word in words[:64]])
    except ValueError:
        return np.array([math.nan])


def _same_box(space: Mapping[str, Any], card: TaskCard) -> bool:
    if card.discrete or _kind(space) != "Box" or _shape(space, "action_space") != (len(card.axes),):
        return False
    for end in ("low", "high"):
        limits, wanted = _limits(space, end), np.array([getattr(axis, end) for axis in card.axes])
        if limits.shape != wanted.shape or not np.allclose(limits, wanted, rtol=1e-5, atol=0):
            return False
    return True


def _activation(kwargs: object, algorithm: Algorithm, reading: Reading) -> Activation:
    """What bends the hidden units; whatever else of the network is not the usual is refused."""
    if not isinstance(kwargs, dict) or (":serialized:" in kwargs and kwargs.get(":type:") != "<class 'dict'>"):
        return _asked(reading)
    extractor = str(kwargs.get("features_extractor_class", "FlattenExtractor"))
    if "FlattenExtractor" not in extractor and OURS not in extractor:
        raise BadPolicy(f"it has a features_extractor_class of its own ({_short(extractor)}), which is not converted")
    for name in ("use_sde", "squash_output"):
        if kwargs.get(name):
            raise BadPolicy(f"its policy_kwargs have {name}, which has no counterpart here: train it without")
    if "activation_fn" not in kwargs:
        # A pickle that says nothing readable of its members may hide an activation.
        hides = ":serialized:" in kwargs and not set(kwargs) - {":type:", ":serialized:"}
        return _asked(reading) if hides else _agreed(USUAL[algorithm], reading)
    stated = str(kwargs["activation_fn"]).rstrip("'>").rpartition(".")[2].lower()
    if stated in ACTIVATIONS:
        return _agreed(stated, reading)
    if str(kwargs["activation_fn"]).startswith("<class 'torch.nn."):
        raise BadPolicy(f"its hidden units are bent by {_short(stated)}: wanted {' or '.join(ACTIVATIONS)}")
    return _asked(reading)


def _asked(reading: Reading) -> Activation:
    if reading.activation is None:
        raise BadPolicy(
            f"its activation_fn {NEEDS}: add --activation tanh or relu, or --trust-pickle if you trust who made it, "
            "since that runs code in it"
        )
    return reading.activation


def _agreed(stated: Activation, reading: Reading) -> Activation:
    if reading.activation not in (None, stated):
        raise BadPolicy(f"--activation is {reading.activation}, but the file says {stated}: leave it out")
    return stated


def _short(value: object) -> str:
    """As it may stand in one line."""
    return " ".join(str(value).split())[:60]
