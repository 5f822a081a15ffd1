"""Where a replay is and how it moves: time as arithmetic, no window and no clock."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import ceil, floor
from typing import Final

__all__ = ["SPEEDS", "Player"]

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""World seconds a second."""


class Player:
    """A place along a session, in control steps 0..steps: step 3 is a quarter over at 3.25."""

    def __init__(self, steps: int, rate_hz: float, takeovers: Sequence[int] = ()) -> None:
        """A player at the start, at rest.

        Args:
            steps: of the session, at least one.
            rate_hz: control steps a second of world time.
            takeovers: steps with which somebody took over, in order.

        Raises:
            ValueError: there is no step.
        """
        if steps < 1:
            raise ValueError(f"a replay needs a step, got {steps}")
        self.steps = steps
        self.place = 0.0
        self.playing = False
        self.speed = 1.0
        self._rate_hz = rate_hz
        self._takeovers = takeovers

    @property
    def index(self) -> int:
        """The step that is shown."""
        return min(floor(self.place), self.steps - 1)

    @property
    def fraction(self) -> float:
        """How much of it is over, 0..1; only the last step is ever shown as over."""
        return self.place - self.index

    @property
    def seconds(self) -> float:
        """World time since the start."""
        return self.place / self._rate_hz

    @property
    def duration_s(self) -> float:
        """World time of the whole session."""
        return self.steps / self._rate_hz

    def advance(self, elapsed_s: float) -> None:
        """Let time pass; at the end it stops."""
        if self.playing:
            self.place += elapsed_s * self._rate_hz * self.speed
            if self.place >= self.steps:
                self.place, self.playing = float(self.steps), False

    def play(self) -> None:
        """Play or pause; from the end, play from the start."""
        if not self.playing and self.place >= self.steps:
            self.place = 0.0
        self.playing = not self.playing

    def go_to(self, place: float) -> None:
        """Jump, within the session."""
        self.place = min(max(place, 0.0), float(self.steps))

    def step(self, steps: int) -> None:
        """Pause, and go to the start of the step so many on (or back)."""
        self.playing = False
        self.go_to((floor(self.place) if steps > 0 else ceil(self.place)) + steps)

    def jump_to_takeover(self, *, forward: bool) -> bool:
        """Pause at the next takeover or the one before; False, and nothing happens, where there is none."""
        later = bisect_right(self._takeovers, self.place)
        at = later if forward else bisect_left(self._takeovers, self.place) - 1
        if not 0 <= at < len(self._takeovers):
            return False
        self.playing = False
        self.go_to(self._takeovers[at])
        return True

    def change_speed(self, by: int) -> None:
        """So many places up or down in `SPEEDS`."""
        at = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[min(max(at, 0), len(SPEEDS) - 1)]
