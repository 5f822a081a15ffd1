"""What a command that takes long says meanwhile."""

import sys
import time

__all__ = ["Bar"]

SHOW_EVERY_S = 0.5


class Bar:
    """How much is done, the rate and the time left, on standard error."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._began_s = self._shown_s = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show it twice a second."""
        now_s = time.monotonic()
        if done < total and now_s - self._shown_s < SHOW_EVERY_S:
            return
        self._shown_s = now_s
        rate = done / max(now_s - self._began_s, 1e-9)
        end = "\n" if done >= total else ""
        left = f"{done:>9,} of {total:,} {self._unit}, {rate:>8,.0f} a second, {(total - done) / rate:4.0f} s left"
        print(f"\r{left}", end=end, file=sys.stderr, flush=True)
