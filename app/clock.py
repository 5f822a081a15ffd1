"""Time as an argument: a clock, a fake one whose time only passes when somebody sleeps, and a steady rate."""

import time
from typing import Protocol

__all__ = ["Clock", "FakeClock", "RateKeeper", "SystemClock"]


class Clock(Protocol):
    """What a loop needs of time."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Seconds of time.monotonic."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Give the processor away for at least so many seconds."""
        time.sleep(seconds)


class FakeClock:
    """A clock that stands still until somebody sleeps or advances it."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        """The clock's seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Pass so many seconds at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass: what work between two ticks does.

        Raises:
            ValueError: time would go back.
        """
        if seconds < 0:
            raise ValueError(f"time does not go back, got {seconds} s")
        self.now += seconds


class RateKeeper:
    """Ticks at a steady rate on a grid that starts with the keeper, so that errors never add up.

    Raises:
        ValueError: the rate is not positive.
    """

    def __init__(self, clock: Clock, rate_hz: float) -> None:
        if not rate_hz > 0:
            raise ValueError(f"a rate is positive, got {rate_hz} Hz")
        self.late = 0
        """Ticks that came after their time."""
        self._clock = clock
        self._rate_hz = rate_hz
        self._start = clock.monotonic()
        self._tick = 0

    def wait(self) -> float:
        """Sleep until the next tick and return its time (s of the clock).

        A late caller goes on at once; ticks missed altogether are dropped, not made up for.
        """
        self._tick += 1
        due = self._start + self._tick / self._rate_hz
        now = self._clock.monotonic()
        if now <= due:
            self._clock.sleep(due - now)
            return self._clock.monotonic()
        self.late += 1
        self._tick = max(self._tick, int((now - self._start) * self._rate_hz))
        return now
