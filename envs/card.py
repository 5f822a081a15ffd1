"""The task card: everything that the rest of the house must know of a task, in one place."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from mereq_teleop.envs.errors import UnknownPreference, unknown

__all__ = ["Axis", "Feature", "Preference", "TaskCard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One component of a continuous action.

    Raises:
        ValueError: the limits are no interval.
    """

    name: str
    unit: str
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"axis {self.name!r} has no room between {self.low} and {self.high} {self.unit}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature f_j(x, u) of a task: what theta weighs."""

    name: str
    unit: str
    """Physical unit, or what 0 and 1 stand for."""
    meaning: str
    wanted: bool = True
    """False where nobody can want more of it, so that learning never gives it a positive weight: a person who crashes
    does not wish to."""
    reach: float = 1.0
    """theta's component is searched for within -reach..reach (0 at most where the feature is not wanted)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What a person may want beyond the prior's reward, and the simulated expert who wants it."""

    name: str
    theta: tuple[float, ...]
    """True weights of the residual reward r_R = theta . f, in the order of the card's features."""
    expert: str = ""
    """Checkpoint of the expert, trained on the prior's reward + r_R; empty where a user's own task has a rule."""
    engage_above: float = 0.25
    """The expert takes over when its disagreement exceeds this: Q_E(best) - Q_E(the policy's action) in units of Q_E
    for discrete actions, the greatest distance between the two mean actions in units of the axis's range for continuous
    ones; a rule's discrete actions are 1 apart where they differ."""
    engage_after: int = 1
    """The expert takes over after so many steps in a row in disagreement."""
    release_after: int = 3
    """The expert gives back after so many steps in a row in agreement."""
    lapse: float = 0.0
    """Chance that the expert overlooks a step at which it would take over."""
    slip: float = 0.0
    """Chance that the expert in control takes a random action."""
    calibration: str = ""
    """How `engage_above` was chosen: the intervention rates of the prior and of a learner told the true theta."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCard:
    """One task: names, actions, features, rates, checkpoints.

    Raises:
        ValueError: not either named actions or axes, the neutral action or a key is no action, a preference weighs
            another number of features, or nothing tells crashes from successes.
    """

    name: str
    title: str
    ids: Mapping[str, str]
    """Gymnasium id of each key by which the task and its variants are called; `name` is one of the keys."""
    features: tuple[Feature, ...]
    actions: tuple[str, ...] = ()
    """Names of a discrete task's actions; none for a continuous one."""
    axes: tuple[Axis, ...] = ()
    """Components of a continuous task's action; none for a discrete one."""
    neutral_action: int | tuple[float, ...]
    """What the vehicle does in control with nothing asked of it."""
    keys: Mapping[str, int | tuple[float, ...]]
    """Action of each driving key (pygame's key names)."""
    holds: bool = False
    """Whether a key that is held down goes on asking for its named action, once a step: where steps are shorter than a
    press. Continuous actions are always asked for so."""
    control_rate_hz: float
    """Control steps a second of world time."""
    frames_per_step: int
    """Simulation frames within one control step (what the window interpolates between)."""
    horizon_steps: int
    """Control steps until truncation."""
    episodes: int = 1000
    """Of common seeds, that a policy is measured on; fewer where a world takes its time."""
    round_steps: int = 100
    """Control steps of a round that a person has the patience for."""
    learns_each: Literal["segment", "round"] = "segment"
    """When to learn: at the end of each correction and of a round; or, where corrections follow each other faster than
    one can be learned from, at a round's end alone."""
    test_keys: tuple[str, ...] = ()
    """Keys of worlds with the task's own reward in which something else is changed: to test a policy there."""
    termination: Literal["crash", "success", "either"] = "crash"
    """What it means that an episode ends before its horizon."""
    crash_feature: str = ""
    """Where that may be either: the feature that is above 0 at an end that is a crash."""
    served: Mapping[str, str] = field(default_factory=dict)
    """Names of `ids` that stand for something older, and what serves them now: said to who uses one."""
    needs_theta: tuple[str, ...] = ()
    """Keys of worlds whose reward Python code must give (`make(key, theta=...)`): commands refuse them."""
    observation_shape: tuple[int, ...]
    batch: str
    """The batched simulator, as module:attribute."""
    encoder: str
    """What a policy's network is shown: a kernel `encode(obs (n, ...), out (n, inputs))`, as module:attribute."""
    inputs: int
    """Length of an encoded observation."""
    prior: str
    """Checkpoint of the prior policy."""
    instant: str = ""
    """Checkpoint of the prior's instant learner; a continuous task without one does not offer it."""
    preferences: tuple[Preference, ...] = field(default=())
    source: str = ""
    """Hash of the file that a user's own task is written in; empty for the tasks of this package."""
    alpha: float = 0.05
    """Entropy temperature, in units of reward, of a user's own task's priors that do not say theirs."""

    def __post_init__(self) -> None:
        if self.name not in self.ids:
            raise ValueError(f"task {self.name!r} is not among its own keys: {', '.join(self.ids)}")
        if (self.termination == "either") is not (self.crash_feature in self.feature_names):
            raise ValueError(
                f"task {self.name!r} ends by {self.termination}, with crash feature {self.crash_feature!r}"
            )
        if bool(self.actions) is bool(self.axes):
            raise ValueError(f"task {self.name!r} needs either named actions or axes")
        for action in (self.neutral_action, *self.keys.values()):
            if not self.allows(action):
                raise ValueError(f"{action} is no action of task {self.name!r}: wanted {self.action_space}")
        for preference in self.preferences:
            if len(preference.theta) != len(self.features):
                raise ValueError(
                    f"preference {preference.name!r} weighs {len(preference.theta)} features, "
                    f"task {self.name!r} has {len(self.features)}"
                )

    @property
    def discrete(self) -> bool:
        """Whether an action is an index into `actions`, and not a vector with a number for each of `axes`."""
        return bool(self.actions)

    @property
    def action_space(self) -> str:
        """What an action may be, in words."""
        if self.discrete:
            return f"0..{len(self.actions) - 1}"
        return ", ".join(f"{axis.name} in {axis.low:g}..{axis.high:g} {axis.unit}".rstrip() for axis in self.axes)

    @property
    def lasting(self) -> bool:
        """Whether hands that are held as they are go on asking for the same action, step by step."""
        return self.holds or not self.discrete

    @property
    def level(self) -> bool:
        """Whether two of its axes lie in the plane of the floor, so that a camera may turn what is ahead."""
        return {"forward", "left"} <= {axis.name for axis in self.axes}

    def allows(self, action: int | tuple[float, ...]) -> bool:
        """Whether it is one of the task's actions."""
        if isinstance(action, int):
            return 0 <= action < len(self.actions)
        fits = (axis.low <= value <= axis.high for axis, value in zip(self.axes, action, strict=False))
        return len(action) == len(self.axes) > 0 and all(fits)

    def is_crash(self, features: Sequence[float]) -> bool:
        """Whether an episode that ended before its horizon, with these features of its last step, ended by a crash."""
        if self.termination == "either":
            return features[self.feature_names.index(self.crash_feature)] > 0
        return self.termination == "crash"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in the order of theta."""
        return tuple(feature.name for feature in self.features)

    def preference(self, name: str) -> Preference:
        """The preference of this name.

        Raises:
            UnknownPreference: the card lists none of this name.
        """
        for preference in self.preferences:
            if preference.name == name:
                return preference
        known = (preference.name for preference in self.preferences)
        raise UnknownPreference(unknown(f"preference of task {self.name!r}", name, known))

    def digest(self) -> str:
        """Hash of the card (16 hex digits), without what commands refuse: actor and learner must hold the same one."""
        facts = {name: value for name, value in msgspec.to_builtins(self).items() if name != "needs_theta"}
        return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()[:16]
