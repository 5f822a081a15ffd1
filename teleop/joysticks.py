"""The joysticks that SDL knows of, and SDL itself made ready to look for them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pygame
from pygame._sdl2 import controller

from mereq_teleop.teleop.errors import TeleopError
from mereq_teleop.teleop.spacemouse_access import is_spacemouse

__all__ = ["JoystickInfo", "plugged_joysticks", "sdl", "start_sdl", "unseen_display"]


@dataclass(frozen=True, slots=True)
class JoystickInfo:
    """One joystick, gamepad, wheel or set of pedals."""

    index: int
    """SDL's number of it, until one is plugged in or out."""
    name: str
    guid: str
    """SDL's name of the model: bus, vendor, product and version in hexadecimal digits."""
    axes: int
    hats: int
    buttons: int
    gamepad: bool
    """Whether SDL knows what is what on it, and so calls its axes leftx, lefty and so on."""

    @property
    def usb_ids(self) -> tuple[int, int]:
        """Vendor and product, as SDL keeps them in the GUID: little-endian, 4 and 8 bytes after its start."""
        data = bytes.fromhex(self.guid)
        return int.from_bytes(data[4:6], "little"), int.from_bytes(data[8:10], "little")

    @property
    def spacemouse(self) -> bool:
        """Whether it is a SpaceMouse, of which SDL makes a joystick too."""
        return is_spacemouse(*self.usb_ids)


def unseen_display() -> bool:
    """Give SDL a display that shows nothing if it has none; says whether it did, and the caller must take it away.

    Raises:
        pygame.error: SDL has none of the kind.
    """
    if pygame.display.get_init():
        return False
    before = os.environ.get("SDL_VIDEODRIVER")
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    try:
        pygame.display.init()
    finally:
        if before is None:
            del os.environ["SDL_VIDEODRIVER"]
        else:
            os.environ["SDL_VIDEODRIVER"] = before
    return True


def start_sdl() -> bool:
    """Make SDL ready for joysticks; says whether it got a display that shows nothing, which the caller must take away.

    Raises:
        TeleopError: SDL cannot look for joysticks.
    """
    # A person who looks at another window for a moment still has their hands on the stick.
    os.environ.setdefault("SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS", "1")
    try:
        own_display = unseen_display()
        pygame.joystick.init()
        controller.init()
    except pygame.error as error:
        raise TeleopError(f"SDL cannot look for joysticks: {error}") from None
    return own_display


@contextmanager
def sdl() -> Iterator[None]:
    """SDL ready for joysticks, for as long as they are looked at.

    Raises:
        TeleopError: SDL cannot look for joysticks.
    """
    own_display = start_sdl()
    try:
        yield
    finally:
        if own_display:
            pygame.display.quit()


def plugged_joysticks() -> tuple[JoystickInfo, ...]:
    """All that are plugged in, SpaceMice too; SDL must be ready."""
    found = []
    for index in range(pygame.joystick.get_count()):
        # One that is pulled out in this very moment is none.
        with suppress(pygame.error):
            found.append(_info(index))
    return tuple(found)


def _info(index: int) -> JoystickInfo:
    stick = pygame.joystick.Joystick(index)
    return JoystickInfo(
        index=index,
        name=stick.get_name(),
        guid=stick.get_guid(),
        axes=stick.get_numaxes(),
        hats=stick.get_numhats(),
        buttons=stick.get_numbuttons(),
        gamepad=controller.is_controller(index),
    )
