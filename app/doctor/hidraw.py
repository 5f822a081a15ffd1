"""SpaceMice as Linux lists them, with the node of each and whether its rules are installed."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mereq_teleop.teleop.spacemouse_access import LISTED, is_spacemouse

__all__ = ["RULE_FOLDERS", "HidrawNode", "hidraw_nodes", "installed_rules"]

RULE_FOLDERS = tuple(Path(root) / "udev/rules.d" for root in ("/etc", "/run", "/usr/lib", "/lib"))


@dataclass(frozen=True, slots=True)
class HidrawNode:
    """One interface of a SpaceMouse."""

    name: str
    """As the device calls itself."""
    usb_ids: tuple[int, int]
    path: Path
    """Its node, such as /dev/hidraw3."""

    @property
    def usable(self) -> bool:
        """Whether this user may read and write it."""
        return os.access(self.path, os.R_OK | os.W_OK)

    @property
    def permissions(self) -> str:
        """Who may, as `ls -l` has it."""
        try:
            status = self.path.stat()
        except OSError as error:
            return error.strerror or str(error)
        return f"mode {status.st_mode & 0o777:04o}, owner {status.st_uid}, group {status.st_gid}"


def hidraw_nodes(devices: Path = LISTED, nodes: Path = Path("/dev")) -> list[HidrawNode]:
    """Every interface of every SpaceMouse that Linux lists; none elsewhere."""
    found = []
    for device in sorted(devices.glob("*")):
        ids = re.fullmatch(r"[0-9A-F]+:([0-9A-F]{4}):([0-9A-F]{4})\..*", device.name)
        if ids is None or not is_spacemouse(vendor := int(ids[1], 16), product := int(ids[2], 16)):
            continue
        name = next((line[9:] for line in _lines(device / "uevent") if line.startswith("HID_NAME=")), "SpaceMouse")
        for interface in sorted(device.glob("hidraw/hidraw*")):
            found.append(HidrawNode(name, (vendor, product), nodes / interface.name))
    return found


def installed_rules(folders: tuple[Path, ...] = RULE_FOLDERS) -> Path | None:
    """The first of udev's files that speaks of 3Dconnexion's hidraw devices; None where none does."""
    for folder in folders:
        for path in sorted(folder.glob("*.rules")):
            if any("hidraw" in line and "256f" in line.lower() for line in _lines(path) if not line.startswith("#")):
                return path
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
