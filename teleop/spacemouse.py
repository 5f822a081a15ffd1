"""The SpaceMouse as a source of axes and buttons."""

import time
from collections.abc import Callable

from mereq_teleop.teleop.errors import DeviceLost, TeleopError
from mereq_teleop.teleop.source import Reading
from mereq_teleop.teleop.spacemouse_access import drivers_running, opened, plugged_in
from mereq_teleop.teleop.spacemouse_reader import Reader
from mereq_teleop.teleop.spacemouse_search import Search

__all__ = ["SpaceMouseSource"]


class SpaceMouseSource:
    """A 3Dconnexion SpaceMouse, read through pyspacemouse.

    Axes are x, y, z, roll, pitch and yaw in -1..1 and the ROS convention: pushed away from the operator is +x, to the
    left +y, lifted +z. Buttons have pyspacemouse's names.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Make the source, on a clock of monotonic seconds."""
        self._clock = clock
        self._search = Search(clock)
        self._reader: Reader | None = None
        self._name = "SpaceMouse"

    def open(self, *, wait: bool = True) -> None:
        """Find the first SpaceMouse and begin to read it; one that is open already is let go of before.

        Args:
            wait: Whether to search at once; without, only a thread does, and only while one may be plugged in.

        Raises:
            DeviceRefused: no hidapi library, no permission, or a driver that holds it.
            TeleopError: no device, or none found yet.
        """
        self.close()
        if not wait and not plugged_in():
            self._search.forget()
            raise TeleopError("no SpaceMouse is plugged in")
        self._reader = Reader(opened() if wait else self._search.opened(), self._clock)
        self._reader.start()
        beside = " and ".join(drivers_running())
        self._name = f"SpaceMouse ({self._reader.name}{f'; {beside} acts on it too' if beside else ''})"

    def read(self) -> Reading:
        """The newest state, and every button tapped since the last call, in order; never waits.

        Raises:
            DeviceLost: it was unplugged, went silent while deflected, or is not open.
        """
        if self._reader is None:
            raise DeviceLost("the SpaceMouse is not open")
        return self._reader.newest()

    def close(self) -> None:
        """Let go of it: its thread ends here, within a twentieth of a second. A search goes on, for the next `open`."""
        if self._reader is not None:
            self._reader.finish()
            self._reader = None

    def describe(self) -> str:
        """Which model it is, and which driver acts on it beside us."""
        return self._name
