"""How smoothly a session ran: the interval from each frame to the next."""

import math
from array import array
from itertools import accumulate

__all__ = ["FrameLog"]

TARGET_S = 0.020
"""A frame that comes later than this is one that a person may see."""
BUCKET_S = 1e-4
"""Intervals are told apart by so much."""
BUCKETS = 10_000
"""Up to a second; longer ones share the last bucket."""


class FrameLog:
    """Notes when frames were shown, as a histogram: however long the session, it takes 80 kB."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._counts = array("q", [0]) * (BUCKETS + 1)
        self._intervals = self._late = 0
        self._worst_s = 0.0
        self._first = True

    def shown(self, now_s: float, *, counted: bool = True) -> bool:
        """A frame is on the screen; says whether it is the first.

        Args:
            now_s: When it was shown.
            counted: Whether the world goes on: in a count-down nobody minds how smoothly it stands still.
        """
        first, self._first = self._first, False
        if counted and self._last_s is not None:
            self._count(now_s - self._last_s)
        self._last_s = now_s if counted else None
        return first

    def quantile(self, share: float) -> float:
        """The interval (s, to the next 0.1 ms) that this share of all intervals does not exceed; 0 without frames."""
        wanted = max(math.ceil(share * self._intervals), 1)
        if wanted >= self._intervals:
            return self._worst_s
        bucket = next(bucket for bucket, below in enumerate(accumulate(self._counts)) if below >= wanted)
        # What is in the last bucket is known by its longest alone.
        return self._worst_s if bucket == BUCKETS else min((bucket + 1) * BUCKET_S, self._worst_s)

    def _count(self, interval_s: float) -> None:
        self._counts[min(int(interval_s / BUCKET_S), BUCKETS)] += 1
        self._intervals += 1
        self._late += interval_s > TARGET_S
        self._worst_s = max(self._worst_s, interval_s)

    def __str__(self) -> str:
        median, tail, worst = (1e3 * self.quantile(share) for share in (0.5, 0.99, 1.0))
        return (
            f"{self._intervals + 1} frames: interval p50 {median:.1f} ms, p99 {tail:.1f} ms, "
            f"worst {worst:.1f} ms, {self._late} over {1e3 * TARGET_S:.0f} ms"
        )
