"""The hardware that a person means: by its kind, by a piece of a joystick's name, or whatever is plugged in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.errors import BadMapping, TeleopError
from mereq_teleop.teleop.joystick import JoystickSource
from mereq_teleop.teleop.mapping import DeviceMapping, mapping_path, read_mapping
from mereq_teleop.teleop.source import Source
from mereq_teleop.teleop.spacemouse import SpaceMouseSource

__all__ = ["Attached", "attached", "kinds_there"]

_NONE = "no joystick, gamepad or SpaceMouse can be used; `mereq doctor` says what was found"


@dataclass(frozen=True, slots=True)
class Attached:
    """An open device."""

    kind: str
    """joystick or spacemouse: whose mapping file counts."""
    source: Source
    """Open."""
    hardware: str
    """A piece of its name by which it is found among several; empty for a SpaceMouse."""
    mapping: DeviceMapping
    """Of its file; what is usual where there is none."""


@contextmanager
def attached(wanted: str, card: TaskCard, *, lenient: bool = False) -> Iterator[Attached]:
    """Open a device.

    Args:
        wanted: joystick, spacemouse, a piece of a joystick's name, or nothing for the first that is there.
        card: The task, for which the mapping file is read.
        lenient: Whether a mapping file that cannot be followed counts as none.

    Raises:
        TeleopError: there is no such device, or it may not be used.
        BadMapping: its mapping file cannot be followed.
    """
    if wanted == "spacemouse":
        found = _spacemouse(card, lenient)
    elif wanted:
        found = _joystick("" if wanted == "joystick" else wanted, card, lenient)
    else:
        found = _first(card, lenient)
    try:
        yield found
    finally:
        found.source.close()


def kinds_there(card: TaskCard) -> list[str]:
    """Those of joystick and spacemouse of which one can be opened now."""
    found = []
    for kind in ("joystick", "spacemouse"):
        try:
            with attached(kind, card, lenient=True):
                found.append(kind)
        except TeleopError:
            continue
    return found


def _first(card: TaskCard, lenient: bool) -> Attached:
    joysticks = JoystickSource()
    try:
        joysticks.open()
    except TeleopError:
        try:
            return _spacemouse(card, lenient)
        except BadMapping:
            raise
        except TeleopError as refused:
            raise TeleopError(f"{_NONE} (joystick: none is plugged in; SpaceMouse: {refused})") from None
    joysticks.close()
    return _joystick("", card, lenient)


def _joystick(name: str, card: TaskCard, lenient: bool) -> Attached:
    mapping = _mapping("joystick", card, lenient)
    # A file that is of another joystick than the one that is meant, or to be set up, says nothing of this one.
    source = JoystickSource(name if name or lenient else mapping.name, mapping.pedals)
    source.open()
    if mapping.name.lower() not in source.hardware.lower():
        mapping = DeviceMapping()
    return Attached("joystick", source, source.hardware, mapping)


def _spacemouse(card: TaskCard, lenient: bool) -> Attached:
    mapping, source = _mapping("spacemouse", card, lenient), SpaceMouseSource()
    source.open()
    return Attached("spacemouse", source, "", mapping)


def _mapping(kind: str, card: TaskCard, lenient: bool) -> DeviceMapping:
    try:
        return read_mapping(mapping_path(kind), card)
    except BadMapping:
        if not lenient:
            raise
        return DeviceMapping()
