"""What hands there are: the keyboard, joysticks and SpaceMice, and their mapping files."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from mereq_teleop.app.doctor.check import Check, Need, State, fine
from mereq_teleop.app.doctor.hidraw import HidrawNode, hidraw_nodes, installed_rules
from mereq_teleop.envs import cards
from mereq_teleop.teleop.errors import BadMapping, TeleopError
from mereq_teleop.teleop.joystick import JoystickSource
from mereq_teleop.teleop.joysticks import JoystickInfo, plugged_joysticks, sdl
from mereq_teleop.teleop.mapping import DeviceMapping, Pull, mapping_path, pulls_of, read_mapping
from mereq_teleop.teleop.source import Source
from mereq_teleop.teleop.spacemouse import SpaceMouseSource
from mereq_teleop.teleop.spacemouse_access import INSTALL_RULES, drivers_running, hidapi, is_spacemouse

__all__ = ["check_hands", "unreadable_joysticks"]

_DEVICES, _MAPPINGS = "devices", "mapping files"


def check_hands(need: Need) -> Iterator[Check]:
    """The keyboard, each joystick and each SpaceMouse, and what is said of them in files."""
    yield fine(_DEVICES, "keyboard", f"through the window: {', '.join(need.card.keys)}, Enter and Esc")
    joysticks, spacemouse = list(_joysticks(need)), list(_spacemice(need))
    yield from joysticks
    yield from spacemouse
    yield _mapping(need, "joystick", lambda mapping: JoystickSource(mapping.name, mapping.pedals))
    yield _mapping(need, "spacemouse", lambda mapping: SpaceMouseSource())


def _joysticks(need: Need) -> Iterator[Check]:
    lacking = need.lacking("joystick")
    try:
        with sdl():
            found = [stick for stick in plugged_joysticks() if not stick.spacemouse]
    except TeleopError as error:
        remedy = "install pygame-ce anew: pip install --force-reinstall pygame-ce"
        yield _check(_DEVICES, "joystick", lacking, str(error), remedy)
        return
    for stick in found:
        yield fine(_DEVICES, f"joystick {stick.name}", _told(stick, need))
    for name, node in unreadable_joysticks():
        remedy = "run `sudo usermod -aG input $USER`, log out and in again"
        yield _check(_DEVICES, f"joystick {name}", lacking, f"this user may not read {node}", remedy)
    if not found and need.device == "joystick":
        yield _check(_DEVICES, "joystick", lacking, "none is plugged in", "plug one in, or take --device auto")
    elif not found:
        yield fine(_DEVICES, "joystick", "none is plugged in")


def _told(stick: JoystickInfo, need: Need) -> str:
    kind = "gamepad by SDL's mapping" if stick.gamepad else "plain axes and buttons"
    parts = f"{stick.axes} axes, {stick.buttons} buttons, {stick.hats} hats"
    return f"{parts}; {kind}; GUID {stick.guid}; mapping: {_mapping_of(stick, need)}"


def _mapping_of(stick: JoystickInfo, need: Need) -> str:
    """Which mapping counts for a joystick."""
    path = mapping_path("joystick")
    if not path.exists():
        return "what is usual"
    try:
        name = read_mapping(path, need.card).name
    except BadMapping:
        return f"{path}, which cannot be followed"
    return str(path) if name.lower() in stick.name.lower() else f"none: {path} names {name!r}, so this one is not used"


def unreadable_joysticks(
    listing: Path = Path("/proc/bus/input/devices"), folder: Path = Path("/dev/input")
) -> list[tuple[str, Path]]:
    """Name and node of each joystick that Linux lists and this user may not read, which SDL therefore never sees."""
    found = []
    text = listing.read_text(errors="replace") if listing.exists() else ""
    for block in text.split("\n\n"):
        lines = {line[:2]: line.partition("=")[2].strip() for line in block.splitlines()}
        handlers = lines.get("H:", "").split()
        event = next((handler for handler in handlers if handler.startswith("event")), None)
        if event is None or not any(handler.startswith("js") for handler in handlers):
            continue
        ids = re.search(r"Vendor=([0-9a-f]+) Product=([0-9a-f]+)", block)
        spacemouse = ids is not None and is_spacemouse(int(ids[1], 16), int(ids[2], 16))
        if not spacemouse and not os.access(folder / event, os.R_OK):
            found.append((lines.get("N:", "").strip('"'), folder / event))
    return found


def _spacemice(need: Need) -> Iterator[Check]:
    lacking = need.lacking("spacemouse")
    nodes, drivers = hidraw_nodes(), drivers_running()
    yield from (_node(node, lacking) for node in nodes)
    if drivers:
        held = " and ".join(drivers)
        remedy = f"stop it if the SpaceMouse also moves other things: `sudo systemctl stop {drivers[0]}`"
        yield _check(_DEVICES, "SpaceMouse driver", State.WARNING, f"{held} acts on the SpaceMouse too", remedy)
    wanted = need.device == "spacemouse" or bool(nodes)
    if not wanted and sys.platform == "linux":
        yield fine(_DEVICES, "SpaceMouse", f"none is plugged in{_without_library()}")
        return
    source = SpaceMouseSource()
    try:
        source.open()
    except TeleopError as error:
        told, _, remedy = str(error).partition(": ")
        if not wanted:
            yield fine(_DEVICES, "SpaceMouse", told)
        else:
            yield _check(_DEVICES, "SpaceMouse", lacking, told, remedy or "see the SpaceMouse section of docs/hands.md")
        return
    try:
        yield fine(_DEVICES, "SpaceMouse", f"opens: {source.describe()}")
    finally:
        source.close()


def _without_library() -> str:
    try:
        hidapi()
    except TeleopError as error:
        return f" ({error})"
    return ""


def _node(node: HidrawNode, lacking: State) -> Check:
    vendor, product = node.usb_ids
    name, found = node.name, f"{vendor:04x}:{product:04x} at {node.path}, {node.permissions}"
    if node.usable:
        return fine(_DEVICES, name, f"{found}; this user may read it")
    rules = installed_rules()
    if rules is None:
        remedy = f"no udev rule for it is installed: run `{INSTALL_RULES}`, then unplug it and plug it in again"
    else:
        remedy = (
            f"{rules} has a rule for it: unplug it and plug it in again; if that does not do (a login over the net), "
            "run `sudo usermod -aG input $USER`, log out and in again"
        )
    return _check(_DEVICES, name, lacking, f"{found}; this user may not read it", remedy)


def _mapping(need: Need, kind: str, source: Callable[[DeviceMapping], Source]) -> Check:
    """Whether the mapping file of a kind can be followed, also by the hardware if there is any."""
    path, lacking = mapping_path(kind), need.lacking(kind)
    try:
        mapping = read_mapping(path, need.card)
        fitting = _fitting(need, kind, mapping, source(mapping))
    except BadMapping as error:
        found = f"the {kind} is left alone: {error}" if need.device == "auto" else str(error)
        return _check(_MAPPINGS, kind, lacking, found, f"mend the file, or run `mereq doctor {kind} --configure`")
    if not path.exists():
        return fine(_MAPPINGS, kind, f"no {path}: what is usual holds{fitting}")
    try:
        for card in cards():
            read_mapping(path, card)
    except BadMapping as error:
        return _check(_MAPPINGS, kind, State.WARNING, str(error), "mend the file before that task is driven")
    return fine(_MAPPINGS, kind, f"{path} can be followed{fitting}")


def _fitting(need: Need, kind: str, mapping: DeviceMapping, source: Source) -> str:
    """What drives the task on the hardware, if it is there.

    Raises:
        BadMapping: the mapping does not fit it.
    """
    try:
        source.open()
    except TeleopError:
        return ""
    try:
        pulls = pulls_of(mapping, need.card, source.read().axes, mapping_path(kind))
    finally:
        source.close()
    ways = (f"{target} by {' or '.join(_way(pull) for pull in of)}" for target, of in pulls.items())
    return f"; {', '.join(ways)}"


def _way(pull: Pull) -> str:
    return f"{'-' if pull.sign < 0 else '+'}{pull.axis}"


def _check(section: str, name: str, state: State, found: str, remedy: str) -> Check:
    return Check(section=section, name=name, state=state, found=found, remedy=remedy)
