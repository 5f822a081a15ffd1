"""Needs, and time that passes with a person who does things in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from mereq_teleop.app.clock import FakeClock
from mereq_teleop.app.doctor.check import Check, Need
from mereq_teleop.envs import card

__all__ = ["Scene", "named", "need"]


def need(env: str = "highway", device: str = "auto", sessions: Path = Path("sessions")) -> Need:
    """What is asked of the machine."""
    return Need(env=env, card=card(env), device=device, sessions=sessions)


def named(checks: list[Check], name: str, section: str = "") -> Check:
    """The one check of this name."""
    (found,) = [check for check in checks if check.name == name and section in check.section]
    return found


class Scene(FakeClock):
    """A clock in whose sleeps somebody plays with the device: a step of the play at each, of so many seconds."""

    def __init__(self, play: Callable[[], Iterator[float]]) -> None:
        super().__init__()
        self._play = play()
        self._next_s = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass, and what happens in it."""
        super().advance(seconds)
        while self.now >= self._next_s:
            self._next_s += next(self._play, float("inf"))
