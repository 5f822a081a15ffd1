"""The hidapi library as easyhid calls it, with SpaceMice that tests plug in and move by raw reports."""

import struct
import threading
from collections import deque
from typing import Any

from easyhid import easyhid

PATIENCE_S = 5.0

Report = bytes


def moved(right: int = 0, near: int = 0, down: int = 0) -> Report:
    """A SpaceNavigator's report of its translation, in HID axes and counts of 1/350."""
    return struct.pack("<Bhhh", 1, right, near, down)


def tilted(right: int = 0, near: int = 0, down: int = 0) -> Report:
    """A SpaceNavigator's report of its rotation about the same axes."""
    return struct.pack("<Bhhh", 2, right, near, down)


def buttons(*, left: bool = False, right: bool = False) -> Report:
    """A SpaceNavigator's report of both its buttons."""
    return struct.pack("<BBB", 3, left | right << 1, 0)


class FakeHid:
    """Any number of devices that can be opened, though reports go to the last one opened."""

    def __init__(self) -> None:
        self.opens = True
        self.handles: list[object] = []
        self.taken = 0
        self.fruitless = 0
        """Reads that waited in vain."""
        self._devices: list[Any] = []
        self._alive: list[Any] = []
        self._reports: deque[Report] = deque()
        self._idle = False
        self._news = threading.Condition()

    def plug(self, vendor: int = 0x046D, product: int = 0xC626, name: str = "SpaceNavigator", path: str = "/x") -> None:
        device = easyhid.ffi.new("struct hid_device_info*")
        texts = [easyhid.ffi.new("char[]", path.encode()), easyhid.ffi.new("wchar_t[]", name)]
        device.path, device.product_string = texts
        device.vendor_id, device.product_id, device.usage_page, device.usage = vendor, product, 1, 8
        self._alive += [device, *texts]
        with self._news:
            if self._devices:
                self._devices[-1].next = device
            self._devices.append(device)

    def unplug(self) -> None:
        with self._news:
            self._devices.clear()
            self._reports.clear()
            self._news.notify_all()

    def feed(self, *reports: Report) -> None:
        with self._news:
            self._reports += reports
            self._news.notify_all()

    def settle(self) -> None:
        """Wait until every report was taken and its reader came back for more."""
        with self._news:
            assert self._news.wait_for(lambda: self._idle and not self._reports, PATIENCE_S)

    def wait_in_vain(self) -> None:
        """Wait until a read that began after this call brought nothing, and the next has begun."""
        with self._news:
            enough = self.fruitless + 2
            assert self._news.wait_for(lambda: self.fruitless >= enough and self._idle, PATIENCE_S)

    def let_go(self) -> None:
        """Wait until nobody has a device open."""
        with self._news:
            assert self._news.wait_for(lambda: not self.handles, PATIENCE_S)

    @property
    def backlog(self) -> int:
        return len(self._reports)

    # What easyhid calls.

    def hid_enumerate(self, vendor: int, product: int) -> Any:
        return self._devices[0] if self._devices else easyhid.ffi.NULL

    def hid_free_enumeration(self, first: Any) -> None:
        pass

    def hid_open_path(self, path: bytes) -> object | None:
        if not self.opens:
            return None
        self.handles.append(path)
        return path

    def hid_close(self, handle: object) -> None:
        with self._news:
            self.handles.remove(handle)
            self._news.notify_all()

    def hid_read_timeout(self, handle: object, data: Any, size: int, wait_ms: int) -> int:
        with self._news:
            if not self._reports:
                self._idle = True
                self._news.notify_all()
                self._news.wait_for(lambda: self._reports or not self._devices, wait_ms / 1000)
                self._idle = False
            if not self._devices:
                return -1
            if not self._reports:
                self.fruitless += 1
                return 0
            report = self._reports.popleft()
            self.taken += 1
        easyhid.ffi.memmove(data, report, min(size, len(report)))
        return len(report)
