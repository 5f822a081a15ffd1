"""A user's task as the rest of the house meets it: found, checked, with its card and its worlds."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import gymnasium
import numpy as np

from mereq_teleop.envs.batch import AnyBatch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import BadTask, EnvError
from mereq_teleop.envs.gymnasium_batch import GymnasiumBatch
from mereq_teleop.envs.gymnasium_world import GymnasiumTask, Moment, picture
from mereq_teleop.envs.own.card import Limits, card_of_task, environment, limits_of, scaled, source_file
from mereq_teleop.envs.own.find import attribute_of, blamed
from mereq_teleop.envs.own.task import Task

__all__ = ["Owned", "Readings", "owned"]

REHEARSED: Final = 12
"""Steps after which two runs of the same actions are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What there is to show of an environment that draws no pictures."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    limits: Limits


@dataclass(frozen=True, eq=False)
class Owned:
    """A user's task."""

    reference: str
    """module:attribute."""
    task: Task
    card: TaskCard
    limits: Limits
    """Of a flattened observation."""

    @property
    def file(self) -> Path | None:
        """The file that it is written in; None where there is none."""
        return source_file(self.task)

    @property
    def folder(self) -> Path:
        """Where its file is, and the policies that it names."""
        return Path.cwd() if self.file is None else self.file.parent

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the observation's components."""
        return tuple(self.task.observations) or tuple(f"observation_{index}" for index in range(self.card.inputs))

    def worlds(self, n: int) -> AnyBatch:
        """A batch of n worlds.

        Raises:
            EnvError: the environments, or the user's own simulator, are not as the card says.
        """
        try:
            own = self.task.batch(n)
        except Exception as error:
            raise BadTask(f"batch of {self.reference} failed: {blamed(error)}") from error
        if own is not None:
            return self._fitting(own, n)
        made = GymnasiumTask(card=self.card, measure=self.measure, make=self._make, look=self._look)
        return GymnasiumBatch(made, n, self.reference)

    def measure(self, moment: Moment) -> Sequence[float]:
        """The features of a moment.

        Raises:
            BadTask: the user's own measure raised an error.
        """
        if not self.task.features:
            return self._components(moment)
        try:
            # Plain numbers, whatever numpy made of them.
            return [float(value) for value in self.task.measure(moment)]
        except Exception as error:
            raise BadTask(f"measure of {self.reference} failed: {blamed(error)}") from error

    def wish(self, obs: Any, preference: str) -> Any:
        """What the user's rule would do; None where any action will do.

        Raises:
            BadTask: the rule raised an error, or gave something that is no action.
        """
        try:
            wish = self.task.expert(obs, preference)
        except Exception as error:
            raise BadTask(f"expert of {self.reference} failed: {blamed(error)}") from error
        if wish is None:
            return None
        try:
            action = int(wish) if self.card.discrete else tuple(float(value) for value in np.atleast_1d(wish))
        except (TypeError, ValueError):
            action = -1
        if not self.card.allows(action):
            wanted = self.card.action_space
            raise BadTask(f"expert of {self.reference} gave {wish!r:.60}: wanted an action ({wanted}), or None")
        return action

    @property
    def has_rule(self) -> bool:
        """Whether the user wrote a rule for a simulated expert."""
        return type(self.task).expert is not Task.expert

    def _make(self, env_id: str, render_mode: str | None) -> "gymnasium.Env[Any, Any]":
        return environment(self.task, env_id, render_mode)

    def _components(self, moment: Moment) -> list[float]:
        """The default features."""
        seen = scaled(moment.after.ravel().astype(np.float64), self.limits)
        card = self.card
        if isinstance(moment.action, int):
            # At an episode's start nothing has been done; the neutral action has no feature.
            done = [float(index == moment.action) for index in range(len(card.actions)) if index != card.neutral_action]
        else:
            done = [
                2 * (float(value) - axis.low) / (axis.high - axis.low) - 1
                for value, axis in zip(moment.action, card.axes, strict=True)
            ]
        return [*seen.tolist(), *done]

    def _look(self, moment: Moment) -> Any:
        """The environment's own picture, or its readings."""
        if (shown := picture(moment)) is not None:
            return shown
        return Readings(names=self.names, values=tuple(moment.after.ravel().tolist()), limits=self.limits)

    def _fitting(self, batch: AnyBatch, n: int) -> AnyBatch:
        wanted = (n, *self.card.observation_shape), (n, len(self.card.features))
        try:
            came = batch.n, batch.observation.shape, batch.features.shape
        except AttributeError as error:
            raise BadTask(f"batch of {self.reference} gave no Batch (mereq_teleop.envs.batch): {error}") from None
        if came != (n, *wanted):
            raise BadTask(
                f"batch of {self.reference} gave {came[0]} worlds, observations {came[1]} and features {came[2]}: "
                f"wanted {n}, {wanted[0]} and {wanted[1]}"
            )
        return batch


@cache
def owned(reference: str) -> Owned:
    """The task that `module:attribute` refers to; found and checked once a process.

    Raises:
        BadTask: it cannot be found or imported, or is no task; the message says what to do.
        EnvError: its environment is not what it seems.
    """
    kind = attribute_of(reference)
    if kind is Task:
        raise BadTask(f"{reference} is the class that every task is made from{_those_of(reference)}")
    task = kind
    if isinstance(kind, type) and issubclass(kind, Task):
        try:
            task = kind()
        except Exception as error:
            raise BadTask(f"{reference} cannot be made: {blamed(error)}") from error
    if not isinstance(task, Task):
        what = f"class {kind.__name__}" if isinstance(kind, type) else f"a {type(kind).__name__}"
        raise BadTask(f"{reference} is {what}, no subclass of mereq_teleop.envs.Task{_those_of(reference)}")
    env = environment(task, reference, None)
    card = card_of_task(task, reference, env)
    found = Owned(reference, task, card, limits_of(env.observation_space))  # type: ignore[arg-type]
    _rehearse(found, env)
    return found


def _those_of(reference: str) -> str:
    """The tasks that the module of a reference defines itself, as a question; or how to write one."""
    module = sys.modules[reference.partition(":")[0]]
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Task)]
    own = [f"{module.__name__}:{kind.__name__}" for kind in kinds if kind.__module__ == module.__name__]
    return f"; did you mean {' or '.join(own)}?" if own else "; `mereq new-task NAME` writes one"


def _rehearse(found: Owned, env: "gymnasium.Env[Any, Any]") -> None:
    """Drive a few steps twice: what the environment or the features do wrong shows at once, not in mid-session."""
    try:
        first, _ = env.reset(seed=0)
    except TypeError as error:
        if "seed" not in str(error):
            raise BadTask(f"{found.reference} cannot be reset: {blamed(error)}") from error
        raise BadTask(
            f"{found.reference}: its reset takes no seed, so no episode can be repeated; write "
            "`def reset(self, *, seed=None, options=None)` and begin it with super().reset(seed=seed)"
        ) from None
    except Exception as error:
        raise BadTask(f"{found.reference} cannot be reset: {blamed(error)}") from error
    _check_observation(found, env, first)
    ways = [_way(found), _way(found)]
    if ways[0] != ways[1]:
        raise BadTask(
            f"{found.reference} is not deterministic: the same seed and actions led to other observations or features; "
            "draw every random number from self.np_random, after super().reset(seed=seed)"
        )


def _check_observation(found: Owned, env: "gymnasium.Env[Any, Any]", obs: Any) -> None:
    space, seen = env.observation_space, np.asarray(obs)
    assert isinstance(space, gymnasium.spaces.Box)
    if seen.shape != space.shape:
        raise BadTask(f"{found.reference}: its reset gave an observation of shape {seen.shape}, its space is {space}")
    slack = 1e-4 * np.maximum(np.abs(np.nan_to_num(space.high)), 1.0)
    outside = (seen < space.low - slack) | (seen > space.high + slack)
    if outside.any():
        at = int(np.flatnonzero(outside)[0])
        raise BadTask(
            f"{found.reference}: number {at} of its observation is {seen.ravel()[at]:g}, its space says "
            f"{space.low.ravel()[at]:g}..{space.high.ravel()[at]:g}"
        )


def _way(found: Owned) -> list[Any]:
    """What comes of some actions, drawn alike at every call."""
    card, random = found.card, np.random.default_rng(0)
    batch = found.worlds(1)
    way: list[Any] = [batch.reset([7]).tolist()]
    low, high = (np.array([getattr(axis, end) for axis in card.axes]) for end in ("low", "high"))
    for _ in range(REHEARSED):
        action = random.integers(len(card.actions), size=1) if card.discrete else random.uniform(low, high)[None]
        after = batch.step(action)
        if (broken := batch.divergence) is not None:
            raise EnvError(f"{found.reference}: a step of its environment failed: {broken.where}")
        way += [after.observation.tolist(), after.features.tolist(), after.reward.tolist()]
    return way
