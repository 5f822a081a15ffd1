"""One ordinary gymnasium environment as a world that can be brought back, by its seed and the actions since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray

from mereq_teleop.envs.batch import Divergence
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import EnvError

__all__ = ["GymnasiumTask", "GymnasiumWorld", "Moment", "made", "picture"]

Env = gymnasium.Env[Any, Any]
EnvAction = int | NDArray[np.float32]
"""As an environment takes it."""
Past = Sequence[int] | Sequence[tuple[float, ...]]
"""Actions since a reset, as plain numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a task measures its features by, and draws: one step of an environment, or its start.

    At the start nothing has been done yet: `before` is `after`, the action is the card's neutral one, the reward 0.
    """

    env: Env
    """As `GymnasiumTask.make` gave it, in the state after the step; for reading, not for stepping."""
    before: NDArray[np.float32]
    """Observation that the action was taken at, in the card's shape."""
    action: EnvAction
    """An index, or an (axes,) vector within the limits."""
    after: NDArray[np.float32]
    """Observation after the step."""
    reward: float
    terminated: bool
    info: Mapping[str, Any]
    """What the environment's step or reset said beside."""


def made(env_id: str, render_mode: str | None) -> Env:
    """The environment of a gymnasium id; without pictures where it knows no such render mode."""
    env: Env = gymnasium.make(env_id, disable_env_checker=True)
    if render_mode is None or render_mode not in env.metadata.get("render_modes", ()):
        return env
    env.close()
    drawing: Env = gymnasium.make(env_id, render_mode=render_mode, disable_env_checker=True)
    return drawing


def picture(moment: Moment) -> NDArray[np.uint8] | None:
    """The environment's own rgb_array, (height, width, 3); None of one that draws nothing."""
    return None if moment.env.render_mode is None else np.array(moment.env.render(), dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class GymnasiumTask:
    """What makes a task of gymnasium's environments.

    An environment must be deterministic: the same seed and the same actions always lead to the same observations.
    """

    card: TaskCard
    measure: Callable[[Moment], Sequence[float] | NDArray[np.float64]]
    """The (k,) features after a step, in the card's order; they depend on the moment alone."""
    make: Callable[[str, str | None], Env] = made
    """(gymnasium id, render mode or None) -> an environment."""
    look: Callable[[Moment], Any] = picture
    """What the task's view draws of a moment; must not change later."""
    render_mode: str | None = "rgb_array"
    """What a world that is watched is made with; None where `look` needs no rendering."""


class GymnasiumWorld:
    """One environment, where it is, and how it came there.

    An episode that has ended stands still until the next reset: its last observation and flags, a reward of 0.

    Raises:
        EnvError: the environment cannot be made, or its spaces are not those of the card.
    """

    def __init__(self, task: GymnasiumTask, env_id: str) -> None:
        self._task = task
        self._env_id = env_id
        self._discrete = task.card.discrete
        self._mode: str | None = None
        self._watched = False
        self._broken = False
        """Whether the environment may be in no state that its seed and actions lead to."""
        self._looks: tuple[Any, Any] = (None, None)
        self._env = self._made()
        _check(self._env, task.card, env_id)
        if not self._discrete:
            space = self._env.action_space
            assert isinstance(space, Box)
            self._low, self._high = space.low, space.high
        self.reset(0)

    def _made(self) -> Env:
        try:
            return self._task.make(self._env_id, self._mode)
        except Exception as error:  # A missing library, a wrong id, a mistake in a user's constructor.
            raise EnvError(f"{self._env_id} cannot be made: {_told(error)}") from error

    def watch(self) -> None:
        """From now on keep what there is to draw."""
        if self._watched:
            return
        self._watched, self._mode = True, self._task.render_mode
        if self._mode is None:
            self._stand_still()
        else:
            self._broken = True
            self.go_to(self.seed, list(self.actions), self.terminated, self.truncated)

    @property
    def looks(self) -> tuple[Any, Any]:
        """What the task's `look` makes of the moments before and after the last step; still where nobody watches."""
        return self._looks if self._watched else (self._task.look(self._moment),) * 2

    def reset(self, seed: int) -> None:
        """Start anew.

        Raises:
            EnvError: the environment's reset failed, or gave no observation of the card's shape.
        """
        if self._broken:
            self._env.close()
            self._env = self._made()
        try:
            observation, info = self._env.reset(seed=seed)
            seen = self._seen(observation)
        except Exception as error:
            raise EnvError(f"{self._env_id} cannot be reset with seed {seed}: {_told(error)}") from error
        self._broken = False
        self.seed = seed
        self.actions: list[Any] = []
        """Executed since the reset."""
        self.observation = seen
        self.terminated = self.truncated = False
        self.divergence: Divergence | None = None
        neutral = self._task.card.neutral_action
        action = neutral if isinstance(neutral, int) else np.array(neutral, np.float32)
        self._arrive(seen, action, 0.0, info)
        self._stand_still()

    def step(self, action: EnvAction) -> float:
        """Advance by one control step; returns the reward.

        A step that the environment raises an error in, or that leads to no finite observation and reward, is undone,
        truncates the episode and is kept in `divergence`.

        Raises:
            EnvError: the task measured something else than as many finite numbers as it has features.
        """
        self.divergence = None
        if self.terminated or self.truncated:
            return 0.0
        taken = action if isinstance(action, int) else np.clip(action, self._low, self._high)
        try:
            observation, given, terminated, truncated, info = self._env.step(taken)
            seen, reward = self._seen(observation), float(given)
            if not np.isfinite(reward):
                raise FloatingPointError(f"the reward is {reward}")
        except Exception as error:
            self.divergence = self._diverged(error, taken)
            self.truncated, self._broken = True, True
            return 0.0
        before, self.observation = self.observation, seen
        self.actions.append(_kept(taken))
        self.terminated = bool(terminated)
        self.truncated = bool(truncated) or len(self.actions) >= self._task.card.horizon_steps
        self._arrive(before, taken, reward, info)
        return reward

    def go_to(self, seed: int, actions: Past, terminated: bool, truncated: bool) -> None:
        """Bring the world to where these actions led from this seed, taking again only those that are missing.

        Raises:
            EnvError: the environment did not take the same way again.
        """
        done = len(self.actions)
        onwards = seed == self.seed and self.actions == list(actions[:done])
        if self._broken or not onwards or (done < len(actions) and (self.terminated or self.truncated)):
            self.reset(seed)
            done = 0
        for at, action in enumerate(actions[done:], done):
            self.step(action if isinstance(action, int) else np.array(action, np.float32))
            if len(self.actions) != at + 1:
                why = self.divergence.where if self.divergence else "its episode is over there already"
                raise EnvError(f"{self._env_id} cannot be brought back to step {at + 1} of seed {seed}: {why}")
        self.terminated, self.truncated, self.divergence = terminated, truncated, None
        self._stand_still()

    def _arrive(self, before: NDArray[np.float32], action: EnvAction, reward: float, info: Mapping[str, Any]) -> None:
        """Measure, and draw if somebody watches."""
        moment = self._moment = Moment(
            env=self._env,
            before=before,
            action=action,
            after=self.observation,
            reward=reward,
            terminated=self.terminated,
            info=info,
        )
        card = self._task.card
        features = np.asarray(self._task.measure(moment), dtype=np.float64)
        if features.shape != (len(card.features),) or not np.isfinite(features).all():
            told = ", ".join(f"{value:g}" for value in features.ravel().tolist())
            wanted = ", ".join(card.feature_names)
            raise EnvError(
                f"the features of {card.name} after step {len(self.actions)} are ({told}): "
                f"wanted {len(card.features)} finite numbers ({wanted})"
            )
        self.features: NDArray[np.float64] = features
        if self._watched:
            self._looks = (self._looks[1], self._task.look(moment))

    def _stand_still(self) -> None:
        if self._watched:
            self._looks = (self._task.look(self._moment),) * 2

    def _seen(self, observation: Any) -> NDArray[np.float32]:
        seen = np.array(observation, dtype=np.float32)
        if seen.shape != self._task.card.observation_shape:
            raise ValueError(f"the observation is {seen.shape}, the card's {self._task.card.observation_shape}")
        if not np.isfinite(seen).all():
            raise FloatingPointError(f"the observation holds {seen[~np.isfinite(seen)][0]}")
        return seen

    def _diverged(self, error: Exception, action: EnvAction) -> Divergence:
        actions = np.array([*self.actions, _kept(action)])
        return Divergence(_told(error), {"seed": np.array(self.seed), "actions": actions, "last": self.observation})


def _told(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _kept(action: EnvAction) -> int | tuple[float, ...]:
    return action if isinstance(action, int) else tuple(action.tolist())


def _check(env: Env, card: TaskCard, env_id: str) -> None:
    """Whether the environment's spaces are the card's."""
    seen, acted = env.observation_space, env.action_space
    if not isinstance(seen, Box) or seen.shape != card.observation_shape:
        raise EnvError(f"{env_id} is observed as {seen}, its card says an array of shape {card.observation_shape}")
    if card.discrete:
        if not isinstance(acted, Discrete) or acted.n != len(card.actions) or acted.start != 0:
            raise EnvError(f"{env_id} takes {acted}, its card names {len(card.actions)} actions from 0")
    elif not isinstance(acted, Box) or acted.shape != (len(card.axes),):
        raise EnvError(f"{env_id} takes {acted}, its card has {len(card.axes)} axes")
