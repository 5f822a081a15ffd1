"""The time line of a replay: the whole session as one bar, coloured by who had control, with marks above it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pygame
from pygame import Rect, Surface

from mereq_teleop.app.track import Mark, MarkKind, Span, Track
from mereq_teleop.app.window.glyphs import draw_crash
from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import AUTHORITY, BACKGROUND, BAD, DIM, GOOD, LESS, LINE, RGB, TEXT
from mereq_teleop.sessions.records import Authority

__all__ = ["STRIP", "Status", "Timeline"]

STRIP: Final = 118
"""Height of all of it, in design units."""
_MARGIN, _ROW, _MARKS, _BAR = 18, 34, 22, 30
_REACH: Final = 6
"""Units on the screen within which the mouse is at a mark."""
_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {"space": "pause", "left": "", "right": "step", "t": "take over here", "h": "all keys", "q": "quit"}
)
"""While it plays."""
_COLOURS: Final[Mapping[MarkKind, RGB]] = {
    MarkKind.EPISODE: LINE,
    MarkKind.SWAP: GOOD,
    MarkKind.ROUND: TEXT,
    MarkKind.RETRACTION: LESS,
    MarkKind.FAULT: BAD,
    MarkKind.CRASH: BAD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the time line says of the moment."""

    place: float
    """In steps from the session's start."""
    playing: bool
    time: str
    """Where that is, in words."""
    where: str
    """The episode and its step, in words."""
    speed: float
    warning: str = ""
    """Something that is not as it should be; empty while all is well."""


class Timeline:
    """Draws one session's line and finds places on it."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._bar = Rect(0, 0, 0, 0)
        self._unit_px = 1
        self._kept: tuple[tuple[int, int], Surface] | None = None

    def place_at(self, x: float) -> float:
        """The place under a horizontal position (px), the nearest end where that is beside the bar."""
        share = (x - self._bar.left) / max(self._bar.width, 1)
        return min(max(share, 0.0), 1.0) * self._track.steps

    def holds(self, at: tuple[int, int]) -> bool:
        """Whether a point (px) is on the bar or its marks."""
        reach = Rect(self._bar.left, self._bar.top, self._bar.width, self._bar.height)
        reach.top -= _MARKS * self._unit_px
        reach.height += (_MARKS + _REACH) * self._unit_px
        return bool(reach.inflate(2 * _REACH * self._unit_px, 0).collidepoint(at))

    def draw(self, paint: Painter, strip: Rect, status: Status, mouse: tuple[int, int]) -> None:
        """Fill the strip (px); with the mouse over a mark its words stand in the place of the hints."""
        margin = paint.px(_MARGIN)
        self._unit_px = paint.px(1)
        self._bar = Rect(strip.left + margin, 0, strip.width - 2 * margin, paint.px(_BAR))
        self._bar.top = strip.top + paint.px(_ROW + _MARKS)
        pygame.draw.rect(paint.surface, BACKGROUND, strip)
        line = self._line(paint)
        paint.surface.blit(line, (self._bar.left - margin, self._bar.top - paint.px(_MARKS)))
        self._draw_cursor(paint, status.place)
        row = Rect(strip.left + margin, strip.top, strip.width - 2 * margin, paint.px(_ROW))
        right = _draw_status(paint, row, status)
        room = Rect(right, row.top, row.right - right, row.height)
        pointed = self._pointed(paint, mouse)
        if status.warning or pointed:
            words, colour = (pointed, TEXT) if pointed else (status.warning, BAD)
            paint.text(words, room.midright, size=15, colour=colour, anchor="midright", width=room.width)
        else:
            _draw_hints(paint, room, _HINTS if status.playing else {**_HINTS, "space": "play"})

    def _pointed(self, paint: Painter, mouse: tuple[int, int]) -> str:
        if not self.holds(mouse) or not self._track.steps:
            return ""
        steps_a_px = self._track.steps / max(self._bar.width, 1)
        found = self._track.marks_at(round(self.place_at(mouse[0])), round(steps_a_px * paint.px(_REACH)))
        telling = [mark for mark in found if mark.kind is not MarkKind.EPISODE] or [*found]
        return ";  ".join(dict.fromkeys(mark.words for mark in telling[:2]))

    def _x(self, place: float, bar: Rect) -> int:
        return bar.left + round(bar.width * place / max(self._track.steps, 1))

    def _line(self, paint: Painter) -> Surface:
        """Bar and marks, drawn once for each size."""
        margin = paint.px(_MARGIN)
        size = (self._bar.width + 2 * margin, paint.px(_MARKS + _BAR + 6))
        if self._kept is None or self._kept[0] != size:
            surface = Surface(size)
            surface.fill(BACKGROUND)
            bar = Rect(margin, paint.px(_MARKS), self._bar.width, self._bar.height)
            on_line = paint.onto(surface)
            for span in sorted(self._track.spans, key=lambda span: span.authority is not Authority.POLICY):
                self._draw_span(on_line, bar, span)
            for mark in sorted(self._track.marks, key=lambda mark: [*_COLOURS].index(mark.kind)):
                _DRAW[mark.kind](on_line, bar, self._x(mark.place, bar), mark)
            self._kept = size, surface
        return self._kept[1]

    def _draw_span(self, paint: Painter, bar: Rect, span: Span) -> None:
        left, right = self._x(span.start, bar), self._x(span.stop, bar)
        part = Rect(left, bar.top, max(right - left, 1), bar.height)
        pygame.draw.rect(paint.surface, AUTHORITY[span.authority], part)
        if span.retracted:
            before = paint.surface.get_clip()
            paint.surface.set_clip(part)
            for x in range(part.left - bar.height, part.right, paint.px(6)):
                pygame.draw.line(paint.surface, BACKGROUND, (x, bar.bottom), (x + bar.height, bar.top), paint.px(2))
            paint.surface.set_clip(before)

    def _draw_cursor(self, paint: Painter, place: float) -> None:
        x, half = self._x(place, self._bar), paint.px(2)
        pygame.draw.rect(
            paint.surface, BACKGROUND, Rect(x - 2 * half, self._bar.top - half, 4 * half, self._bar.height + 2 * half)
        )
        pole = Rect(x - half // 2, self._bar.top - paint.px(4), max(half, 2), self._bar.height + paint.px(8))
        pygame.draw.rect(paint.surface, TEXT, pole)
        pygame.draw.circle(paint.surface, TEXT, (x, self._bar.bottom + paint.px(6)), paint.px(6))


def _draw_status(paint: Painter, row: Rect, status: Status) -> int:
    """Whether it plays, and where; the right end (px)."""
    size = paint.px(7)
    x, y = row.left + size, row.centery
    if not status.playing:
        for left in (x - size, x + size // 3):
            pygame.draw.rect(paint.surface, TEXT, Rect(left, y - size, max(2 * size // 3, 2), 2 * size))
    else:
        pygame.draw.polygon(paint.surface, TEXT, [(x - size, y - size), (x + size, y), (x - size, y + size)])
    time = paint.text(status.time, (x + 2 * size, y), size=17, bold=True, anchor="midleft")
    speed = paint.text(f"{status.speed:g} x", (time.right + paint.px(16), y), size=15, bold=True, anchor="midleft")
    where = paint.text(status.where, (speed.right + paint.px(16), y), size=15, colour=DIM, anchor="midleft")
    return where.right + paint.px(24)


def _draw_hints(paint: Painter, room: Rect, hints: Mapping[str, str]) -> None:
    """The most important keys, as far as there is room for them."""
    wide = sum(
        paint.measure(words, size=14)[0] + paint.px(40 if key != "space" else 72) for key, words in hints.items()
    )
    x, y = room.right - wide, room.centery
    if x < room.left:
        return
    for key, meaning in hints.items():
        cap = paint.key(key, (x, y))
        x = cap.right + paint.px(4)
        if meaning:
            words = paint.text(meaning, (x + paint.px(2), y), size=14, colour=DIM, anchor="midleft")
            x = words.right + paint.px(14)


def _draw_episode(paint: Painter, bar: Rect, x: int, mark: Mark) -> None:
    pygame.draw.line(paint.surface, BACKGROUND, (x, bar.top), (x, bar.bottom - 1), paint.px(2))


def _draw_swap(paint: Painter, bar: Rect, x: int, mark: Mark) -> None:
    size, tip = paint.px(6), bar.top - paint.px(2)
    corners = [(x, tip), (x - size, tip - round(1.5 * size)), (x + size, tip - round(1.5 * size))]
    pygame.draw.polygon(paint.surface, _COLOURS[mark.kind], corners)


def _draw_round(paint: Painter, bar: Rect, x: int, mark: Mark) -> None:
    top, size = bar.top - paint.px(19), paint.px(9)
    pygame.draw.line(paint.surface, _COLOURS[mark.kind], (x, top), (x, bar.bottom - 1), paint.px(2))
    flag = [(x, top), (x - round(1.4 * size), top + size // 2), (x, top + size)]
    pygame.draw.polygon(paint.surface, _COLOURS[mark.kind], flag)


def _draw_retraction(paint: Painter, bar: Rect, x: int, mark: Mark) -> None:
    size, y = paint.px(5), bar.top - paint.px(8)
    for lean in (-1, 1):
        ends = (x - size, y - lean * size), (x + size, y + lean * size)
        pygame.draw.line(paint.surface, _COLOURS[mark.kind], *ends, paint.px(3))


def _draw_fault(paint: Painter, bar: Rect, x: int, mark: Mark) -> None:
    paint.light((x, bar.top - paint.px(9)), _COLOURS[mark.kind], "triangle")


def _draw_crash(paint: Painter, bar: Rect, x: int, mark: Mark) -> None:
    draw_crash(paint, (x, bar.top - paint.px(9)), _COLOURS[mark.kind])


_DRAW: Final[Mapping[MarkKind, Callable[[Painter, Rect, int, Mark], None]]] = {
    MarkKind.EPISODE: _draw_episode,
    MarkKind.SWAP: _draw_swap,
    MarkKind.ROUND: _draw_round,
    MarkKind.RETRACTION: _draw_retraction,
    MarkKind.FAULT: _draw_fault,
    MarkKind.CRASH: _draw_crash,
}
