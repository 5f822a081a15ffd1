"""The whole state of a number of arms: MuJoCo's own rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FanucState"]


@dataclass(frozen=True, slots=True, eq=False)
class FanucState:
    """Everything that n worlds need to go on bit for bit.

    Raises:
        ValueError: the rows are not (n, size) float64.
    """

    rows: NDArray[np.float64]
    """(n, size) mjSTATE_INTEGRATION, whose user data hold what MuJoCo does not know of a task."""

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or self.rows.dtype != np.float64:
            came = f"{self.rows.dtype} {self.rows.shape}"
            raise ValueError(f"rows of an arm's state are {came}, wanted float64 (n, size)")

    @property
    def n(self) -> int:
        """Number of worlds."""
        return len(self.rows)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name (not copies)."""
        return {"rows": self.rows}

    def take(self, indices: ArrayLike) -> "FanucState":
        """The worlds at these indices, in this order; a world may be taken many times.

        Raises:
            IndexError: there is no world at an index.
        """
        return FanucState(self.rows[np.atleast_1d(np.asarray(indices, dtype=np.int64))])

    @staticmethod
    def concatenate(states: Sequence["FanucState"]) -> "FanucState":
        """The worlds of several states, one after another.

        Raises:
            ValueError: there is no state.
        """
        return FanucState(np.concatenate([state.rows for state in states]))
