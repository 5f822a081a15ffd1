"""How devices are held when nobody says otherwise: which way of which axis stands for what."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, Literal

from mereq_teleop.envs.card import TaskCard

__all__ = ["USUAL", "usual"]

Way = tuple[str, Literal[-1, 1]]
Ways = tuple[Way, ...]

USUAL: dict[str, tuple[Ways, ...]] = {
    # Of each, first a gamepad's (SDL's names), then a SpaceMouse's, then a plain joystick's or a wheel's.
    "forward": ((("lefty", -1),), (("x", 1),), (("axis1", -1),)),
    "left": ((("leftx", -1),), (("y", 1),), (("axis0", -1),)),
    "up": ((("righty", -1),), (("z", 1),), (("hat0y", -1),), (("axis2", -1),)),
    "open": ((("righttrigger", 1), ("lefttrigger", -1)), (("yaw", 1),), (("hat0x", 1),), (("axis3", 1),)),
    "force": ((("leftx", 1),), (("y", -1),), (("axis0", 1),)),
    "main": ((("lefty", -1), ("righttrigger", 1)), (("z", 1),), (("axis1", -1),)),
    "side": ((("leftx", 1),), (("y", -1),), (("axis0", 1),)),
    "MAIN_ENGINE": ((("lefty", -1), ("dpady", -1), ("righttrigger", 1)), (("z", 1),), (("axis1", -1), ("hat0y", -1))),
    "TURN_LEFT": ((("leftx", -1), ("dpadx", -1)), (("y", 1),), (("axis0", -1), ("hat0x", -1))),
    "TURN_RIGHT": ((("leftx", 1), ("dpadx", 1)), (("y", -1),), (("axis0", 1), ("hat0x", 1))),
    "LANE_LEFT": ((("leftx", -1), ("dpadx", -1)), (("y", 1),), (("axis0", -1), ("hat0x", -1))),
    "LANE_RIGHT": ((("leftx", 1), ("dpadx", 1)), (("y", -1),), (("axis0", 1), ("hat0x", 1))),
    "FASTER": ((("lefty", -1), ("dpady", -1), ("righttrigger", 1)), (("x", 1),), (("axis1", -1), ("hat0y", -1))),
    "SLOWER": ((("lefty", 1), ("dpady", 1), ("lefttrigger", 1)), (("x", -1),), (("axis1", 1), ("hat0y", 1))),
}
"""For each axis or action of our tasks the ways that drive it: a set for each kind of hardware, told by its first axis.
"""

_PUSHES: Final[Mapping[str, Mapping[str, Ways]]] = {
    # Kinds of hardware are told by their first axis; each push is named by the key that it stands for.
    "leftx": {
        "right": (("leftx", 1), ("dpadx", 1)),
        "left": (("leftx", -1), ("dpadx", -1)),
        "up": (("lefty", -1), ("dpady", -1)),
        "down": (("lefty", 1), ("dpady", 1)),
        "w": (("righty", -1),),
        "s": (("righty", 1),),
        "d": (("rightx", 1),),
        "a": (("rightx", -1),),
        "fifth": (("righttrigger", 1),),
        "fifth back": (("lefttrigger", 1),),
    },
    "x": {
        "right": (("y", -1),),
        "left": (("y", 1),),
        "up": (("x", 1),),
        "down": (("x", -1),),
        "w": (("z", 1),),
        "s": (("z", -1),),
        "d": (("yaw", -1),),
        "a": (("yaw", 1),),
        "fifth": (("pitch", 1),),
        "fifth back": (("pitch", -1),),
        "sixth": (("roll", 1),),
        "sixth back": (("roll", -1),),
    },
    "axis0": {
        "right": (("axis0", 1), ("hat0x", 1)),
        "left": (("axis0", -1), ("hat0x", -1)),
        "up": (("axis1", -1), ("hat0y", -1)),
        "down": (("axis1", 1), ("hat0y", 1)),
        "w": (("axis3", -1),),
        "s": (("axis3", 1),),
        "d": (("axis2", 1),),
        "a": (("axis2", -1),),
    },
}
_FORTH: Final = (("right", "left"), ("up", "down"), ("w", "s"), ("d", "a"), ("fifth", "fifth back"), ("sixth", ""))
"""The pushes that drive the axes of a task of which nothing else is known, in their order: up, and down."""
_SINGLE: Final = ("left", "right", "up", "down", "a", "d", "w", "s", "fifth back", "fifth", "sixth back", "sixth")
"""Those that ask for its actions."""


def usual(card: TaskCard, axes: Collection[str]) -> dict[str, Ways]:
    """The ways that drive each axis of a task, or ask for each action, on hardware with these axes; what none drives
    is missing.

    What our tasks have, and a task of somebody's own whose axes are all called as theirs, is driven by its names. All
    else is driven as by its keys: what the arrows do, the stick and its hat do, and what W S A D do, the second stick;
    what has none of these keys is given to the next way that is free.

    Args:
        card: The task.
        axes: Names of the hardware's axes.
    """
    targets = card.actions or tuple(axis.name for axis in card.axes)
    named = {target: _named(target, axes) for target in targets}
    idle = targets[card.neutral_action] if isinstance(card.neutral_action, int) else None
    named_so = all(ways for target, ways in named.items() if target != idle)
    if not named_so or (card.source and card.discrete):
        pushes = next((of for first, of in _PUSHES.items() if first in axes), {})
        there = {key: tuple(way for way in ways if way[0] in axes) for key, ways in pushes.items()}
        there = {key: ways for key, ways in there.items() if ways}
        named = dict(_actions(card, there) if card.discrete else _axes(card, there))
    return {target: ways for target, ways in named.items() if ways}


def _named(target: str, axes: Collection[str]) -> Ways:
    for ways in USUAL.get(target, ()):
        if ways[0][0] in axes:
            return tuple((axis, sign) for axis, sign in ways if axis in axes)
    return ()


def _actions(card: TaskCard, pushes: Mapping[str, Ways]) -> Iterator[tuple[str, Ways]]:
    free = [key for key in _SINGLE if key in pushes and key not in card.keys]
    for at, action in enumerate(card.actions):
        keys = [key for key, asked in card.keys.items() if asked == at and key in pushes]
        if not keys and at != card.neutral_action and free:
            keys = [free.pop(0)]
        yield action, tuple(way for key in keys for way in pushes[key])


def _axes(card: TaskCard, pushes: Mapping[str, Ways]) -> Iterator[tuple[str, Ways]]:
    assert isinstance(card.neutral_action, tuple)
    moved = {key: _only_moved(action, card.neutral_action) for key, action in card.keys.items() if key in pushes}
    free = [pair for pair in _FORTH if pair[0] in pushes and moved.get(pair[0]) is moved.get(pair[1]) is None]
    for at, axis in enumerate(card.axes):
        forth = next((pushes[key] for key, found in moved.items() if found == (at, 1)), None)
        back = next((pushes[key] for key, found in moved.items() if found == (at, -1)), None)
        if forth is None and back is None and free:
            up, down = free.pop(0)
            forth, back = pushes[up], pushes.get(down)
        yield axis.name, tuple(dict.fromkeys((*(forth or ()), *_reversed(back or ()))))


def _only_moved(action: int | tuple[float, ...], neutral: tuple[float, ...]) -> tuple[int, int] | None:
    """The one component in which an action is not the neutral one, and which way; None where there is not one."""
    assert isinstance(action, tuple)
    ways = [(at, 1 if value > rest else -1) for at, (value, rest) in enumerate(zip(action, neutral, strict=True))]
    moved = [way for way, value, rest in zip(ways, action, neutral, strict=True) if value != rest]
    return moved[0] if len(moved) == 1 else None


def _reversed(ways: Ways) -> Ways:
    return tuple((axis, -1 if sign > 0 else 1) for axis, sign in ways)
