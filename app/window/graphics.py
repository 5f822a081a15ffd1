"""Where MuJoCo draws: an off-screen OpenGL context, by the library that MUJOCO_GL names or that is installed."""

import ctypes
import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final, Protocol, cast

from mereq_teleop.app.errors import AppError

__all__ = ["BACKENDS", "Context", "NoGraphics", "backend", "cannot_draw", "wanted_backend"]

BACKENDS: Final[Mapping[str, str]] = {
    "egl": "apt install libegl1 libgl1-mesa-dri",
    "osmesa": "apt install libosmesa6",
    "glfw": "apt install libgl1 libgl1-mesa-dri",
    "cgl": "it comes with macOS",
}
"""How to get the library of each value of MUJOCO_GL that draws."""
_ANY: Final = ("", "1", "on", "true", "enable", "enabled", "glx")
"""Values of MUJOCO_GL that leave the choice to us."""
_LIBRARIES: Final[Mapping[str, str]] = {"egl": "libEGL.so.1", "osmesa": "libOSMesa.so.8"}


class NoGraphics(AppError):
    """MuJoCo has nothing to draw with; the message is one line for the user."""


class Context(Protocol):
    """An OpenGL context, of one thread at a time."""

    def make_current(self) -> None:
        """From now on this thread draws with it."""

    def free(self) -> None:
        """Give it back."""


def wanted_backend() -> str:
    """The backend that MUJOCO_GL names; where it names none, the first one whose library is there.

    Raises:
        NoGraphics: MUJOCO_GL is none of MuJoCo's values, or switches drawing off.
    """
    told = os.environ.get("MUJOCO_GL", "").lower().strip()
    if told in BACKENDS:
        return told
    if told not in _ANY:
        raise NoGraphics(
            f"MUJOCO_GL={told} names nothing that draws: unset it, or set it to egl ({BACKENDS['egl']}) "
            f"or osmesa ({BACKENDS['osmesa']})"
        )
    if sys.platform == "darwin":
        return "cgl"
    return next((name for name, library in _LIBRARIES.items() if _is_there(library)), "egl")


def backend() -> Callable[[int, int], Context]:
    """What makes a context for pictures of a width and a height (px).

    Raises:
        NoGraphics: there is no such library; the message says what was tried and what to install.
    """
    name = wanted_backend()
    try:
        # Importing mujoco itself fails where MUJOCO_GL names a library that is missing.
        return cast("Callable[[int, int], Context]", import_module(f"mujoco.{name}").GLContext)
    except Exception as error:  # What OpenGL's loaders raise when a library is missing is any of a dozen types.
        raise cannot_draw(error) from error


def cannot_draw(error: Exception) -> NoGraphics:
    """What to tell a user when a context of the wanted backend failed."""
    told, name = os.environ.get("MUJOCO_GL"), wanted_backend()
    tried = f"MUJOCO_GL={told}" if told else f"{name}, since MUJOCO_GL is not set"
    why = " ".join(str(error).split())
    return NoGraphics(f"MuJoCo cannot draw (tried {tried}): {why}; {BACKENDS[name]}")


def _is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
