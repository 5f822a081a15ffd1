"""The batched highway simulator: bit for bit highway-env, some thousand times as fast."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mereq_teleop.envs.batch import BatchStep, Divergence, checked_seeds
from mereq_teleop.envs.highway.frames import HighwayFrames
from mereq_teleop.envs.highway.kernels import KERNELS
from mereq_teleop.envs.highway.layout import (
    CRASHED,
    EXPONENT,
    FRAMES,
    HEADING,
    IMPACT_X,
    IMPACT_Y,
    INTEGERS,
    LANE,
    OBSERVED,
    ORDER,
    PUSHED,
    REALS,
    SPEED,
    TARGET_LANE,
    TARGET_SPEED,
    TIMER,
    TRACED,
    VEHICLES,
    X,
    Y,
)
from mereq_teleop.envs.highway.numerics import numerics
from mereq_teleop.envs.highway.rewards import BASIC, reward_weights, vehicles_density
from mereq_teleop.envs.highway.state import HighwayState

__all__ = ["HighwayBatch"]

_REAL_ROWS = {
    "x": X,
    "y": Y,
    "heading": HEADING,
    "speed": SPEED,
    "target_speed": TARGET_SPEED,
    "exponent": EXPONENT,
    "timer": TIMER,
    "impact_x": IMPACT_X,
    "impact_y": IMPACT_Y,
}
_LANE_ROWS = {"lane": LANE, "target_lane": TARGET_LANE}
_FLAG_ROWS = {"crashed": CRASHED, "pushed": PUSHED}


class HighwayBatch:
    """n highway worlds, stepped together on one core without the GIL (see `mereq_teleop.envs.batch.Batch`).

    A world that has terminated or been truncated steps on as highway-env's does: the crashed vehicle rolls out,
    traffic flows, the flags stay as they are (a crash is for ever, and so is an elapsed horizon).
    Before the first reset the worlds are those of seed 0.

    Args:
        n: number of worlds.
        env_id: gymnasium id, which decides the reward and the density of the traffic.
        theta: weights of the features, for highway-addLinearReward-v0 alone.

    Raises:
        ValueError: n is less than 1, or theta does not suit the id.
    """

    def __init__(self, n: int, env_id: str = BASIC, theta: Sequence[float] | None = None) -> None:
        if n < 1:
            raise ValueError(f"a batch needs at least one world, not {n}")
        self._n = n
        self._env_id = env_id
        self._weights = np.array(reward_weights(env_id, theta))
        self._spacing = 1 / vehicles_density(env_id)
        self._numerics = numerics()
        self._reals = np.zeros((n, REALS, VEHICLES))
        self._integers = np.zeros((n, INTEGERS, VEHICLES), dtype=np.int64)
        self._steps = np.zeros(n, dtype=np.int64)
        self._trace: NDArray[np.float64] | None = None
        self._traced = False
        self.reset(np.zeros(n, dtype=np.int64))

    @property
    def n(self) -> int:
        """Number of worlds."""
        return self._n

    @property
    def env_id(self) -> str:
        """Gymnasium id of the reference environment that the worlds equal."""
        return self._env_id

    @property
    def observation(self) -> NDArray[np.float32]:
        """(n, 5, 5) presence, x, y, vx, vy of the ego vehicle and the four nearest, of the worlds as they are."""
        observation = np.empty((self._n, OBSERVED, 5), dtype=np.float32)
        KERNELS.observe(self._numerics, self._reals, self._integers, observation)
        return observation

    @property
    def features(self) -> NDArray[np.float64]:
        """(n, 3) collision, right_lane, high_speed, of the worlds as they are."""
        features = np.empty((self._n, 3))
        KERNELS.extract(self._reals, self._integers, features)
        return features

    @property
    def frames(self) -> HighwayFrames:
        """What world 0 went through in the last step, frame by frame; unwatched or without a step it stands still."""
        if self._trace is not None and self._traced:
            x, y, heading, speed, crashed = self._trace.copy().swapaxes(0, 1)
            return HighwayFrames(x=x, y=y, heading=heading, speed=speed, crashed=crashed != 0.0)
        x, y, heading, speed = self._reals[:1, [X, Y, HEADING, SPEED]].swapaxes(0, 1)
        return HighwayFrames(x=x, y=y, heading=heading, speed=speed, crashed=self._integers[:1, CRASHED] != 0)

    def reset(self, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start all worlds anew as highway-env's reset(seed=...) does; return the observations.

        Raises:
            ValueError: seeds are not (n,) integers of at least 0.
        """
        return self.reset_where(np.ones(self._n, dtype=np.bool_), seeds)

    def reset_where(self, mask: ArrayLike, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start the worlds of the mask anew, leaving the others alone; return all observations.

        Args:
            mask: (n,) booleans.
            seeds: (n,) integers, read where the mask is true alone.

        Raises:
            ValueError: the mask is not (n,) booleans, or seeds are not (n,) integers of at least 0.
        """
        chosen, wanted = checked_seeds(mask, seeds, self._n)
        whole = wanted.astype(np.int64, copy=False)
        KERNELS.reset(self._numerics, self._reals, self._integers, self._steps, chosen, whole, self._spacing)
        self._traced = self._traced and not chosen[0]
        return self.observation

    def step(self, actions: ArrayLike) -> BatchStep:
        """Advance all worlds by one control step of five frames; never resets.

        Args:
            actions: (n,) integers: 0 LANE_LEFT, 1 IDLE, 2 LANE_RIGHT, 3 FASTER, 4 SLOWER.

        Raises:
            ValueError: an action is none of the five, or actions are not (n,) integers; then nothing has moved.
        """
        n = self._n
        chosen = np.asarray(actions)
        if chosen.dtype != np.int64 or not chosen.flags.c_contiguous:
            if chosen.dtype.kind not in "iu":
                raise ValueError(f"actions are {chosen.dtype}, wanted integers 0..4")
            chosen = np.ascontiguousarray(chosen, dtype=np.int64)
        if chosen.shape != (n,):
            raise ValueError(f"actions have shape {chosen.shape}, wanted ({n},)")
        result = BatchStep(
            np.empty((n, OBSERVED, 5), dtype=np.float32),
            np.empty((n, 3)),
            np.empty(n),
            np.empty(n, dtype=np.bool_),
            np.empty(n, dtype=np.bool_),
        )
        worlds = (self._numerics, self._reals, self._integers, self._steps)
        bad = KERNELS.step(*worlds, chosen, self._weights, self._trace, *result)
        if bad >= 0:
            raise ValueError(f"action {chosen[bad]} of world {bad} is not in 0..4")
        self._traced = self._trace is not None
        return result

    @property
    def divergence(self) -> Divergence | None:
        """None: this world cannot break down."""
        return None

    def watch(self) -> None:
        """From now on keep the frames of world 0, at the price of a step of its own to compile."""
        self._trace = np.empty((FRAMES + 1, TRACED, VEHICLES))
        self._traced = False

    def state(self) -> HighwayState:
        """A copy of the whole state."""
        arrays: dict[str, Any] = {name: self._reals[:, row].copy() for name, row in _REAL_ROWS.items()}
        arrays |= {name: self._integers[:, row].copy() for name, row in _LANE_ROWS.items()}
        arrays |= {name: self._integers[:, row] != 0 for name, row in _FLAG_ROWS.items()}
        return HighwayState(**arrays, step=self._steps.copy())

    def restore(self, state: HighwayState) -> NDArray[np.float32]:
        """Go back to a state; return the observations.

        Raises:
            ValueError: the state is of another number of worlds.
        """
        if state.n != self._n:
            raise ValueError(f"the state is of {state.n} worlds, this batch has {self._n}; see HighwayState.take")
        for name, row in _REAL_ROWS.items():
            self._reals[:, row] = getattr(state, name)
        for name, row in (_LANE_ROWS | _FLAG_ROWS).items():
            self._integers[:, row] = getattr(state, name)
        self._integers[:, ORDER] = np.arange(VEHICLES)
        self._steps[:] = state.step
        KERNELS.refresh(self._numerics, self._reals, self._integers)
        self._traced = False
        return self.observation
