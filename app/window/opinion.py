"""What another policy would have done, in a box over the world: words, or arrows and numbers along each axis."""

from dataclasses import dataclass
from typing import Final

import pygame
from pygame import SRCALPHA, Rect, Surface

from mereq_teleop.app.window.keys import action_words, spoken
from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import AUTHORITY, BACKGROUND, BAD, DIM, GOOD, LINE, PANEL, RGB, TEXT
from mereq_teleop.envs.card import Axis, TaskCard
from mereq_teleop.sessions.records import Action, Authority

__all__ = ["Opinion", "draw_opinion"]

_WIDE: Final = 330
_SHEER: Final = 245
"""How dense the box is, of 255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One step, as it was done and as another policy would have done it."""

    name: str
    """Of the policy."""
    would: Action
    did: Action
    authority: Authority
    """Who did it."""
    agrees: bool
    counts: tuple[int, int]
    """Steps of the session that agree, and all."""
    counts_by_hand: tuple[int, int]
    """The same of those under a human."""


def draw_opinion(paint: Painter, world: Rect, card: TaskCard, opinion: Opinion) -> None:
    """Draw the box into the world's upper left corner, if there is room for it; a gauge may be in the right one."""
    axes = card.axes if len(card.axes) > 1 else ()
    height = (40 + 40 * len(axes) if axes else 100) + 64
    box = Rect(0, 0, paint.px(_WIDE), paint.px(height))
    box.topleft = world.left + paint.px(14), world.top + paint.px(14)
    if box.right > world.right or box.bottom > world.bottom:
        return
    sheet = Surface(box.size, SRCALPHA)
    on_sheet = paint.onto(sheet)
    on_sheet.box(sheet.get_rect(), PANEL, outline=LINE)
    inner = sheet.get_rect().inflate(-paint.px(28), -paint.px(20))
    colour = GOOD if opinion.agrees else BAD
    verdict = "agrees" if opinion.agrees else "differs"
    said = on_sheet.text(verdict, inner.topright, size=16, bold=True, colour=colour, anchor="topright")
    name = f"{opinion.name} here"
    on_sheet.text(name, inner.topleft, size=16, bold=True, width=said.left - inner.left - paint.px(8))
    top = said.bottom + paint.px(8)
    if axes:
        _draw_axes(on_sheet, Rect(inner.left, top, inner.width, inner.bottom - top), axes, opinion)
    else:
        _draw_words(on_sheet, inner, top, card, opinion)
    (same, steps), (same_by_hand, by_hand) = opinion.counts, opinion.counts_by_hand
    lines = [f"agrees in {same} of {steps} steps ({_share(same, steps)})"]
    if by_hand:
        lines.append(f"with the human in {same_by_hand} of {by_hand} ({_share(same_by_hand, by_hand)})")
    for up, line in enumerate(reversed(lines)):
        at = (inner.left, inner.bottom - up * paint.px(19))
        on_sheet.text(line, at, size=14, colour=DIM, anchor="bottomleft", width=inner.width)
    sheet.set_alpha(_SHEER)
    paint.surface.blit(sheet, box)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def _draw_words(paint: Painter, inner: Rect, top: int, card: TaskCard, opinion: Opinion) -> None:
    left = inner.left + paint.px(64)
    for row, (label, action, colour) in enumerate(_rows(opinion)):
        y = top + paint.px(14 + 30 * row)
        paint.text(label, (inner.left, y), size=15, colour=DIM, anchor="midleft")
        words = spoken(action_words(card, action))
        paint.text(words, (left, y), size=19, bold=True, colour=colour, anchor="midleft", width=inner.right - left)


def _rows(opinion: Opinion) -> tuple[tuple[str, Action, RGB], ...]:
    return ("did", opinion.did, AUTHORITY[opinion.authority]), ("would", opinion.would, TEXT)


def _draw_axes(paint: Painter, inner: Rect, axes: tuple[Axis, ...], opinion: Opinion) -> None:
    """For each axis two arrows from its zero, and their numbers: above what was done, below what would have been."""
    track = Rect(inner.left + paint.px(76), 0, inner.width - paint.px(136), paint.px(1))
    for row, axis in enumerate(axes):
        y = inner.top + paint.px(16 + 40 * row)
        paint.text(axis.name, (inner.left, y), size=14, anchor="midleft", width=paint.px(70))
        pygame.draw.rect(paint.surface, BACKGROUND, Rect(track.left, y - paint.px(15), track.width, paint.px(30)))
        centre = track.left + round(track.width * _share_along(axis, 0.0))
        pygame.draw.line(paint.surface, LINE, (centre, y - paint.px(15)), (centre, y + paint.px(14)))
        for (_, action, colour), side in zip(_rows(opinion), (-1, 1), strict=True):
            assert isinstance(action, tuple)
            at = y + side * paint.px(7)
            _draw_arrow(paint, centre, track.left + round(track.width * _share_along(axis, action[row])), at, colour)
            number = (inner.right, at)
            paint.text(f"{action[row]:+.2f}", number, size=13, bold=True, colour=colour, anchor="midright")


def _share_along(axis: Axis, value: float) -> float:
    return min(max((value - axis.low) / (axis.high - axis.low), 0.0), 1.0)


def _draw_arrow(paint: Painter, start: int, end: int, y: int, colour: RGB) -> None:
    head = paint.px(5)
    if abs(end - start) <= head:
        pygame.draw.circle(paint.surface, colour, (end, y), paint.px(3))
        return
    way = 1 if end > start else -1
    pygame.draw.line(paint.surface, colour, (start, y), (end - way * head, y), paint.px(3))
    tip = [(end, y), (end - way * 2 * head, y - head), (end - way * 2 * head, y + head)]
    pygame.draw.polygon(paint.surface, colour, tip)
