"""How large the window opens: the display's own setting of how large things shall be, or the person's."""

import ctypes
from typing import Final

import pygame

__all__ = ["display_scale", "opening_size", "scale_of"]

_USUAL_DPI: Final = 96.0
_MM: Final = 25.4
_PLAUSIBLE_DPI: Final = (48.0, 480.0)


def opening_size(size: tuple[int, int], scale: float | None) -> tuple[int, int]:
    """Width and height (px) of a window of a size at a scale, the display's if None, but no larger than the desktop.

    pygame's display must be up.
    """
    scale = display_scale() if scale is None else scale
    desktop = pygame.display.get_desktop_sizes()[0]
    width, height = (min(round(scale * side), room) for side, room in zip(size, desktop, strict=True))
    return width, height


def display_scale() -> float:
    """How large the desktop shows things: 1, 1.25, ...; 2 for a high-DPI display.

    Wayland and macOS scale the window themselves. Under X11 it is what desktops and `xrdb` set, Xft.dpi; else what the
    server was started with.
    """
    if pygame.display.get_driver() != "x11":
        return 1.0
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return 1.0
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XResourceManagerString.restype = ctypes.c_char_p
    display = x11.XOpenDisplay(None)
    if not display:
        return 1.0
    server = ctypes.c_void_p(display)
    try:
        resources = x11.XResourceManagerString(server) or b""
        width, width_mm = x11.XDisplayWidth(server, 0), x11.XDisplayWidthMM(server, 0)
        return scale_of(resources.decode(errors="replace"), _MM * width / max(width_mm, 1))
    finally:
        x11.XCloseDisplay(server)


def scale_of(resources: str, server_dpi: float) -> float:
    """The scale that an X server's resources ask for, in quarters; where they do not, what its resolution (dpi) is."""
    dpi = server_dpi
    for line in resources.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "Xft.dpi":
            try:
                dpi = float(value)
            except ValueError:
                continue
    if not _PLAUSIBLE_DPI[0] <= dpi <= _PLAUSIBLE_DPI[1]:
        return 1.0
    # A little off is the rounding of millimetres, and no wish.
    return min(max(round(4 * dpi / _USUAL_DPI) / 4, 0.75), 4.0)
