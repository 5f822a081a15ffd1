"""The batched mountain car: bit for bit gymnasium's, some hundred times as fast."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mereq_teleop.envs.batch import BatchStep, Divergence, checked_seeds
from mereq_teleop.envs.mountain_car.card import ENV_ID
from mereq_teleop.envs.mountain_car.frames import CarMoment, MountainCarFrames
from mereq_teleop.envs.mountain_car.kernels import measure, step
from mereq_teleop.envs.mountain_car.state import MountainCarState

__all__ = ["MountainCarBatch"]


class MountainCarBatch:
    """n mountain cars, stepped together on one core without the GIL (see `mereq_teleop.envs.batch.Batch`).

    A world that has terminated or been truncated steps on as gymnasium's does. Before the first reset the worlds
    are those of seed 0.

    Args:
        n: number of worlds.
        env_id: gymnasium id; there is one.
        theta: nothing: the reward has no weights to choose.

    Raises:
        ValueError: n is less than 1, or there is a theta.
    """

    def __init__(self, n: int, env_id: str = ENV_ID, theta: Sequence[float] | None = None) -> None:
        if n < 1:
            raise ValueError(f"a batch needs at least one world, not {n}")
        if theta is not None:
            raise ValueError(f"{env_id} has a fixed reward and takes no theta")
        self._n = n
        self._env_id = env_id
        self._position = np.zeros(n)
        self._velocity = np.zeros(n)
        self._force = np.zeros(n)
        self._steps = np.zeros(n, dtype=np.int64)
        self._watched = False
        self._before: CarMoment | None = None
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
        """(n, 2) position (m) and velocity (m a step), of the worlds as they are."""
        return np.stack((self._position, self._velocity), axis=1).astype(np.float32)

    @property
    def features(self) -> NDArray[np.float64]:
        """(n, 3) effort, speed, left_swing, of the worlds as they are."""
        features = np.empty((self._n, 3))
        measure(self._position, self._velocity, self._force, features)
        return features

    @property
    def frames(self) -> MountainCarFrames:
        """What world 0 went through in the last step; unwatched or without a step it stands still."""
        now = self._moment()
        return MountainCarFrames(before=self._before or now, after=now)

    @property
    def divergence(self) -> Divergence | None:
        """None: this world cannot break down."""
        return None

    def watch(self) -> None:
        """From now on keep where world 0 came from."""
        self._watched = True

    def reset(self, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start all worlds anew as gymnasium's reset(seed=...) does; return the observations.

        Raises:
            ValueError: seeds are not (n,) integers of at least 0.
        """
        return self.reset_where(np.ones(self._n, dtype=np.bool_), seeds)

    def reset_where(self, mask: ArrayLike, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start the worlds of an (n,) mask anew; return all observations.

        Raises:
            ValueError: the mask is not (n,) booleans, or seeds are not (n,) integers of at least 0 where it is true.
        """
        chosen, wanted = checked_seeds(mask, seeds, self._n)
        used = wanted[chosen]
        self._position[chosen] = [np.random.default_rng(seed).uniform(low=-0.6, high=-0.4) for seed in used.tolist()]
        self._velocity[chosen] = 0.0
        self._force[chosen] = 0.0
        self._steps[chosen] = 0
        if chosen[0]:
            self._before = None
        return self.observation

    def step(self, actions: ArrayLike) -> BatchStep:
        """Advance all worlds by one control step; never resets.

        Args:
            actions: (n, 1) forces, taken as float32; one outside -1..1 is clipped, and costs its full square.

        Raises:
            ValueError: actions are not (n, 1) finite numbers; then nothing has moved.
        """
        n = self._n
        forces = np.asarray(actions)
        if forces.shape != (n, 1) or forces.dtype.kind not in "fiu":
            raise ValueError(f"actions are {forces.dtype} {forces.shape}, wanted numbers ({n}, 1)")
        forces = np.ascontiguousarray(forces[:, 0], dtype=np.float32)
        if not np.isfinite(forces).all():
            raise ValueError(f"action {forces[~np.isfinite(forces)][0]} is not finite")
        if self._watched:
            self._before = self._moment()
        result = BatchStep(
            np.empty((n, 2), dtype=np.float32),
            np.empty((n, 3)),
            np.empty(n),
            np.empty(n, dtype=np.bool_),
            np.empty(n, dtype=np.bool_),
        )
        step(self._position, self._velocity, self._force, self._steps, forces, *result)
        return result

    def state(self) -> MountainCarState:
        """A copy of the whole state."""
        return MountainCarState(self._position.copy(), self._velocity.copy(), self._force.copy(), self._steps.copy())

    def restore(self, state: MountainCarState) -> NDArray[np.float32]:
        """Go back to a state; return the observations.

        Raises:
            ValueError: the state is of another number of worlds.
        """
        if state.n != self._n:
            raise ValueError(f"the state is of {state.n} worlds, this batch has {self._n}; see MountainCarState.take")
        self._position[:] = state.position
        self._velocity[:] = state.velocity
        self._force[:] = state.force
        self._steps[:] = state.step
        self._before = None
        return self.observation

    def _moment(self) -> CarMoment:
        return CarMoment(
            position=float(self._position[0]), velocity=float(self._velocity[0]), force=float(self._force[0])
        )
