"""What a command that takes long says meanwhile."""

import sys
import time

__all__ = ["Bar"]

SHOW_EVERY_S = 0.5
LOG_EVERY_S = 30.0
"""Where nobody watches but a file."""


class Bar:
    """How much is done, the rate and the time left, on standard error.

    `already` was done before it began: the rate is that of the rest.
    """

    def __init__(self, unit: str, already: int = 0) -> None:
        self._unit, self._already = unit, already
        self._began_s = self._shown_s = time.monotonic()

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Show it, twice a second at most; a line twice a minute where the output is no terminal."""
        now_s = time.monotonic()
        often = sys.stderr.isatty()
        if 0 < done < total and now_s - self._shown_s < (SHOW_EVERY_S if often else LOG_EVERY_S):
            return
        self._shown_s = now_s
        rate = (done - self._already) / max(now_s - self._began_s, 1e-9)
        # Cells take seconds, steps do not.
        pace = f"{rate:,.0f} a second" if rate >= 1 else f"{60 * rate:.1f} a minute"
        told = f", {pace}, {(total - done) / rate:.0f} s left" if rate else ""
        line = f"{done:,} of {total:,} {self._unit}{told}{note}"
        if often and done < total:
            print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
        else:
            print(f"\r{line}\x1b[K" if often else line, file=sys.stderr, flush=True)

    def break_off(self, why: str = "") -> None:
        """It ends here, and on a terminal the line with it."""
        if sys.stderr.isatty():
            print(f"; {why}" if why else "", file=sys.stderr, flush=True)
        elif why:
            print(why, file=sys.stderr, flush=True)
