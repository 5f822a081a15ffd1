"""The world's last seconds, kept so that they can be taken again."""

from collections import deque
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from mereq_teleop.envs.batch import AnyBatch

__all__ = ["BACK_S", "KEPT_S", "READY_S", "Past"]

BACK_S = 5.0
"""World time that one rewind goes back."""
KEPT_S = 60.0
"""World time that several rewinds, one after the other, can go back."""
READY_S = 2.0
"""How long the world waits after it, for the hands to be ready."""


class Past:
    """A copy of the world before each of the last steps of one episode; 1 to 3 kB and 1 to 70 us each."""

    def __init__(self, batch: AnyBatch, rate_hz: float) -> None:
        """Begin with no step.

        Args:
            batch: The world.
            rate_hz: Its control steps a second; 0 if nobody will ask for the past, and none is kept.
        """
        self._batch = batch
        self._states: deque[tuple[int, Any]] = deque(maxlen=ceil(KEPT_S * rate_hz))
        self._back_steps = ceil(BACK_S * rate_hz)

    def forget(self) -> None:
        """Another episode begins."""
        self._states.clear()

    def keep(self, step: int) -> None:
        """The world is about to take this step."""
        if self._states.maxlen:
            self._states.append((step, self._batch.state()))

    def go_back(self, step: int) -> tuple[int, npt.NDArray[np.float32]] | None:
        """Restore the world of `BACK_S` ago, or of the episode's start where that is later.

        Args:
            step: The step that the world would take now.

        Returns:
            The step that it will take instead, and its observation; None where no earlier one is kept.
        """
        found: tuple[int, Any] | None = None
        while self._states and self._states[-1][0] >= step - self._back_steps:
            found = self._states.pop()
        if found is None:
            return None
        return found[0], self._batch.restore(found[1])[0]
