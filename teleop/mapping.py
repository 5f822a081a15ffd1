"""What the axes and buttons of a device stand for: a TOML file in the user's config folder, or what is usual.

name = "Extreme 3D"               # which of several, by a piece of its name
engage = ["button0"]              # takes over (--takeover toggle and hold), or goes on without moving
release = ["button1"]             # gives back
pedals = ["axis3"]                # axes that rest at one end, where that does not show by itself

[axes.axis1]                      # how a deflection counts, for each axis that shall not be as usual
dead_zone = 0.15
exponent = 2.0
scale = 0.5
inverted = true

[tasks.pusher]                    # all of a task's axes; a task that is not listed is driven as usual
forward = [{ axis = "axis1", sign = -1 }]
left = [{ axis = "axis0", sign = -1 }]
up = [{ axis = "axis3" }, { axis = "axis2", sign = -1 }]

[tasks.highway]                   # or those of its actions that are asked for by pushing an axis past 0.6
LANE_LEFT = [{ axis = "axis0", sign = -1 }]
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import unknown
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.user_files import config_folder, read_toml
from mereq_teleop.teleop.errors import BadMapping
from mereq_teleop.teleop.mapping_mistakes import mistake_in
from mereq_teleop.teleop.shaping import Shape
from mereq_teleop.teleop.usual import usual

__all__ = ["DeviceMapping", "Pull", "mapping_path", "pulls_of", "read_mapping", "to_toml"]

MAX_BYTES = 1 << 16
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Pull(Record):
    """One way of one of the device's axes."""

    axis: str
    """The source's own name for it."""
    sign: Literal[-1, 1] = 1
    """Which way of it: 1 where it grows."""


class DeviceMapping(Record):
    """What a device's axes and buttons stand for."""

    name: str = ""
    """A piece of the hardware's name, where there are several; the first one if empty."""
    engage: tuple[str, ...] = ("rightshoulder", "a", "button0", "LEFT")
    """Buttons that take over."""
    release: tuple[str, ...] = ("b", "button1", "RIGHT")
    """Buttons that give back."""
    pedals: tuple[str, ...] = ()
    """Axes that rest at their lower end; a pedal that is seen to at the start need not be named."""
    axes: dict[str, Shape] = msgspec.field(default_factory=dict)
    """How deflections count, for those axes of the device that shall not be as usual."""
    tasks: dict[str, dict[str, tuple[Pull, ...]]] = msgspec.field(default_factory=dict)
    """For each task, what drives each axis or asks for each action; a task that is missing is driven as usual."""

    def shape(self, axis: str) -> Shape:
        """How the deflection of one of the device's axes counts."""
        return self.axes.get(axis) or Shape()


def mapping_path(device: str) -> Path:
    """Where the mapping of a device is kept."""
    return config_folder() / "devices" / f"{device}.toml"


def read_mapping(path: Path, card: TaskCard) -> DeviceMapping:
    """The mapping of a file, for one task; what is usual where there is no file.

    Raises:
        BadMapping: the file cannot be read, is none, or names what the task has not.
    """
    try:
        table = read_toml(path, dict[str, Any], "the device mapping", BadMapping, MAX_BYTES)
    except FileNotFoundError:
        return DeviceMapping()
    except OSError as error:
        raise BadMapping(f"cannot read the device mapping {path}: {error.strerror}") from None
    if mistake := mistake_in(table, DeviceMapping, Pull):
        raise BadMapping(f"the device mapping {path}: {mistake}")
    mapping = msgspec.convert(table, DeviceMapping)
    for target in mapping.tasks.get(card.name, {}):
        if target not in _targets(card):
            what = f"{'action' if card.discrete else 'axis'} of task {card.name!r}"
            raise BadMapping(f"the device mapping {path}: {unknown(what, target, _targets(card))}")
    return mapping


def pulls_of(mapping: DeviceMapping, card: TaskCard, axes: Collection[str], path: Path) -> dict[str, tuple[Pull, ...]]:
    """What drives each axis of the card, or asks for each action, on hardware that has these axes.

    Raises:
        BadMapping: the mapping names an axis that the hardware has not, or it has none that could drive the task;
            the message names the file.
    """
    chosen = mapping.tasks.get(card.name)
    named = (pull.axis for pulls in (chosen or {}).values() for pull in pulls)
    for axis in (*named, *mapping.axes, *mapping.pedals):
        if axis not in axes:
            raise BadMapping(f"the device mapping {path}: {unknown('axis of the device', axis, axes)}")
    if chosen is not None:
        return dict(chosen)
    found = usual(card, axes)
    if not found:
        wanted = ", ".join(_targets(card))
        raise BadMapping(f"nothing usual drives {wanted} by {', '.join(axes) or 'no axes'}: say what does in {path}")
    return {target: tuple(Pull(axis=axis, sign=sign) for axis, sign in ways) for target, ways in found.items()}


def to_toml(mapping: DeviceMapping) -> str:
    """The text of a mapping file; `read_mapping` makes the same mapping of it."""
    return "\n".join(_lines(mapping)) + "\n"


def _lines(mapping: DeviceMapping) -> Iterator[str]:
    yield f"name = {_quoted(mapping.name)}"
    for key, names in (("engage", mapping.engage), ("release", mapping.release), ("pedals", mapping.pedals)):
        yield f"{key} = [{', '.join(map(_quoted, names))}]"
    for axis, shape in mapping.axes.items():
        yield f"\n[axes.{_key(axis)}]"
        yield f"dead_zone = {shape.dead_zone!r}\nexponent = {shape.exponent!r}\nscale = {shape.scale!r}"
        yield f"inverted = {str(shape.inverted).lower()}"
    for task, targets in mapping.tasks.items():
        yield f"\n[tasks.{_key(task)}]"
        for target, pulls in targets.items():
            ways = (f"{{ axis = {_quoted(pull.axis)}, sign = {pull.sign} }}" for pull in pulls)
            yield f"{_key(target)} = [{', '.join(ways)}]"


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """TOML's basic strings are JSON's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _targets(card: TaskCard) -> Mapping[str, None]:
    return dict.fromkeys(card.actions or [axis.name for axis in card.axes])
