"""A gauge over the world: one quantity with its scale, held faintly while it cannot be measured."""

from dataclasses import dataclass
from typing import Final

import pygame
from pygame import SRCALPHA, Rect, Surface

from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import DIM, LINE, RGB, TEXT

__all__ = ["Gauge", "draw_gauge", "draw_line_left"]

_SHADE: Final = (*(17, 19, 23), 190)
_FAINT: Final = 0.35
"""Share of its colour that a held value keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What a gauge shows of a task.

    Raises:
        ValueError: the scale has no length, or its marks no distance.
    """

    caption: str
    unit: str
    scale: float
    """How much of the unit a feature of 1 is."""
    most: float
    """The scale's end."""
    every: float
    """From one mark with a number to the next."""
    zero: float = 0.0
    """How much of the unit a feature that is just above 0 is."""

    def __post_init__(self) -> None:
        if self.most <= 0 or self.every <= 0:
            raise ValueError(f"gauge {self.caption!r} needs a scale, got {self.most} with marks every {self.every}")


def draw_gauge(paint: Painter, rect: Rect, gauge: Gauge, value: float | None, held: float | None, colour: RGB) -> None:
    """The gauge upright in a rectangle (px): `value` in its unit, or faintly the last one, `held`; None shows none."""
    sheet = Surface(rect.size, SRCALPHA)
    pygame.draw.rect(sheet, _SHADE, sheet.get_rect(), border_radius=paint.px(8))
    paint.surface.blit(sheet, rect)
    shown = held if value is None else value
    strength = _FAINT if value is None else 1.0
    colour = _faded(colour, strength)
    middle = rect.left + rect.width / 2
    paint.text(gauge.caption, (middle, rect.top + paint.px(15)), size=14, colour=DIM, anchor="center")
    number = "-" if shown is None else f"{shown:.0f}"
    # The unit stands still while the number grows.
    place = rect.left + 0.66 * rect.width, rect.top + paint.px(42)
    words = paint.text(number, place, size=30, bold=True, colour=_faded(TEXT, strength), anchor="midright")
    paint.text(
        gauge.unit, (words.right + paint.px(5), words.bottom - paint.px(6)), size=14, colour=DIM, anchor="bottomleft"
    )

    bar = Rect(0, rect.top + paint.px(68), paint.px(22), rect.bottom - rect.top - paint.px(82))
    bar.left = rect.left + paint.px(52)
    if bar.height < paint.px(20):
        return
    paint.box(bar, LINE, radius=3)

    def at(amount: float) -> int:
        return bar.bottom - round(min(max(amount / gauge.most, 0.0), 1.0) * bar.height)

    if shown is not None:
        paint.box(Rect(bar.left, at(shown), bar.width, bar.bottom - at(shown)), colour, radius=3)
    for step in range(int(gauge.most / gauge.every + 1e-9) + 1):
        y = at(step * gauge.every)
        pygame.draw.line(paint.surface, DIM, (bar.left - paint.px(7), y), (bar.left - paint.px(2), y))
        left = (bar.left - paint.px(10), y)
        paint.text(f"{step * gauge.every:g}", left, size=13, colour=DIM, anchor="midright")
    if shown is not None:
        _draw_pointer(paint, (bar.right + paint.px(4), at(shown)), colour)


def draw_line_left(paint: Painter, rect: Rect, ink: list[float], colour: RGB) -> None:
    """What remains of a line, cell by cell along it, and how much of the whole that is."""
    share = sum(ink) / max(len(ink), 1)
    words = paint.text(f"line left {share:.0%}", rect.topleft, size=16, bold=True)
    track = Rect(rect.left, words.bottom + paint.px(5), rect.width, paint.px(12))
    for index, left in enumerate(ink):
        start, end = (track.left + round(track.width * (index + side) / len(ink)) for side in (0, 1))
        cell = Rect(start, track.top, max(end - start - paint.px(1), 1), track.height)
        pygame.draw.rect(paint.surface, LINE, cell)
        cell.inflate_ip(0, round((left - 1) * cell.height))
        if left > 0:
            pygame.draw.rect(paint.surface, colour, cell)


def _draw_pointer(paint: Painter, tip: tuple[int, int], colour: RGB) -> None:
    """A triangle that points at the scale from the right."""
    (x, y), reach = tip, paint.px(9)
    pygame.draw.polygon(paint.surface, colour, [(x, y), (x + reach, y - reach * 0.7), (x + reach, y + reach * 0.7)])


def _faded(colour: RGB, strength: float) -> RGB:
    red, green, blue = (round(strength * part + (1 - strength) * 90) for part in colour)
    return red, green, blue
