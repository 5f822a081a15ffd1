"""The SpaceMouse as a source of axes and buttons."""

import time
from collections.abc import Callable

from mereq_teleop.teleop.errors import DeviceLost, TeleopError
from mereq_teleop.teleop.source import Reading
from mereq_teleop.teleop.spacemouse_access import drivers_running, opened, plugged_in
from mereq_teleop.teleop.spacemouse_reader import Reader

__all__ = ["SpaceMouseSource"]


class SpaceMouseSource:
    """A 3Dconnexion SpaceMouse, read through pyspacemouse.

    Axes are x, y, z, roll, pitch and yaw in -1..1 and the ROS convention: pushed away from the operator is +x, to the
    left +y, lifted +z. Buttons have pyspacemouse's names.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, unasked: bool = False) -> None:
        """Make the source.

        Args:
            clock: Monotonic seconds.
            unasked: Nobody asked for a SpaceMouse: `open` looks whether one is plugged in before it does anything else.
        """
        self._clock = clock
        self._unasked = unasked
        self._reader: Reader | None = None
        self._name = "SpaceMouse"

    def open(self) -> None:
        """Find the first SpaceMouse and begin to read it; one that is open already is let go of before.

        Raises:
            TeleopError: no hidapi library, no device, no permission, or a driver that holds it.
        """
        self.close()
        if self._unasked and not plugged_in():
            raise TeleopError("no SpaceMouse is plugged in")
        self._reader = Reader(opened(), self._clock)
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
        """Let go of it: its thread ends here, within a twentieth of a second."""
        if self._reader is not None:
            self._reader.finish()
            self._reader = None

    def describe(self) -> str:
        """Which model it is, and which driver acts on it beside us."""
        return self._name
