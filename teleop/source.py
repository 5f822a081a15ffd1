"""Where the axes and buttons of a joystick, a gamepad or a SpaceMouse come from, before anything is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Reading", "Source"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device's hardware says at one moment."""

    axes: Mapping[str, float]
    """Raw deflection of each axis, -1..1 (a pedal or trigger at rest is 0); names are the source's own."""
    pressed: frozenset[str]
    """Buttons that are down now."""
    tapped: tuple[str, ...]
    """Buttons that went down since the reading before, in order, even if they are up again."""
    time_s: float
    """Monotonic time at which the newest of it arrived."""


class Source(Protocol):
    """Hardware with axes and buttons; read without waiting."""

    def open(self, *, wait: bool = True) -> None:
        """Find it and make it ready.

        Args:
            wait: Whether to search for as long as it takes; without, `open` is quick enough for a control loop, and
                what it has begun to look for is ready at one of its next calls.

        Raises:
            DeviceRefused: it is there, and may not be used; one line says what to do.
            TeleopError: it is not there, or not yet.
        """
        ...

    def read(self) -> Reading:
        """All that arrived since the last call; never waits.

        Raises:
            DeviceLost: it was unplugged, or has gone silent; `open` finds it again when it is back.
        """
        ...

    def close(self) -> None:
        """Let go of it; harmless when it is not open."""
        ...

    def describe(self) -> str:
        """Which hardware this is, in a few words for the operator."""
        ...
