"""How smoothly a session ran: the interval from each frame to the next."""

import math
from array import array

__all__ = ["FrameLog"]

TARGET_S = 0.020
"""A frame that comes later than this is one that a person may see."""


class FrameLog:
    """Notes when frames were shown; eight bytes a frame."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._intervals = array("d")
        self._first = True

    def shown(self, now_s: float, *, counted: bool = True) -> bool:
        """A frame is on the screen; says whether it is the first.

        Args:
            now_s: When it was shown.
            counted: Whether the world goes on: in a count-down nobody minds how smoothly it stands still.
        """
        first, self._first = self._first, False
        if counted and self._last_s is not None:
            self._intervals.append(now_s - self._last_s)
        self._last_s = now_s if counted else None
        return first

    def quantile(self, share: float) -> float:
        """The interval (s) that this share of all intervals does not exceed; 0 without frames."""
        ordered = sorted(self._intervals)
        return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0.0

    def __str__(self) -> str:
        late = sum(interval > TARGET_S for interval in self._intervals)
        median, tail, worst = (1e3 * self.quantile(share) for share in (0.5, 0.99, 1.0))
        return (
            f"{len(self._intervals) + 1} frames: interval p50 {median:.1f} ms, p99 {tail:.1f} ms, "
            f"worst {worst:.1f} ms, {late} over {1e3 * TARGET_S:.0f} ms"
        )
