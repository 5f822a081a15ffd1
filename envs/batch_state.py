"""What the states of all batches share."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["BatchState"]


@dataclass(frozen=True, slots=True, eq=False)
class BatchState:
    """The whole state of n worlds, as arrays whose first axis is the world; each kind of batch has its own."""

    @property
    def n(self) -> int:
        """Number of worlds."""
        return len(getattr(self, fields(self)[0].name))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name (not copies)."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def take(self, indices: ArrayLike) -> Self:
        """The worlds at these indices, in this order; a world may be taken many times.

        Raises:
            IndexError: there is no world at an index.
        """
        rows = np.atleast_1d(np.asarray(indices, dtype=np.int64))
        return type(self)(**{name: array[rows] for name, array in self.arrays().items()})

    @classmethod
    def concatenate(cls, states: Sequence[Self]) -> Self:
        """The worlds of several states, one after another.

        Raises:
            ValueError: there is no state.
        """
        parts = [state.arrays() for state in states]
        if not parts:
            raise ValueError("no states to concatenate")
        return cls(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
