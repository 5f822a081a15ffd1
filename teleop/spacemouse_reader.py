"""A thread that takes every report off an open SpaceMouse the moment it arrives, so that no lag can build up."""

import threading
from collections.abc import Callable
from typing import Any

from mereq_teleop.teleop.errors import DeviceLost
from mereq_teleop.teleop.source import Reading

__all__ = ["AXES", "REST", "STALE_S", "Reader"]

AXES = ("x", "y", "z", "roll", "pitch", "yaw")
"""ROS axes: x forward (away from the operator), y left, z up; turns about each by the right hand."""

STALE_S = 0.3
"""Silence after which a deflected cap counts as lost: it repeats itself every 8 to 16 ms while it is deflected."""

REST = 0.05
"""Least deflection that counts as lost once silent; less of it is a sensor's residue at rest and counts as zero."""

JOIN_S = 1.0
"""Longest that closing waits for the thread, which ends within one wait of a read unless the kernel holds it."""


class Reader:
    """Owns one open device from `start` on: reads it, and closes it when told to end or when it is lost.

    The thread and its caller share the newest reading under a lock that neither holds for longer than a copy.
    """

    def __init__(self, mouse: Any, clock: Callable[[], float]) -> None:
        """`mouse` is pyspacemouse's SpaceMouseDevice, open, of which a read waits a little while for a report."""
        self._mouse = mouse
        self._clock = clock
        self._buttons: tuple[str, ...] = tuple(mouse.info.button_names)
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._drain, name="spacemouse", daemon=True)
        self._axes = dict.fromkeys(AXES, 0.0)
        self._pressed: frozenset[str] = frozenset()
        self._tapped: list[str] = []
        self._time_s = clock()
        self._seen_t = -1.0
        self._lost = ""

    @property
    def name(self) -> str:
        """Model of the device."""
        return str(self._mouse.name)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def newest(self) -> Reading:
        """The newest state and the buttons tapped since the last call; never waits.

        Raises:
            DeviceLost: it was unplugged, or has gone silent, or its thread has ended.
        """
        with self._lock:
            if self._lost:
                raise DeviceLost(f"the {self.name} {self._lost}")
            tapped, self._tapped = tuple(self._tapped), []
            return Reading(axes=self._axes, pressed=self._pressed, tapped=tapped, time_s=self._time_s)

    def finish(self) -> None:
        """End the thread, which closes the device."""
        self._end.set()
        self._thread.join(JOIN_S)

    def _drain(self) -> None:
        from easyhid import HIDException  # Importing it needs the library, which is there once a device is open.

        reason = "is no longer read"
        try:
            while not self._end.is_set():
                state = self._mouse.read()
                # The state is one mutable object; its time alone says whether the read brought a report.
                if state.t != self._seen_t:
                    self._seen_t = state.t
                    self._note(state)
                elif self._silent():
                    reason = f"went silent for {STALE_S:g} s while deflected"
                    break
        except HIDException:
            reason = "was unplugged"
        finally:
            with self._lock:
                self._lost = reason
            self._mouse.close()

    def _note(self, state: Any) -> None:
        """Copy a report's state, whose values may exceed 1 by a few percent."""
        axes = {axis: min(max(float(state[axis]), -1.0), 1.0) for axis in AXES}
        pressed = frozenset(name for name, down in zip(self._buttons, state.buttons, strict=True) if down)
        time_s = self._clock()
        with self._lock:
            self._tapped += [name for name in self._buttons if name in pressed - self._pressed]
            self._axes, self._pressed, self._time_s = axes, pressed, time_s

    def _silent(self) -> bool:
        """Whether a deflected cap stopped to report.

        Asked here and not in `newest`: only this thread knows that no report is waiting, however late it was run.
        """
        if self._clock() - self._time_s <= STALE_S:
            return False
        if max(map(abs, self._axes.values())) >= REST:
            return True
        if any(self._axes.values()):
            with self._lock:
                self._axes = dict.fromkeys(AXES, 0.0)
        return False
