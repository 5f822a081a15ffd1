"""The batched arm: n worlds of one scene, stepped together by MuJoCo."""

from collections import deque
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import mujoco
import numpy as np
from mujoco.batch import Batch
from numpy.typing import ArrayLike, NDArray

from mereq_teleop.envs.batch import BatchStep, Divergence, checked_seeds
from mereq_teleop.envs.fanuc.control import OPENING, STEP, SUBSTEPS, TARGET, command, place, tips
from mereq_teleop.envs.fanuc.frames import ArmMoment, FanucFrames
from mereq_teleop.envs.fanuc.state import FanucState
from mereq_teleop.envs.fanuc.task import FanucTask

__all__ = ["FanucBatch", "load_scene"]

MARGIN_M: Final = 0.008
"""The target stays so far inside the workspace that the tip, which follows it with a lag, does too."""
RUNAWAY: Final = 100.0
"""A joint or body faster than this (rad/s or m/s) has left physics."""
REMEMBERED: Final = 20
"""Control steps before a divergence that one may look into."""


@cache
def load_scene(scene: str) -> mujoco.MjModel:
    """The model of a task's scene; one for all, never changed.

    MuJoCo would write its warnings to standard error and into a file in the current folder; from now on it does not:
    a batch counts them.
    """
    if mujoco.get_mju_user_warning() is None:
        mujoco.set_mju_user_warning(lambda message: None)
    return mujoco.MjModel.from_xml_path(str(Path(__file__).parent / scene / "scene.xml"))


class FanucBatch:
    """n arms at one task, stepped together on one core without the GIL (see `mereq_teleop.envs.batch.Batch`).

    A world that has terminated or been truncated steps on. One whose simulation diverges goes back to where it was
    before the step, and is truncated; `diverged` tells.

    Args:
        task: which.
        n: number of worlds.
        env_id: gymnasium id, which decides the reward.
        theta: nothing: the id has its own weights.

    Raises:
        ValueError: n is less than 1, or theta is given.
    """

    def __init__(self, task: FanucTask, n: int, env_id: str, theta: Sequence[float] | None = None) -> None:
        if n < 1:
            raise ValueError(f"a batch has at least 1 world, not {n}")
        if theta is not None:
            raise ValueError(f"{env_id} has weights of its own: theta is for worlds with a linear reward")
        self.task = task
        self.diverged = np.zeros(n, dtype=np.bool_)
        self._env_id = env_id
        self._theta = np.array(task.thetas[env_id])
        self._batch = Batch(load_scene(task.scene), n, 1)
        self._qpos, self._qvel = self._batch.bind("qpos"), self._batch.bind("qvel")
        self._user = self._batch.bind("userdata")
        self._mocap, self._turns = self._batch.bind("mocap_pos"), self._batch.bind("mocap_quat")
        low, high = (np.array(corner) for corner in task.workspace_m)
        self._box = np.stack((low + MARGIN_M, high - MARGIN_M))
        self._low = np.array([axis.low for axis in task.card.axes])
        self._high = np.array([axis.high for axis in task.card.axes])
        self._controls = np.empty((n, SUBSTEPS, self._batch.model.nu))
        self._tool = np.empty((n, 3))
        self._path: NDArray[np.float64] | None = None
        self._watched = False
        self._past: deque[tuple[NDArray[np.float64], NDArray[np.float64]]] = deque(maxlen=REMEMBERED)
        self._divergence: Divergence | None = None
        self.reset(np.zeros(n, dtype=np.int64))

    @property
    def n(self) -> int:
        """Number of worlds."""
        return len(self.diverged)

    @property
    def env_id(self) -> str:
        """Gymnasium id of the reference environment that the worlds equal."""
        return self._env_id

    @property
    def observation(self) -> NDArray[np.float32]:
        """(n, *observation_shape), of the worlds as they are."""
        return self._measured()[0]

    @property
    def features(self) -> NDArray[np.float64]:
        """(n, k), of the worlds as they are."""
        return self._measured()[1]

    @property
    def frames(self) -> FanucFrames:
        """What world 0 went through in the last step; unwatched or without a step it stands still."""
        moment = ArmMoment(
            qpos=self._qpos[0].copy(),
            mocap=self._mocap[0].copy(),
            turns=self._turns[0].copy(),
            user=self._user[0].copy(),
            tool=self._tool[0].copy(),
            features=self.features[0],
        )
        if self._path is None:
            return FanucFrames.still(self.task.scene, moment)
        return FanucFrames(scene=self.task.scene, path=self._path, after=moment)

    @property
    def divergence(self) -> Divergence | None:
        """How world 0 broke down in the last step, with `states` (mjSTATE_INTEGRATION, oldest first), the `actions`
        taken there, and `broken`, the state that the last action led to; None if it did not.
        """
        return self._divergence

    def watch(self) -> None:
        """From now on keep the substeps of world 0."""
        self._watched = True

    def reset(self, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start all worlds anew; return the observations.

        Raises:
            ValueError: seeds are not (n,) integers of at least 0.
        """
        return self.reset_where(np.ones(self.n, dtype=np.bool_), seeds)

    def reset_where(self, mask: ArrayLike, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start the worlds of an (n,) mask anew; return all observations.

        Raises:
            ValueError: the mask is not (n,) booleans, or seeds are not (n,) integers of at least 0 where it is true.
        """
        chosen, wanted = checked_seeds(mask, seeds, self.n)
        if chosen.any():
            self._batch.reset(chosen, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        for world in np.flatnonzero(chosen).tolist():
            self._begin(world, np.random.default_rng(wanted[world]))
        if chosen[0]:
            self._forget()
        self.diverged[chosen] = False
        return self.observation

    def _begin(self, world: int, random: np.random.Generator) -> None:
        """Lay out one world, the arm last."""
        qpos, user, mocap = self._qpos[world], self._user[world], self._mocap[world]
        tip = self.task.reset(random, qpos, mocap, self._turns[world], user)
        user[OPENING] = self.task.grip_m
        place(qpos, user, tip, self.task.length_m)
        mocap[0] = tip

    def step(self, actions: ArrayLike) -> BatchStep:
        """Advance all worlds by one control step; never resets.

        Args:
            actions: (n, axes) velocities (m/s); one outside the card's limits is clipped.

        Raises:
            ValueError: actions are not (n, axes) finite numbers; then nothing has moved.
        """
        told, wanted = np.asarray(actions), (self.n, len(self._low))
        if told.shape != wanted or told.dtype.kind not in "fiu":
            raise ValueError(f"actions are {told.dtype} {told.shape}, wanted numbers {wanted}")
        if not np.isfinite(told).all():
            raise ValueError(f"action {told[~np.isfinite(told)][0]} is not finite")
        told = np.clip(told.astype(np.float64), self._low, self._high)
        before, at_first = self._batch.state.copy(), self._qpos[:1].copy()
        task = self.task
        tips(self._qpos, task.length_m, self._tool)
        command(self._tool, self._user, told, task.length_m, self._box, task.lead_m, task.grip_m, self._controls)
        self._mocap[:, 0] = self._user[:, TARGET : TARGET + 3]
        went = self._batch.rollout(SUBSTEPS, self._controls, record=("qpos",) if self._watched else ())
        self._past.append((before[0].copy(), told[0].copy()))
        self._put_back(before)
        if self._watched:
            self._path = None if self.diverged[0] else np.concatenate((at_first, went["qpos"][0]))
        reward, terminated = np.empty(self.n), np.empty(self.n, dtype=np.bool_)
        tips(self._qpos, task.length_m, self._tool)
        task.judge(self._qpos, self._qvel, self._user, self._tool, told, reward, terminated)
        observation, features = self._seen()
        truncated = self.diverged | (self._user[:, STEP] >= task.card.horizon_steps)
        # One after the other: a matrix product's last bit would depend on the number of worlds.
        for weight, feature in zip(self._theta, features.T, strict=True):
            reward += weight * feature
        return BatchStep(observation, features, reward, terminated, truncated)

    def _put_back(self, before: NDArray[np.float64]) -> None:
        """Notice worlds that have diverged, and undo their step."""
        fast = np.abs(self._qvel).max(axis=1)
        sound = np.isfinite(self._batch.state).all(axis=1) & (fast < RUNAWAY)
        # MuJoCo leaves the rest of a step out when it warns.
        sound &= ~self._batch.warning[:, :, 1].any(axis=1)
        np.logical_not(sound, out=self.diverged)
        self._divergence = self._told() if self.diverged[0] else None
        if self.diverged.any():
            self._batch.state[self.diverged] = before[self.diverged]
            self._batch.warning[self.diverged] = 0

    def _told(self) -> Divergence:
        """What world 0, which has diverged, went through."""
        model, speeds = self._batch.model, np.abs(self._qvel[0])
        fastest = int(np.where(np.isfinite(speeds), speeds, np.inf).argmax())
        joint = model.joint(int(model.dof_jntid[fastest])).name
        states, actions = zip(*self._past, strict=True)
        return Divergence(
            f"{joint} at {speeds[fastest]:g} rad/s or m/s",
            {"states": np.stack(states), "actions": np.stack(actions), "broken": self._batch.state[0].copy()},
        )

    def _forget(self) -> None:
        """World 0 is another: what it went through is over."""
        self._path = None
        self._past.clear()
        self._divergence = None

    def _measured(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Observations and features of the worlds as they are."""
        tips(self._qpos, self.task.length_m, self._tool)
        return self._seen()

    def _seen(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """The same where the tips are known already."""
        card = self.task.card
        observation = np.empty((self.n, *card.observation_shape), dtype=np.float32)
        features = np.empty((self.n, len(card.features)))
        self.task.measure(self._qpos, self._qvel, self._user, self._tool, observation, features)
        return observation, features

    def state(self) -> FanucState:
        """A copy of the whole state."""
        return FanucState(self._batch.state.copy())

    def restore(self, state: FanucState) -> NDArray[np.float32]:
        """Go back to a state; return the observations.

        Raises:
            ValueError: the state is of another number of worlds, or another task.
        """
        if state.rows.shape != self._batch.state.shape:
            wanted = self._batch.state.shape
            raise ValueError(f"the state is {state.rows.shape}, this batch's {wanted}; see FanucState.take")
        self._batch.state[:] = state.rows
        self._batch.warning[:] = 0
        self.diverged[:] = False
        self._forget()
        return self.observation
