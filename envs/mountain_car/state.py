"""The whole state of a number of mountain cars, as plain arrays."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mereq_teleop.envs.batch_state import BatchState

__all__ = ["MountainCarState"]


@dataclass(frozen=True, slots=True, eq=False)
class MountainCarState(BatchState):
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
