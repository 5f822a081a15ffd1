"""How fast the world goes by, and when it waits: the speed, count-downs, and step by step."""

from dataclasses import dataclass

from mereq_teleop.app.journal import Journal

__all__ = ["COUNT_DOWN", "REPEAT_S", "SPEEDS", "Tempo"]

COUNT_DOWN = "count-down"
"""With this begins what the recording tells of one."""

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""World seconds a second that the keys choose among."""
REPEAT_S = 0.4
"""A key that is down for longer asks for one step after the other: a tap of it is one step at any rate."""


@dataclass
class _Key:
    """The key that lets the next step happen."""

    down_s: float = 0.0
    """How long it has been down."""
    tapped: bool = False
    """Whether it was pressed since the last step."""


class Tempo:
    """The world's time; the person's keys change it, the loop follows at the next frame."""

    def __init__(self, journal: Journal, speed: float = 1.0, *, step_by_step: bool = False) -> None:
        self.speed = speed
        """World seconds a second."""
        self.step_by_step = step_by_step
        """Whether the world waits for the person before each step."""
        self.countdown_s: float | None = None
        """Seconds until the world goes on; None while it does."""
        self._journal = journal
        self._key = _Key()

    @property
    def lets_pass(self) -> bool:
        """Whether the person lets the next step happen without an action of theirs."""
        return self._key.tapped or self._key.down_s >= REPEAT_S

    def faster(self, now_s: float) -> None:
        """The next higher speed, if there is one."""
        self._change(min((speed for speed in SPEEDS if speed > self.speed), default=self.speed), now_s)

    def slower(self, now_s: float) -> None:
        """The next lower speed, if there is one."""
        self._change(max((speed for speed in SPEEDS if speed < self.speed), default=self.speed), now_s)

    def switch(self, now_s: float) -> None:
        """Go on by itself, or wait before each step from now on."""
        self.step_by_step = not self.step_by_step
        self.countdown_s, self._key = None, _Key()
        words = "step by step: the world waits for you" if self.step_by_step else "the world goes on by itself"
        self._journal.announce(words, now_s)

    def count_down(self, seconds: float) -> None:
        """The world waits so long, which the recording tells; not where it waits for the person anyway."""
        if seconds > 0.0 and not self.step_by_step:
            self.countdown_s = seconds
            self._journal.note(f"{COUNT_DOWN}: the world waits {seconds:g} s")

    def let_pass(self) -> None:
        """The key was pressed: the next step may happen."""
        self._key.tapped = True

    def pass_time(self, elapsed_s: float, *, key_down: bool = False, paused: bool = False) -> None:
        """So much of the person's time went by; a count-down stands still in a pause.

        Args:
            elapsed_s: Seconds since the call before.
            key_down: Whether the key that lets steps happen is down.
            paused: Whether nobody has control.
        """
        self._key.down_s = self._key.down_s + elapsed_s if key_down else 0.0
        if self.countdown_s is not None and not paused:
            left_s = self.countdown_s - elapsed_s
            self.countdown_s = left_s if left_s > 0.0 else None

    def stepped(self) -> None:
        """A step happened: the next one needs another tap."""
        self._key.tapped = False

    def _change(self, speed: float, now_s: float) -> None:
        if speed == self.speed:
            self._journal.announce(f"the world goes at {speed:g} x: there is no further speed", now_s)
            return
        self.speed = speed
        self._journal.announce(f"the world goes at {speed:g} x", now_s)
