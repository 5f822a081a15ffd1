"""A batch of ordinary gymnasium environments, for tasks without a batched simulator of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mereq_teleop.envs.batch import BatchStep, Divergence, checked_seeds
from mereq_teleop.envs.gymnasium_state import GymnasiumState
from mereq_teleop.envs.gymnasium_world import EnvAction, GymnasiumTask, GymnasiumWorld

__all__ = ["GymnasiumBatch", "GymnasiumFrames"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GymnasiumFrames:
    """One control step of an environment: what its task's `look` made of the moments before and after it."""

    before: Any
    after: Any


class GymnasiumBatch:
    """n environments, stepped one after the other (see `mereq_teleop.envs.batch.Batch`).

    That is faster than gymnasium's own SyncVectorEnv, and an error in one environment's step is that world's alone.
    A world that has terminated or been truncated stands still until it is reset. A step that the environment raises
    an error in is undone, and truncates. To restore a state, a world takes its actions again; those alone that it
    has not just taken. Before the first reset the worlds are those of seed 0.

    Args:
        task: which.
        n: number of worlds.
        env_id: gymnasium id; the task's own by default.
        theta: nothing: the environment has its own reward.

    Raises:
        EnvError: an environment cannot be made or reset, or does not suit the task's card or features.
        ValueError: n is less than 1, or there is a theta.
    """

    def __init__(
        self, task: GymnasiumTask, n: int, env_id: str | None = None, theta: Sequence[float] | None = None
    ) -> None:
        self._env_id = env_id or task.card.ids[task.card.name]
        if n < 1:
            raise ValueError(f"a batch needs at least one world, not {n}")
        if theta is not None:
            raise ValueError(f"{self._env_id} has a fixed reward and takes no theta")
        self._card = task.card
        self._worlds = [GymnasiumWorld(task, self._env_id) for _ in range(n)]

    @property
    def n(self) -> int:
        """Number of worlds."""
        return len(self._worlds)

    @property
    def env_id(self) -> str:
        """Gymnasium id of the environments."""
        return self._env_id

    @property
    def observation(self) -> NDArray[np.float32]:
        """(n, *observation_shape), of the worlds as they are."""
        return np.stack([world.observation for world in self._worlds])

    @property
    def features(self) -> NDArray[np.float64]:
        """(n, k), of the worlds as they are."""
        return np.stack([world.features for world in self._worlds])

    @property
    def frames(self) -> GymnasiumFrames:
        """What world 0 went through in the last step; still where nobody watches."""
        before, after = self._worlds[0].looks
        return GymnasiumFrames(before=before, after=after)

    @property
    def divergence(self) -> Divergence | None:
        """How world 0 broke down in the last step, with its `seed`, the `actions` since (the one that broke it the
        last) and the `last` observation; None where it did not.
        """
        return self._worlds[0].divergence

    def watch(self) -> None:
        """From now on keep what there is to draw of world 0."""
        self._worlds[0].watch()

    def reset(self, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start all worlds anew; return the observations.

        Raises:
            EnvError: an environment's reset failed.
            ValueError: seeds are not (n,) integers of at least 0.
        """
        return self.reset_where(np.ones(self.n, dtype=np.bool_), seeds)

    def reset_where(self, mask: ArrayLike, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start the worlds of an (n,) mask anew; return all observations.

        Raises:
            EnvError: an environment's reset failed.
            ValueError: the mask is not (n,) booleans, or seeds are not (n,) integers of at least 0 where it is true.
        """
        chosen, wanted = checked_seeds(mask, seeds, self.n)
        for at in np.flatnonzero(chosen).tolist():
            self._worlds[at].reset(int(wanted[at]))
        return self.observation

    def step(self, actions: ArrayLike) -> BatchStep:
        """Advance all worlds by one control step; never resets.

        Args:
            actions: (n,) whole numbers, or (n, axes) numbers, taken as float32; one outside the limits is clipped.

        Raises:
            EnvError: the task measured something else than as many finite numbers as it has features.
            ValueError: these are no actions; then nothing has moved.
        """
        told = self._told(np.asarray(actions))
        reward = np.array([world.step(action) for world, action in zip(self._worlds, told, strict=True)])
        return BatchStep(
            self.observation,
            self.features,
            reward,
            np.array([world.terminated for world in self._worlds]),
            np.array([world.truncated for world in self._worlds]),
        )

    def _told(self, actions: NDArray[Any]) -> list[EnvAction]:
        """Each world's action, as its environment takes it."""
        if self._card.discrete:
            if actions.shape != (self.n,) or actions.dtype.kind not in "iu":
                raise ValueError(f"actions are {actions.dtype} {actions.shape}, wanted integers ({self.n},)")
            wrong = actions[(actions < 0) | (actions >= len(self._card.actions))]
            if wrong.size:
                raise ValueError(f"an action is in {self._card.action_space}, not {wrong[0]}")
            return [int(action) for action in actions]
        wanted = (self.n, len(self._card.axes))
        if actions.shape != wanted or actions.dtype.kind not in "fiu":
            raise ValueError(f"actions are {actions.dtype} {actions.shape}, wanted numbers {wanted}")
        if not np.isfinite(actions).all():
            raise ValueError(f"action {actions[~np.isfinite(actions)][0]} is not finite")
        return list(actions.astype(np.float32))

    def state(self) -> GymnasiumState:
        """A copy of the whole state."""
        length = np.array([len(world.actions) for world in self._worlds])
        shape, kind = ((), np.int64) if self._card.discrete else ((len(self._card.axes),), np.float32)
        actions = np.zeros((self.n, int(length.max()), *shape), kind)
        for row, world in zip(actions, self._worlds, strict=True):
            if world.actions:
                row[: len(world.actions)] = world.actions
        return GymnasiumState(
            seed=np.array([world.seed for world in self._worlds]),
            length=length,
            actions=actions,
            terminated=np.array([world.terminated for world in self._worlds]),
            truncated=np.array([world.truncated for world in self._worlds]),
        )

    def restore(self, state: GymnasiumState) -> NDArray[np.float32]:
        """Go back to a state of n worlds; return the observations.

        Raises:
            EnvError: an environment did not take the same way again.
            ValueError: the state is of another number of worlds.
        """
        if state.n != self.n:
            raise ValueError(f"the state is of {state.n} worlds, this batch has {self.n}; see GymnasiumState.take")
        for at, world in enumerate(self._worlds):
            rows = state.actions[at, : state.length[at]]
            actions = rows.tolist() if self._card.discrete else [tuple(row) for row in rows.tolist()]
            world.go_to(int(state.seed[at]), actions, bool(state.terminated[at]), bool(state.truncated[at]))
        return self.observation
