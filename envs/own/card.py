"""From a user's task to its card: what the class does not say is taken from the environment's spaces."""

import hashlib
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray

from mereq_teleop.envs.card import Axis, Feature, Preference, TaskCard
from mereq_teleop.envs.errors import BadTask, unknown
from mereq_teleop.envs.own.find import blamed
from mereq_teleop.envs.own.keys import keys_of
from mereq_teleop.envs.own.task import Task

__all__ = ["Limits", "card_of_task", "default_features", "environment", "limits_of", "name_of", "scaled", "source_file"]

MOST_NUMBERS: Final = 4096
"""Of an observation: a picture wants another kind of policy."""
IDLE: Final = ("none", "noop", "no_op", "nothing", "idle", "stay", "wait", "stop", "coast")
EPISODES: Final = 100
"""On which a policy is measured: gymnasium's environments are slow."""
DEFAULT_HORIZON: Final = 1000
Limits = tuple[NDArray[np.float64], NDArray[np.float64]]


def name_of(reference: str) -> str:
    """Name of a user's task: `module.attribute`, which every process can find again and every disk can keep."""
    return reference.replace(":", ".")


def source_file(task: Task) -> Path | None:
    """The file that the class is written in; None where there is none."""
    try:
        return Path(inspect.getfile(type(task))).resolve()
    except (OSError, TypeError):
        return None


def environment(task: Task, reference: str, render_mode: str | None) -> "gymnasium.Env[Any, Any]":
    """The task's environment, its Discrete actions counted from 0.

    Raises:
        BadTask: it cannot be made, or is none.
    """
    if not task.env and type(task).make is Task.make:
        raise BadTask(f'{reference} says no environment: give it env = "..." (a gymnasium id), or a method make')
    try:
        env = task.make(render_mode)
    except Exception as error:  # A missing library, a wrong id, a mistake in a user's own code.
        raise BadTask(f"the environment of {reference} cannot be made: {blamed(error)}") from error
    if not isinstance(env, gymnasium.Env):
        raise BadTask(f"make of {reference} gave a {type(env).__name__}: wanted a gymnasium.Env")
    space = env.action_space
    if isinstance(space, Discrete) and space.start != 0:
        start = int(space.start)
        return gymnasium.wrappers.TransformAction(env, lambda action: action + start, Discrete(int(space.n)))
    return env


def limits_of(space: Box) -> Limits:
    """Lower and upper limits of a flattened observation, infinite where it has none worth the name."""
    low, high = (np.asarray(end, np.float64).ravel() for end in (space.low, space.high))
    bounded = (np.abs(low) < 1e6) & (np.abs(high) < 1e6) & (low < high)
    return np.where(bounded, low, -np.inf), np.where(bounded, high, np.inf)


def card_of_task(task: Task, reference: str, env: "gymnasium.Env[Any, Any]") -> TaskCard:
    """The card of a user's task.

    Raises:
        BadTask: the environment's spaces cannot be served, or the class says something that does not fit them.
    """
    seen, acted, name = env.observation_space, env.action_space, name_of(reference)
    if not isinstance(seen, Box) or not seen.shape or np.prod(seen.shape) > MOST_NUMBERS:
        raise BadTask(
            f"{reference} is observed as {_short(seen)}: wanted a Box of at most {MOST_NUMBERS} numbers; wrap the "
            "environment (gymnasium.wrappers.FlattenObservation makes one of a Dict)"
        )
    try:
        actions, axes = _actions(task, acted, reference)
        neutral = _neutral(task, actions, axes)
        observations = _named("observation", "observations", task.observations, int(np.prod(seen.shape)))
        features = tuple(task.features) or default_features(observations, actions, axes, neutral)
        if not all(isinstance(feature, Feature) for feature in features):
            raise ValueError("features must be mereq_teleop.envs.Feature's")
        if bool(task.features) is (type(task).measure is Task.measure):
            lacking = (
                "a method measure, which gives them" if task.features else "features, which name what measure gives"
            )
            raise ValueError(f"it lacks {lacking}")
        return TaskCard(
            name=name,
            title=task.title or (type(task).__doc__ or "").strip().partition("\n")[0].rstrip(".") or task.env or name,
            ids={name: reference},
            features=features,
            actions=actions,
            axes=axes,
            neutral_action=neutral,
            keys=keys_of(actions, axes, neutral, {key: _action(of, actions, axes) for key, of in task.keys.items()}),
            # What is held goes on: steps may be shorter than a press.
            holds=True,
            control_rate_hz=float(task.rate_hz),
            frames_per_step=1,
            horizon_steps=_horizon(task, env),
            round_steps=task.round_steps,
            termination=task.termination,
            crash_feature=task.crash_feature,
            observation_shape=seen.shape,
            batch="mereq_teleop.envs.own.batch:own_batch",
            encoder="mereq_teleop.envs.own.encode:encode",
            inputs=int(np.prod(seen.shape)),
            prior=task.prior,
            preferences=tuple(task.preferences) or (Preference(name="none", theta=(0.0,) * len(features)),),
            source=_digest(source_file(task)),
            alpha=float(task.alpha),
            episodes=EPISODES,
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise BadTask(f"{reference}: {error}") from error


def default_features(
    observations: Sequence[str], actions: Sequence[str], axes: Sequence[Axis], neutral: int | tuple[float, ...]
) -> tuple[Feature, ...]:
    """The components of observation and action; of named actions all but the neutral one, since one of them is sure."""
    seen = [Feature(name=name, unit="-1 .. 1", meaning=f"{name}, scaled") for name in observations]
    chosen = [
        Feature(name=name, unit="0 or 1", meaning=f"whether {name} was done")
        for index, name in enumerate(actions)
        if index != neutral
    ]
    moved = [Feature(name=axis.name, unit="-1 .. 1 of its range", meaning=f"{axis.name} as done") for axis in axes]
    return (*seen, *chosen, *moved)


def _actions(task: Task, space: Any, reference: str) -> tuple[tuple[str, ...], tuple[Axis, ...]]:
    if isinstance(space, Discrete):
        return _named("action", "actions", task.actions, int(space.n)), ()
    if not isinstance(space, Box) or len(space.shape) != 1 or not np.isfinite([space.low, space.high]).all():
        raise BadTask(
            f"{reference} takes {_short(space)}: wanted Discrete actions, or a Box of one row with finite limits; wrap "
            "the environment (gymnasium.wrappers.FlattenAction, RescaleAction)"
        )
    whole = [axis if isinstance(axis, Axis) else None for axis in task.axes] or [None] * len(space.low)
    names = _named(
        "axis", "axes", [axis.name if isinstance(axis, Axis) else axis for axis in task.axes], len(space.low)
    )
    return (), tuple(
        given or Axis(name=name, unit="", low=float(low), high=float(high))
        for given, name, low, high in zip(whole, names, space.low, space.high, strict=True)
    )


def _named(kind: str, field: str, given: Sequence[str], count: int) -> tuple[str, ...]:
    names = tuple(given) or tuple(f"{kind}_{index}" for index in range(count))
    if isinstance(given, str) or len(names) != count or len(set(names)) != count:
        raise ValueError(f"{field} are {', '.join(map(str, names))}: wanted {count} different names")
    return names


def _action(given: Any, actions: Sequence[str], axes: Sequence[Axis]) -> int | tuple[float, ...]:
    """An action as the card has it, of what a user may call it."""
    if isinstance(given, str):
        if given not in actions:
            raise ValueError(unknown("action", given, actions or [axis.name for axis in axes]))
        return list(actions).index(given)
    if actions:
        return int(given)
    return tuple(float(value) for value in np.atleast_1d(given))


def _neutral(task: Task, actions: Sequence[str], axes: Sequence[Axis]) -> int | tuple[float, ...]:
    if task.neutral is not None:
        return _action(task.neutral, actions, axes)
    if not actions:
        return tuple(min(max(0.0, axis.low), axis.high) for axis in axes)
    called = [index for index, name in enumerate(actions) if name.lower() in IDLE]
    return called[0] if called else len(actions) // 2 if len(actions) == 3 else 0


def _horizon(task: Task, env: "gymnasium.Env[Any, Any]") -> int:
    own = env.spec.max_episode_steps if env.spec is not None else None
    steps = task.horizon or own or DEFAULT_HORIZON
    if not isinstance(steps, int) or steps < 2 or (own is not None and steps > own):
        most = f"2 to the environment's own {own}" if own is not None else "at least 2"
        raise ValueError(f"horizon is {steps}: wanted {most} control steps")
    return steps


def _digest(file: Path | None) -> str:
    """Of the file's content; a task that has no file is told from others by its card alone."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file is not None and file.is_file() else "no file"


def _short(space: object) -> str:
    return " ".join(str(space).split())[:120]


def scaled(values: NDArray[np.float64], limits: Limits) -> NDArray[np.float64]:
    """Numbers in -1..1: by their limits where these are finite, else x / (1 + |x|)."""
    low, high = limits
    bounded = np.isfinite(low)
    with np.errstate(invalid="ignore"):
        linear = 2 * (values - low) / (high - low) - 1
    return np.where(bounded, linear, values / (1 + np.abs(values)))
