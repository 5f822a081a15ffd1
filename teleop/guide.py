"""What the hands on a device do, in words: for the help of whoever holds it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.mapping import DeviceMapping, Pull
from mereq_teleop.teleop.takeover import Mode, Rules

__all__ = ["Guide", "Guided", "guide_of", "guides_of", "way_words"]

_STICKS: Final[Mapping[str, tuple[str, str]]] = {
    # The way of each axis below 0, and above it.
    "leftx": ("left stick left", "left stick right"),
    "lefty": ("left stick up", "left stick down"),
    "rightx": ("right stick left", "right stick right"),
    "righty": ("right stick up", "right stick down"),
    "dpadx": ("d-pad left", "d-pad right"),
    "dpady": ("d-pad up", "d-pad down"),
    "lefttrigger": ("", "left trigger"),
    "righttrigger": ("", "right trigger"),
    "x": ("pull to you", "push away"),
    "y": ("slide right", "slide left"),
    "z": ("press down", "lift"),
    "roll": ("tilt left", "tilt right"),
    "pitch": ("tilt back", "tilt forward"),
    "yaw": ("twist right", "twist left"),
    "axis0": ("stick left", "stick right"),
    "axis1": ("stick forward", "stick back"),
    "hat0x": ("hat left", "hat right"),
    "hat0y": ("hat up", "hat down"),
}
_BUTTONS: Final[Mapping[str, str]] = {
    "leftshoulder": "left shoulder",
    "rightshoulder": "right shoulder",
    "leftstick": "left stick's button",
    "rightstick": "right stick's button",
    "LEFT": "left button",
    "RIGHT": "right button",
}
_OPPOSITES: Final[Mapping[str, str]] = {"forward": "back", "left": "right", "up": "down", "open": "close"}
_TRIGGERS: Final = ("lefttrigger", "righttrigger")
"""Axes that go from 0 to 1 alone."""


@dataclass(frozen=True, slots=True)
class Guide:
    """The mapping that is in use, as (what the hand does, what that is for) in the order of the task's axes."""

    device: str
    rows: tuple[tuple[str, str], ...]


@runtime_checkable
class Guided(Protocol):
    """A device that can say what the hands on it do."""

    def guides(self) -> tuple[Guide, ...]:
        """One for each piece of hardware that is there."""
        ...


def guides_of(device: object) -> tuple[Guide, ...]:
    """What the hands on it do; nothing for a device that has no axes."""
    return device.guides() if isinstance(device, Guided) else ()


def guide_of(
    name: str,
    card: TaskCard,
    mapping: DeviceMapping,
    pulls: Mapping[str, Iterable[Pull]],
    rules: Rules,
    axes: Collection[str],
) -> Guide:
    """The guide to hardware on which these pulls drive the task.

    Args:
        name: of the hardware.
        card: of the task.
        mapping: which buttons engage and release, and which axes are inverted.
        pulls: what drives each axis of the card, or asks for each action.
        rules: what takes over.
        axes: those of the hardware, by which its kind is told.
    """
    rows: list[tuple[str, str]] = []
    for target in card.actions or [axis.name for axis in card.axes]:
        ways = [(pull.axis, _sign(pull, mapping)) for pull in pulls.get(target, ())]
        if forth := _either(way_words(axis, sign) for axis, sign in ways if not _one_way(axis, sign)):
            rows.append((forth, target.replace("_", " ").lower()))
        back = _either(way_words(axis, -sign) for axis, sign in ways if not _one_way(axis, -sign))
        if back and not card.discrete:
            rows.append((back, _OPPOSITES.get(target, f"{target} -")))
    return Guide(name, (*rows, *_buttons(mapping, rules, axes)))


def way_words(axis: str, sign: int) -> str:
    """One way of one axis as a hand knows it: "left stick up"; an axis that has no usual name keeps its own."""
    ways = _STICKS.get(axis)
    return f"{axis} {'+' if sign > 0 else '-'}" if ways is None else ways[sign > 0]


def _buttons(mapping: DeviceMapping, rules: Rules, axes: Collection[str]) -> tuple[tuple[str, str], ...]:
    """What takes over and gives back."""
    engage, release = (_either(map(_button, _own(names, axes))) for names in (mapping.engage, mapping.release))
    match rules.mode:
        case Mode.INSTINCT:
            quiet = f"{rules.quiet_s:g} s untouched"
            rows = (_either(filter(None, ("touch it", engage))), "take over"), (_either((release, quiet)), "give back")
        case Mode.TOGGLE:
            rows = (engage, "take over, give back"), (release, "give back")
        case Mode.HOLD:
            rows = (f"hold {engage}" if engage else "", "drive"), (release, "give back")
    return tuple((hand, meaning) for hand, meaning in rows if hand)


def _own(buttons: Iterable[str], axes: Collection[str]) -> list[str]:
    """Those of the buttons that hardware with such axes has: a mapping lists the usual ones of every kind."""
    if "leftx" in axes:
        return [name for name in buttons if name.islower() and not name.startswith("button")]
    if "axis0" in axes:
        return [name for name in buttons if name.startswith("button")]
    return [name for name in buttons if not name.islower()]


def _button(name: str) -> str:
    known = _BUTTONS.get(name)
    if known is None and name.startswith("button"):
        return f"button {name.removeprefix('button')}"
    return known or name.upper()


def _sign(pull: Pull, mapping: DeviceMapping) -> int:
    """Which way of the hardware's axis it is, as a hand moves it."""
    return -pull.sign if mapping.shape(pull.axis).inverted else pull.sign


def _one_way(axis: str, sign: int) -> bool:
    """Whether it is the way that a trigger cannot go."""
    return axis in _TRIGGERS and sign < 0


def _either(words: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(filter(None, words)))
