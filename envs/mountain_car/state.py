"""The whole state of a number of mountain cars, as plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MountainCarState"]


@dataclass(frozen=True, slots=True, eq=False)
class MountainCarState:
    """Everything that n worlds need to go on bit for bit; all arrays (n,).

    Raises:
        ValueError: an array has another shape or type than its neighbours need.
    """

    position: NDArray[np.float64]
    """Metres along the road; after the first step a float32's value."""
    velocity: NDArray[np.float64]
    """Metres a step; after the first step a float32's value."""
    force: NDArray[np.float64]
    """-1..1, of the last step; 0 before the first."""
    step: NDArray[np.int64]
    """Control steps since the reset."""

    def __post_init__(self) -> None:
        n = self.step.shape[0] if self.step.ndim == 1 else -1
        for field in fields(self):
            array, wanted = getattr(self, field.name), "int64" if field.name == "step" else "float64"
            if array.shape != (n,) or array.dtype != wanted:
                raise ValueError(
                    f"{field.name} of a mountain-car state is {array.dtype} {array.shape}, "
                    f"wanted {wanted} ({'n' if n < 0 else n},)"
                )

    @property
    def n(self) -> int:
        """Number of worlds."""
        return int(self.step.shape[0])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name (not copies)."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def take(self, indices: ArrayLike) -> "MountainCarState":
        """The worlds at these indices, in this order; a world may be taken many times.

        Raises:
            IndexError: there is no world at an index.
        """
        rows = np.atleast_1d(np.asarray(indices, dtype=np.int64))
        return MountainCarState(**{name: array[rows] for name, array in self.arrays().items()})

    @staticmethod
    def concatenate(states: Sequence["MountainCarState"]) -> "MountainCarState":
        """The worlds of several states, one after another.

        Raises:
            ValueError: there is no state.
        """
        parts = [state.arrays() for state in states]
        if not parts:
            raise ValueError("no mountain-car states to concatenate")
        return MountainCarState(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
