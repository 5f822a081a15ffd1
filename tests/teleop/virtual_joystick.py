"""Joysticks that SDL itself makes: real events, hot plug and unplug, without hardware."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pygame

__all__ = ["FLIGHT_STICK", "GAMEPAD", "WHEEL", "VirtualJoystick", "sdl_is_there", "virtual_joysticks"]

GAMEPAD, WHEEL, FLIGHT_STICK = 1, 2, 4
"""SDL_JoystickType."""
MAPS = Path("/proc/self/maps")


class _Description(ctypes.Structure):
    """SDL_VirtualJoystickDesc."""

    _fields_ = (
        *((name, ctypes.c_uint16) for name in ("version", "type", "naxes", "nbuttons", "nhats", "vendor", "product")),
        ("padding", ctypes.c_uint16),
        ("button_mask", ctypes.c_uint32),
        ("axis_mask", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        *((name, ctypes.c_void_p) for name in ("userdata", "update", "set_player", "rumble", "rumble_triggers")),
        *((name, ctypes.c_void_p) for name in ("set_led", "send_effect")),
    )


def sdl_is_there() -> bool:
    """Whether pygame's own SDL can be found."""
    return MAPS.exists() and any("libSDL2" in line for line in MAPS.read_text().splitlines())


def _sdl() -> Any:
    path = next(line.split()[-1] for line in MAPS.read_text().splitlines() if "libSDL2-" in line)
    sdl = ctypes.CDLL(path)
    sdl.SDL_JoystickOpen.restype = ctypes.c_void_p
    sdl.SDL_JoystickSetVirtualAxis.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int16)
    sdl.SDL_JoystickSetVirtualButton.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_uint8)
    sdl.SDL_JoystickSetVirtualHat.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_uint8)
    sdl.SDL_JoystickGetDeviceInstanceID.argtypes = (ctypes.c_int,)
    sdl.SDL_JoystickInstanceID.argtypes = (ctypes.c_void_p,)
    sdl.SDL_JoystickClose.argtypes = (ctypes.c_void_p,)
    return sdl


class VirtualJoystick:
    """One of them, plugged in from the start."""

    def __init__(
        self,
        kind: int = GAMEPAD,
        axes: int = 6,
        buttons: int = 15,
        hats: int = 0,
        *,
        usb: tuple[int, int] = (0, 0),
        name: str = "",
    ) -> None:
        self._sdl = _sdl()
        if name:
            described = _Description(1, kind, axes, buttons, hats, *usb, name=name.encode())
            index = self._sdl.SDL_JoystickAttachVirtualEx(ctypes.byref(described))
        else:
            index = self._sdl.SDL_JoystickAttachVirtual(kind, axes, buttons, hats)
        assert index >= 0, pygame.get_error()
        self._handle = self._sdl.SDL_JoystickOpen(index)
        self._id = self._sdl.SDL_JoystickInstanceID(self._handle)
        self._plugged = True

    def push(self, axis: int, value: float) -> None:
        """Deflect an axis, -1..1."""
        assert (
            self._sdl.SDL_JoystickSetVirtualAxis(
                self._handle, axis, max(round(value * 32768), -32768) if value < 0 else round(value * 32767)
            )
            == 0
        )

    def press(self, button: int, *, down: bool = True) -> None:
        """Press a button, or let it go."""
        assert self._sdl.SDL_JoystickSetVirtualButton(self._handle, button, int(down)) == 0

    def tilt(self, hat: int, value: int) -> None:
        """Press a hat: 1 up, 2 right, 4 down, 8 left, 0 not at all."""
        assert self._sdl.SDL_JoystickSetVirtualHat(self._handle, hat, value) == 0

    def settle(self) -> None:
        """Let SDL take note before anybody looks."""
        self._sdl.SDL_JoystickUpdate()

    def unplug(self) -> None:
        """Pull it out; harmless when it is out."""
        if self._plugged:
            self._plugged = False
            indices = range(self._sdl.SDL_NumJoysticks())
            mine = next(i for i in indices if self._sdl.SDL_JoystickGetDeviceInstanceID(i) == self._id)
            assert self._sdl.SDL_JoystickDetachVirtual(mine) == 0
            self._sdl.SDL_JoystickClose(self._handle)


@contextmanager
def virtual_joysticks() -> Iterator[type[VirtualJoystick]]:
    """SDL's joysticks for as long as a test; whatever was plugged in is unplugged at its end."""
    made: list[VirtualJoystick] = []

    class Made(VirtualJoystick):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    pygame.joystick.init()
    try:
        yield Made
    finally:
        for stick in made:
            stick.unplug()
        pygame.joystick.quit()
