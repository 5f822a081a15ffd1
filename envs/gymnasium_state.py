"""Where a number of gymnasium's environments are: how each came there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mereq_teleop.envs.batch_state import BatchState

__all__ = ["GymnasiumState"]


@dataclass(frozen=True, slots=True, eq=False)
class GymnasiumState(BatchState):
    """Seeds and executed actions of n deterministic worlds: all that they need to go on bit for bit.

    Raises:
        ValueError: an array has another shape or type than its neighbours need.
    """

    seed: NDArray[np.int64]
    """(n,) of each world's last reset."""
    length: NDArray[np.int64]
    """(n,) actions since."""
    actions: NDArray[Any]
    """(n, longest) whole numbers, or (n, longest, axes) float32; 0 beyond a world's length."""
    terminated: NDArray[np.bool_]
    """(n,)."""
    truncated: NDArray[np.bool_]
    """(n,)."""

    def __post_init__(self) -> None:
        n = self.length.shape[0] if self.length.ndim == 1 else -1
        wanted = {"seed": "int64", "length": "int64", "terminated": "bool", "truncated": "bool"}
        for name, dtype in wanted.items():
            array = getattr(self, name)
            if array.shape != (n,) or array.dtype != dtype:
                raise ValueError(f"{name} of a state is {array.dtype} {array.shape}, wanted {dtype} ({max(n, 0)},)")
        longest = int(self.length.max(initial=0))
        kinds = {(2, "int64"), (3, "float32")}
        if (self.actions.ndim, str(self.actions.dtype)) not in kinds or self.actions.shape[:2] != (n, longest):
            came = f"{self.actions.dtype} {self.actions.shape}"
            raise ValueError(f"actions of a state are {came}, wanted int64 or float32 ({n}, {longest}, ...)")

    def take(self, indices: ArrayLike) -> Self:
        """The worlds at these indices, in this order; a world may be taken many times.

        Raises:
            IndexError: there is no world at an index.
        """
        rows = np.atleast_1d(np.asarray(indices, dtype=np.int64))
        taken = {name: array[rows] for name, array in self.arrays().items()}
        taken["actions"] = taken["actions"][:, : int(taken["length"].max(initial=0))]
        return type(self)(**taken)

    @classmethod
    def concatenate(cls, states: Sequence[Self]) -> Self:
        """The worlds of several states, one after another.

        Raises:
            ValueError: there is no state.
        """
        if not states:
            raise ValueError("no states to concatenate")
        longest = max(state.actions.shape[1] for state in states)
        rest = states[0].actions.shape[2:]
        actions = np.zeros((sum(state.n for state in states), longest, *rest), states[0].actions.dtype)
        begin = 0
        for state in states:
            actions[begin : begin + state.n, : state.actions.shape[1]] = state.actions
            begin += state.n
        joined = {
            name: np.concatenate([state.arrays()[name] for state in states])
            for name in states[0].arrays()
            if name != "actions"
        }
        return cls(**joined, actions=actions)
