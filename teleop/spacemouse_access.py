"""Finding a SpaceMouse and opening it; where that fails, the one line that says what to do."""

import os
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from mereq_teleop.teleop.errors import DeviceRefused, TeleopError

__all__ = [
    "INSTALL_RULES",
    "LISTED",
    "RULES",
    "WAIT_MS",
    "drivers_running",
    "found",
    "hidapi",
    "is_spacemouse",
    "opened",
    "plugged_in",
]

RULES = Path(__file__).parent / "udev" / "70-3dconnexion.rules"
"""The udev rules that let a user read the device."""

INSTALL_RULES = f"sudo cp {RULES} /etc/udev/rules.d/ && sudo udevadm control --reload"
"""How to install them."""

LISTED = Path("/sys/bus/hid/devices")
"""Where Linux lists HID devices, as BUS:VENDOR:PRODUCT.NUMBER."""

WAIT_MS = 50
"""Longest time that one read of an open device takes."""

VENDOR, LOGITECH = 0x256F, 0x046D
LOGITECHS_OWN = frozenset((0xC603, 0xC605, 0xC606, 0xC621, 0xC623, 0xC625, 0xC626, 0xC627, 0xC628, 0xC629, 0xC62B))
"""Older models carry Logitech's vendor id, as its mice do."""
DRIVERS = ("spacenavd", "3dxsrv", "3dxservice", "3dxware", "3dxwin", "3dxnlserver", "3dconnexionhelper")
"""Process names begin so, in small letters: the free daemon, and the vendor's on Linux, Windows and macOS."""
MULTI_AXIS = (0x01, 0x08)
"""HID usage page and usage of a multi-axis controller; a receiver offers other interfaces beside it."""
LIBRARY = {"linux": "sudo apt install libhidapi-hidraw0 (elsewhere: hidapi)", "darwin": "brew install hidapi"}


def drivers_running() -> tuple[str, ...]:
    """Names of the processes that may hold a SpaceMouse, or act on it beside us."""
    names = {process.info["name"] or "" for process in psutil.process_iter(["name"])}
    return tuple(sorted(name for name in names if name.lower().startswith(DRIVERS)))


def is_spacemouse(vendor: int, product: int) -> bool:
    """Whether a device with these USB ids is one of 3Dconnexion's, for which a joystick's driver is the wrong one."""
    return vendor == VENDOR or (vendor == LOGITECH and product in LOGITECHS_OWN)


def plugged_in(devices: Path = LISTED) -> bool:
    """Whether a SpaceMouse may be plugged in, so quick that it may be asked in a loop; only Linux can say that not."""
    if sys.platform != "linux":
        return True
    found = (re.fullmatch(r"[0-9A-F]+:([0-9A-F]{4}):([0-9A-F]{4})\..*", path.name) for path in devices.glob("*"))
    return any(is_spacemouse(int(ids[1], 16), int(ids[2], 16)) for ids in found if ids)


def found() -> list[tuple[Any, Any]]:
    """Each SpaceMouse that is plugged in: pyspacemouse's DeviceInfo and easyhid's HIDDevice, not open.

    Raises:
        DeviceRefused: the hidapi library is not installed.
        TeleopError: no model that pyspacemouse knows is there.
    """
    present = list(hidapi()().find())
    import pyspacemouse

    models = {info.hid_id: info for info in pyspacemouse.get_device_specs().values()}
    known = [(models[key], hid) for hid in present if (key := (hid.vendor_id, hid.product_id)) in models]
    if known:
        return sorted(known, key=lambda pair: (pair[1].usage_page, pair[1].usage) != MULTI_AXIS)
    others = {f"{hid.product_string} (256f:{hid.product_id:04x})" for hid in present if hid.vendor_id == VENDOR}
    if others:
        raise TeleopError(f"no SpaceMouse found; pyspacemouse does not know {' or '.join(sorted(others))}")
    held = _held()
    raise TeleopError(f"no SpaceMouse found: plug one in{f', or stop {held}, which may hold it' if held else ''}")


def opened() -> Any:
    """The first SpaceMouse found, open, as pyspacemouse's SpaceMouseDevice in ROS axes; a read waits `WAIT_MS`.

    Raises:
        DeviceRefused: it may not be used.
        TeleopError: it is not there.
    """
    info, hid = found()[0]
    import pyspacemouse

    # pyspacemouse.open would print to the terminal, choose by name alone, and read without waiting.
    mouse = pyspacemouse.SpaceMouseDevice(
        pyspacemouse.apply_axis_convention(info, pyspacemouse.AxisConvention.ROS), hid
    )
    try:
        mouse.open()
    except RuntimeError:
        raise DeviceRefused(_refusal(info.name, hid.path)) from None
    hid.read = partial(hid.read, timeout=WAIT_MS)
    return mouse


def hidapi() -> Any:
    """The library, as easyhid's class that lists devices with it.

    Raises:
        DeviceRefused: it is not installed; the message names its package.
    """
    missing = f"the SpaceMouse needs the library hidapi: {LIBRARY.get(sys.platform, 'put hidapi.dll on the PATH')}"
    # Here, because importing easyhid looks for the library, which takes a third of a second or fails.
    try:
        from easyhid import Enumeration, easyhid
    except (OSError, TypeError):
        raise DeviceRefused(missing) from None
    # On Linux easyhid is content without the library, and only calling it fails.
    if not hasattr(easyhid.hidapi, "hid_enumerate"):
        raise DeviceRefused(missing)
    return Enumeration


def _held() -> str:
    return " and ".join(drivers_running())


def _refusal(name: str, path: str) -> str:
    """Why a device that is there does not open."""
    if Path(path).exists() and not os.access(path, os.R_OK | os.W_OK):
        return f"no permission to read the {name} at {path}: run `{INSTALL_RULES}`, then unplug it and plug it in again"
    if held := _held():
        return f"the {name} does not open: {held} holds it; stop that and try again"
    return f"the {name} at {path} does not open: unplug it and plug it in again"
