"""Looking for a SpaceMouse beside a control loop: finding one takes some tenths of a second."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mereq_teleop.teleop.errors import TeleopError
from mereq_teleop.teleop.spacemouse_access import opened

__all__ = ["LONGEST_S", "Search"]

LONGEST_S = 30.0
"""A device that cannot be used is tried again after 1 s, 2 s, 4 s and so on, up to this."""


class Search:
    """One search at a time, in a thread; `opened` asks for one and takes what the last one found."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Search for nothing yet, on a clock of monotonic seconds."""
        self._clock = clock
        self._searching: Future[Any] | None = None
        self._pause_s = 1.0
        self._again_s = float("-inf")

    def forget(self) -> None:
        """The device is out: what is plugged in next is a new one."""
        self._pause_s, self._again_s = 1.0, float("-inf")

    def opened(self) -> Any:
        """What `spacemouse_access.opened` gave in the thread; never waits.

        Raises:
            DeviceRefused: it may not be used.
            TeleopError: it was not found, or not yet.
        """
        if self._searching is None:
            if self._clock() < self._again_s:
                raise TeleopError("the last search for a SpaceMouse found none that can be used")
            worker = ThreadPoolExecutor(1, "spacemouse search")
            self._searching = worker.submit(opened)
            worker.shutdown(wait=False)
        if not self._searching.done():
            raise TeleopError("still looking for a SpaceMouse")
        done, self._searching = self._searching, None
        try:
            mouse = done.result()
        except TeleopError:
            self._again_s = self._clock() + self._pause_s
            self._pause_s = min(2.0 * self._pause_s, LONGEST_S)
            raise
        self.forget()
        return mouse
