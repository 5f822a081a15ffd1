"""What every batched simulator offers, whatever the task."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["AnyBatch", "Batch", "BatchStep", "Divergence", "checked_seeds"]

State = TypeVar("State")


class BatchStep(NamedTuple):
    """What one control step of n worlds gives; k features, in the order of the task card."""

    observation: NDArray[np.float32]
    """(n, *observation_shape)."""
    features: NDArray[np.float64]
    """(n, k), of the state after the step."""
    reward: NDArray[np.float64]
    """(n,)."""
    terminated: NDArray[np.bool_]
    """(n,)."""
    truncated: NDArray[np.bool_]
    """(n,)."""


class Divergence(NamedTuple):
    """How the simulation of a world broke down."""

    where: str
    """What went wrong, in a few words."""
    arrays: Mapping[str, NDArray[Any]]
    """What the world went through before, by name, for who looks into it."""


class Batch(Protocol[State]):
    """n worlds of one task, stepped together. Whatever it returns is the caller's own: later steps do not touch it."""

    @property
    def n(self) -> int:
        """Number of worlds."""

    @property
    def env_id(self) -> str:
        """Gymnasium id of the reference environment that the worlds equal."""

    @property
    def observation(self) -> NDArray[np.float32]:
        """(n, *observation_shape), of the worlds as they are."""

    @property
    def features(self) -> NDArray[np.float64]:
        """(n, k), of the worlds as they are."""

    @property
    def frames(self) -> Any:
        """What world 0 went through in the last step, as the task's view draws it; still where nobody watches."""

    @property
    def divergence(self) -> Divergence | None:
        """How world 0 broke down in the last step, which was undone and truncated; None where it did not."""

    def watch(self) -> None:
        """Keep the frames of world 0 from now on."""

    def reset(self, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start all worlds anew from (n,) whole seeds of at least 0; return the observations."""

    def reset_where(self, mask: ArrayLike, seeds: ArrayLike) -> NDArray[np.float32]:
        """Start the worlds of an (n,) mask anew; seeds are (n,), read where the mask is true alone."""

    def step(self, actions: ArrayLike) -> BatchStep:
        """Advance all worlds by one control step; never resets."""

    def state(self) -> State:
        """A copy of the whole state."""

    def restore(self, state: State) -> NDArray[np.float32]:
        """Go back to a state of n worlds; return the observations."""


AnyBatch = Batch[Any]
"""A batch of a task that the caller does not need to know."""


def checked_seeds(mask: ArrayLike, seeds: ArrayLike, n: int) -> tuple[NDArray[np.bool_], NDArray[np.integer[Any]]]:
    """What `reset_where` was given, as (n,) arrays.

    Raises:
        ValueError: the mask is not (n,) booleans, or seeds are not (n,) integers in 0..2**63-1 where it is true.
    """
    chosen, wanted = np.ascontiguousarray(mask), np.ascontiguousarray(seeds)
    if chosen.shape != (n,) or chosen.dtype != np.bool_:
        raise ValueError(f"mask is {chosen.dtype} {chosen.shape}, wanted bool ({n},)")
    if wanted.shape != (n,) or wanted.dtype.kind not in "iu":
        raise ValueError(f"seeds are {wanted.dtype} {wanted.shape}, wanted integers ({n},)")
    used = wanted[chosen]
    wrong = used[(used < 0) | (used > np.iinfo(np.int64).max)]
    if wrong.size:
        raise ValueError(f"a seed is in 0..2**63-1, not {wrong[0]}")
    return chosen, wanted
