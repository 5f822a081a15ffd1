"""The whole state of a number of highway worlds, as plain arrays."""

from dataclasses import dataclass, fields
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from mereq_teleop.envs.batch_state import BatchState
from mereq_teleop.envs.highway.layout import LANES, VEHICLES

__all__ = ["HighwayState"]


@dataclass(frozen=True, slots=True, eq=False)
class HighwayState(BatchState):
    """Everything that n worlds need to go on bit for bit; vehicle 0 is the ego vehicle. Shapes (n, 31) but for `step`.

    Raises:
        ValueError: an array has another shape or type than its neighbours need, or a lane is none of the road's.
    """

    x: NDArray[np.float64]
    """Metres along the road."""
    y: NDArray[np.float64]
    """Metres across the road; lane k is centred on 4 k."""
    heading: NDArray[np.float64]
    """Radians from the road's direction, positive towards the right lane."""
    speed: NDArray[np.float64]
    """Metres a second."""
    target_speed: NDArray[np.float64]
    """Metres a second."""
    exponent: NDArray[np.float64]
    """IDM's exponent of the free-road term (1 for the ego vehicle, which has none)."""
    timer: NDArray[np.float64]
    """Seconds since a vehicle last thought of changing lane (0 for the ego vehicle)."""
    impact_x: NDArray[np.float64]
    """Metres by which the next frame pushes a vehicle out of a collision."""
    impact_y: NDArray[np.float64]
    lane: NDArray[np.int64]
    """The nearest lane to position and heading; it follows from them."""
    target_lane: NDArray[np.int64]
    crashed: NDArray[np.bool_]
    pushed: NDArray[np.bool_]
    """An impact waits for the next frame."""
    step: NDArray[np.int64]
    """(n,) control steps since the reset."""

    def __post_init__(self) -> None:
        n = self.step.shape[0] if self.step.ndim == 1 else -1
        for field in fields(self):
            array = getattr(self, field.name)
            shape = (n,) if field.name == "step" else (n, VEHICLES)
            kind = "i" if field.name in _WHOLE else "b" if field.name in _FLAGS else "f"
            if array.shape != shape or array.dtype.kind != kind or array.dtype.itemsize != (1 if kind == "b" else 8):
                raise ValueError(
                    f"{field.name} of a highway state is {array.dtype} {array.shape}, "
                    f"wanted {_DTYPES[kind]} {shape if n >= 0 else '(n,) for step and (n, 31) elsewhere'}"
                )
        for name in ("lane", "target_lane"):
            lanes = getattr(self, name)
            if lanes.size and not (lanes.min() >= 0 and lanes.max() < LANES):
                raise ValueError(f"{name} of a highway state holds a lane outside 0..{LANES - 1}")

    def save(self, path: str | PathLike[str]) -> None:
        """Write the state as .npz."""
        with open(path, "wb") as file:  # noqa: PTH123 - np.savez would append a suffix to a name without one.
            np.savez(file, allow_pickle=False, **self.arrays())

    @staticmethod
    def load(path: str | PathLike[str]) -> "HighwayState":
        """Read what `save` wrote.

        Raises:
            ValueError: the file is no highway state.
        """
        with np.load(path, allow_pickle=False) as file:
            names = {field.name for field in fields(HighwayState)}
            if set(file.files) != names:
                raise ValueError(f"{path} holds {sorted(file.files)}, a highway state is {sorted(names)}")
            return HighwayState(**{name: file[name] for name in names})


_WHOLE = frozenset({"lane", "target_lane", "step"})
_FLAGS = frozenset({"crashed", "pushed"})
_DTYPES = {"i": "int64", "b": "bool", "f": "float64"}
