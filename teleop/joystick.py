"""Joysticks, gamepads, wheels and pedals, through SDL.

The window owns pygame's event queue and leaves `JOYSTICK_EVENTS` in it; the source takes those alone, so both go on
whichever of them asks first. Without a window SDL still wants a display for its events: its own that shows nothing.
"""

import time
from collections.abc import Callable

import pygame
from pygame._sdl2 import controller

from mereq_teleop.teleop.errors import DeviceLost, TeleopError
from mereq_teleop.teleop.joysticks import plugged_joysticks, start_sdl
from mereq_teleop.teleop.source import Reading

__all__ = ["JOYSTICK_EVENTS", "JoystickSource"]

JOYSTICK_EVENTS = (
    *(pygame.JOYAXISMOTION, pygame.JOYBALLMOTION, pygame.JOYHATMOTION, pygame.JOYBUTTONDOWN, pygame.JOYBUTTONUP),
    *(pygame.JOYDEVICEADDED, pygame.JOYDEVICEREMOVED, pygame.CONTROLLERAXISMOTION, pygame.CONTROLLERBUTTONDOWN),
    *(pygame.CONTROLLERBUTTONUP, pygame.CONTROLLERDEVICEADDED, pygame.CONTROLLERDEVICEREMOVED),
    *(pygame.CONTROLLERDEVICEREMAPPED, pygame.CONTROLLERTOUCHPADDOWN, pygame.CONTROLLERTOUCHPADMOTION),
    *(pygame.CONTROLLERTOUCHPADUP, pygame.CONTROLLERSENSORUPDATE),
)
"""What a window must leave in the queue for the source."""
STICKS = ("leftx", "lefty", "rightx", "righty")
TRIGGERS = ("lefttrigger", "righttrigger")
BUTTONS = (
    *("a", "b", "x", "y", "back", "guide", "start", "leftstick", "rightstick", "leftshoulder", "rightshoulder"),
    *("dpup", "dpdown", "dpleft", "dpright"),
)
"""SDL's names, in the order of its numbers."""
FULL = 32767.0
AT_ITS_END = 0.9
"""An axis that is as far out as this at the start is a pedal's or a lever's, at rest."""
SPRUNG: tuple[str, ...] = ("axis0", "axis1")
"""The stick itself, which may be held over as it is plugged in; but on what has pedals only the first is sprung."""
NAME_LENGTH = 28


class JoystickSource:
    """The first joystick, or the first whose name has a given piece in it; never a SpaceMouse: that has its own source.

    A gamepad that SDL knows has the axes leftx, lefty, rightx, righty, lefttrigger, righttrigger, dpadx and dpady, and
    buttons by SDL's names; anything else has axis0.., hat0x, hat0y.. and button0... Up is negative on every one of
    them, as on SDL's sticks; pedals and triggers go from 0 to 1.
    """

    def __init__(self, name: str = "", pedals: tuple[str, ...] = (), now: Callable[[], float] = time.monotonic) -> None:
        """Look for a joystick later.

        Args:
            name: A piece of its name; the first there is if empty.
            pedals: Axes that rest at their lower end, beside those that are found at one at the start.
            now: Monotonic time (s).
        """
        self._wanted = name
        self._pedals = pedals
        self._now = now
        self._stick: pygame.joystick.JoystickType | None = None
        self._pad: controller.Controller | None = None
        self._start: dict[str, float] = {}
        self._names: dict[str, str] = {}
        """SDL's name of each of the hardware's buttons, for a gamepad that it knows."""
        self._sprung = SPRUNG
        self._own_display = False

    def open(self, *, wait: bool = True) -> None:
        """Find the joystick; SDL knows at once what is there.

        Raises:
            TeleopError: there is none, or none of that name.
        """
        self.close()
        self._own_display = start_sdl()
        pygame.event.get(JOYSTICK_EVENTS)
        sticks = [stick for stick in plugged_joysticks() if not stick.spacemouse]
        found = [stick for stick in sticks if self._wanted.lower() in stick.name.lower()]
        if not found:
            self.close()
            others = ", ".join(repr(stick.name) for stick in sticks)
            which = f"no joystick with {self._wanted!r} in its name" if self._wanted else "no joystick"
            there = f" (there is {others})" if others else ""
            raise TeleopError(f"{which} is plugged in{there}: plug it in, or take --device auto, which finds it later")
        chosen = found[0]
        self._stick = pygame.joystick.Joystick(chosen.index)
        has_pedals = any(word in chosen.name.lower() for word in ("wheel", "pedal", "racing", "driving"))
        self._sprung = SPRUNG[:1] if has_pedals else SPRUNG
        if chosen.gamepad:
            self._pad = controller.Controller(chosen.index)
            # There the hardware's button 3 is b3.
            self._names = {hardware: name for name, hardware in self._pad.get_mapping().items() if name in BUTTONS}
        # What is in the queue now was before the start.
        pygame.event.get(JOYSTICK_EVENTS)
        self._start = self._raw()

    def close(self) -> None:
        """Let go of the joystick, and of what SDL was started for."""
        if self._pad is not None:
            # Left to the garbage collector, it would close a later one that SDL has put in its place.
            self._pad.quit()
        self._stick = self._pad = None
        self._names = {}
        if self._own_display:
            self._own_display = False
            pygame.display.quit()

    @property
    def hardware(self) -> str:
        """Its whole name; empty while it is not open."""
        return "" if self._stick is None else str(self._stick.get_name())

    def describe(self) -> str:
        """Its name, shortened where it is long."""
        return "no joystick" if self._stick is None else _short(self._stick.get_name())

    def read(self) -> Reading:
        """Where everything is now.

        Raises:
            DeviceLost: it was unplugged.
        """
        if self._stick is None:
            raise DeviceLost("the joystick is not there")
        mine = self._stick.get_instance_id()
        tapped: list[str] = []
        # SDL lets go of a joystick that is unplugged before it says so: its zeros are nobody's.
        for event in pygame.event.get(JOYSTICK_EVENTS):
            if getattr(event, "instance_id", None) != mine:
                continue
            if event.type == pygame.JOYDEVICEREMOVED:
                name = self.describe()
                self.close()
                raise DeviceLost(f"{name} was unplugged")
            # SDL does not always tell of a gamepad's buttons by their names, but always by their numbers.
            if event.type == pygame.JOYBUTTONDOWN:
                tapped.append(self._names.get(f"b{event.button}", f"button{event.button}"))
        axes = {axis: self._settled(axis, value) for axis, value in self._raw().items()}
        return Reading(axes=axes, pressed=self._pressed(), tapped=tuple(tapped), time_s=self._now())

    def _raw(self) -> dict[str, float]:
        """Each axis as SDL has it, -1..1."""
        if self._pad is not None:
            axes = {name: self._pad.get_axis(number) / FULL for number, name in enumerate((*STICKS, *TRIGGERS))}
            down = {name: self._pad.get_button(number) for number, name in enumerate(BUTTONS)}
            return {
                **{name: max(value, -1.0) for name, value in axes.items()},
                "dpadx": float(down["dpright"] - down["dpleft"]),
                "dpady": float(down["dpdown"] - down["dpup"]),
            }
        stick = self._stick
        assert stick is not None
        axes = {f"axis{number}": stick.get_axis(number) for number in range(stick.get_numaxes())}
        for number in range(stick.get_numhats()):
            x, y = stick.get_hat(number)
            axes |= {f"hat{number}x": float(x), f"hat{number}y": float(-y)}
        return axes

    def _settled(self, axis: str, value: float) -> float:
        """The deflection from rest; what a pedal or trigger shows at the start is its rest until it moves."""
        start = self._start[axis]
        if self._pad is not None:
            return 0.0 if axis in TRIGGERS and value == start else value
        if axis in self._pedals:
            return 0.0 if value == start else (1.0 + value) / 2.0
        if axis.startswith("axis") and axis not in self._sprung and abs(start) >= AT_ITS_END:
            return (1.0 + (value if start < 0.0 else -value)) / 2.0
        return value

    def _pressed(self) -> frozenset[str]:
        if self._pad is not None:
            return frozenset(name for number, name in enumerate(BUTTONS) if self._pad.get_button(number))
        stick = self._stick
        assert stick is not None
        return frozenset(f"button{number}" for number in range(stick.get_numbuttons()) if stick.get_button(number))


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 3].rstrip()}..."
