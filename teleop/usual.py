"""How devices are held when nobody says otherwise: which way of which axis stands for what."""

from collections.abc import Collection
from typing import Literal

__all__ = ["USUAL", "usual"]

Ways = tuple[tuple[str, Literal[-1, 1]], ...]

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
"""For each axis or action of a task the ways that drive it: a set for each kind of hardware, told by its first axis."""


def usual(target: str, axes: Collection[str]) -> Ways:
    """The ways that drive an axis or ask for an action of a task, on hardware with these axes; empty if there is none.

    Args:
        target: Name of the task's axis or action.
        axes: Names of the hardware's axes.
    """
    for ways in USUAL.get(target, ()):
        if ways[0][0] in axes:
            return tuple((axis, sign) for axis, sign in ways if axis in axes)
    return ()
