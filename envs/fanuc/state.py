"""The whole state of a number of arms: MuJoCo's own rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mereq_teleop.envs.batch_state import BatchState

__all__ = ["FanucState"]


@dataclass(frozen=True, slots=True, eq=False)
class FanucState(BatchState):
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
