"""Where things are in the window, for any size of it."""

from dataclasses import dataclass
from typing import Final

from pygame import Rect

__all__ = ["DESIGN_SIZE", "Layout", "lay_out"]

DESIGN_SIZE: Final = (1200, 640)
"""Width and height (px) at which one design unit is one pixel."""

_BAND, _PANELS, _KEYS, _GAP = 58, 206, 36, 10
"""Heights of the strips and the gap between panels, in design units."""
_COLUMNS: Final = (0.95, 0.8, 1.05, 1.2)
_SMALLEST_UNIT, _LARGEST_UNIT = 0.5, 3.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The window's parts, in pixels; none overlaps another and all are inside the window."""

    unit: float
    """Pixels of one design unit."""
    band: Rect
    """Who is in control."""
    road: Rect
    """The world."""
    panels: tuple[Rect, ...]
    keys: Rect


def lay_out(width: int, height: int) -> Layout:
    """Divide a window: what the world does not need of the height goes to the HUD, never more than 2/3 of it."""
    unit = min(width / DESIGN_SIZE[0], height / DESIGN_SIZE[1])
    unit = min(max(unit, _SMALLEST_UNIT), _LARGEST_UNIT)
    band, panels, keys = (round(unit * strip) for strip in (_BAND, _PANELS, _KEYS))
    if band + panels + keys > height * 2 / 3:
        keys = 0
    if band + panels > height * 2 / 3:
        panels = 0
    band = min(band, height // 3)
    road = height - band - panels - keys
    gap = round(unit * _GAP)
    return Layout(
        unit=unit,
        band=Rect(0, 0, width, band),
        road=Rect(0, band, width, road),
        panels=_columns(Rect(0, band + road, width, panels).inflate(-2 * gap, -2 * gap), gap),
        keys=Rect(0, height - keys, width, keys),
    )


def _columns(strip: Rect, gap: int) -> tuple[Rect, ...]:
    room = strip.width - gap * (len(_COLUMNS) - 1)
    if room < len(_COLUMNS) or strip.height <= 0:
        return ()
    rects, left, share = [], strip.left, 0.0
    for index, column in enumerate(_COLUMNS):
        share += column
        right = strip.left + index * gap + round(room * share / sum(_COLUMNS))
        rects.append(Rect(left, strip.top, right - left, strip.height))
        left = right + gap
    return tuple(rects)
