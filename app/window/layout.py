"""Where things are in the window, for any size of it."""

from dataclasses import dataclass
from typing import Final

from pygame import Rect

__all__ = ["DESIGN_SIZE", "SMALLEST_SIZE", "Layout", "lay_out"]

DESIGN_SIZE: Final = (1280, 720)
"""Width and height (px) at which one design unit is one pixel."""
SMALLEST_SIZE: Final = (1024, 640)
"""Width and height (px) down to which every word stays readable."""

_BAND, _STRIP, _PANELS, _KEYS, _GAP = 56, 46, 200, 60, 10
"""Heights of the rows and the gap between panels, in design units."""
_COLUMNS: Final = (0.95, 0.8, 1.05, 1.2)
_STRIP_COLUMNS: Final = (0.58, 0.42)
_SMALLEST_UNIT, _LARGEST_UNIT = 0.5, 4.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The window's parts, in pixels; none overlaps another and all are inside the window."""

    unit: float
    """Pixels of one design unit."""
    band: Rect
    """Who is in control, whether it is learning and whether it is recorded."""
    road: Rect
    """The world."""
    timeline: Rect
    """The last minute."""
    messages: Rect
    """What the operator is told."""
    panels: tuple[Rect, ...]
    keys: Rect


def lay_out(width: int, height: int) -> Layout:
    """Divide a window: what the world does not need of the height goes to the HUD, never more than 2/3 of it.

    In a window that is too low for all of it the keys go first, then the panels, then the timeline.
    """
    unit = min(width / DESIGN_SIZE[0], height / DESIGN_SIZE[1])
    unit = min(max(unit, _SMALLEST_UNIT), _LARGEST_UNIT)
    band, strip, panels, keys = (round(unit * row) for row in (_BAND, _STRIP, _PANELS, _KEYS))
    most = height * 2 / 3
    if band + strip + panels + keys > most:
        keys = 0
    if band + strip + panels > most:
        panels = 0
    if band + strip > most:
        strip = 0
    band = min(band, height // 3)
    road = height - band - strip - panels - keys
    gap = round(unit * _GAP)
    below = band + road + strip
    # The gap above the panels is the strip's lower edge already.
    row = Rect(gap, below, max(width - 2 * gap, 0), max(panels - gap, 0))
    halves = _columns(Rect(gap, band + road, row.width, strip), _STRIP_COLUMNS, gap)
    timeline, messages = halves or (Rect(0, 0, 0, 0), Rect(0, 0, 0, 0))
    return Layout(
        unit=unit,
        band=Rect(0, 0, width, band),
        road=Rect(0, band, width, road),
        timeline=timeline,
        messages=messages,
        panels=_columns(row, _COLUMNS, gap),
        keys=Rect(0, height - keys, width, keys),
    )


def _columns(strip: Rect, shares: tuple[float, ...], gap: int) -> tuple[Rect, ...]:
    room = strip.width - gap * (len(shares) - 1)
    if room < len(shares) or strip.height <= 0:
        return ()
    rects, left, share = [], strip.left, 0.0
    for index, column in enumerate(shares):
        share += column
        right = strip.left + index * gap + round(room * share / sum(shares))
        rects.append(Rect(left, strip.top, right - left, strip.height))
        left = right + gap
    return tuple(rects)
