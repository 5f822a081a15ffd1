"""How pages and questionnaires look: where everything is for any size of the window, and what is drawn there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pygame
from pygame import Rect, Surface

from mereq_teleop.app.study.file import Page
from mereq_teleop.app.study.questionnaire import Form, Item, Scale
from mereq_teleop.app.window.layout import DESIGN_SIZE
from mereq_teleop.app.window.painter import Painter, Typesetter
from mereq_teleop.app.window.palette import BACKGROUND, BUSY, DIM, INK, LINE, PANEL, TEXT

__all__ = ["FormLayout", "button_of", "draw_form", "draw_page", "lay_out_form", "wrapped"]

WIDE: Final = 1140
"""Of the column that holds everything, in design units."""
SIZES: Final = range(22, 10, -1)
"""Of a page's text: the largest with which it fits."""
IN_A_ROW: Final = 4
"""Choices; more stand in two rows."""


@dataclass(frozen=True, slots=True)
class FormLayout:
    """Where a form's parts are, in pixels."""

    rows: tuple[Rect, ...]
    """Each question with all that belongs to it."""
    answers: tuple[tuple[Rect, ...], ...]
    """What is clicked for each answer of each question; none overlaps another."""
    button: Rect

    def at(self, place: tuple[int, int]) -> tuple[int, int] | None:
        """The indices of question and answer at a point (px); None where there is none."""
        for item, answers in enumerate(self.answers):
            for answer, rect in enumerate(answers):
                if rect.collidepoint(place):
                    return item, answer
        return None


def unit_of(size: tuple[int, int]) -> float:
    """Pixels of a design unit in a window of this size."""
    return min(max(min(size[0] / DESIGN_SIZE[0], size[1] / DESIGN_SIZE[1]), 0.4), 3.0)


def button_of(size: tuple[int, int]) -> Rect:
    """Where the button is that goes on."""
    unit = unit_of(size)
    rect = Rect(0, 0, round(260 * unit), round(44 * unit))
    rect.midbottom = size[0] // 2, size[1] - round(20 * unit)
    return rect


def lay_out_form(size: tuple[int, int], items: Sequence[Item]) -> FormLayout:
    """Divide a window of this size (px) among the questions."""
    unit = unit_of(size)
    left, width = _column(size)
    top, button = round(64 * unit), button_of(size)
    pitch = min((button.top - round(10 * unit) - top) / max(len(items), 1), 104 * unit)
    rows = tuple(Rect(left, top + round(at * pitch), width, round(pitch)) for at in range(len(items)))
    answers = tuple(_answers(row, item, unit) for row, item in zip(rows, items, strict=True))
    return FormLayout(rows, answers, button)


def _column(size: tuple[int, int]) -> tuple[int, int]:
    """Left edge and width (px) of what holds everything."""
    width = min(round(WIDE * unit_of(size)), size[0])
    return (size[0] - width) // 2, width


def _answers(row: Rect, item: Item, unit: float) -> tuple[Rect, ...]:
    top, count = row.top + round(26 * unit), len(item.answers)
    if isinstance(item, Scale):
        height, wide = round(26 * unit), row.width / count
        return tuple(
            Rect(row.left + round(at * wide), top, round((at + 1) * wide) - round(at * wide), height)
            for at in range(count)
        )
    columns = count if count <= IN_A_ROW else (count + 1) // 2
    gap, lines = round(8 * unit), (count + columns - 1) // columns
    wide, high = (row.width - gap * (columns - 1)) // columns, round((34 if lines == 1 else 24) * unit)
    return tuple(
        Rect(row.left + (at % columns) * (wide + gap), top + (at // columns) * (high + round(3 * unit)), wide, high)
        for at in range(count)
    )


def draw_form(surface: Surface, typesetter: Typesetter, title: str, form: Form) -> None:
    """Fill the surface with a form."""
    layout = lay_out_form(surface.get_size(), form.items)
    paint = Painter(surface, unit_of(surface.get_size()), typesetter)
    surface.fill(BACKGROUND)
    left, width = _column(surface.get_size())
    paint.text(title, (left, paint.px(20)), size=24, bold=True, width=width)
    hint = "click, or use the arrow keys"
    paint.text(hint, (left + width, paint.px(27)), size=14, colour=DIM, anchor="topright")
    for at, (item, row, rects) in enumerate(zip(form.items, layout.rows, layout.answers, strict=True)):
        if at == form.focus:
            bar = Rect(row.left - paint.px(16), row.top + paint.px(1), paint.px(4), row.height - paint.px(10))
            paint.box(bar, BUSY)
        _draw_words(paint, row, item)
        known = form.answers.get(item.id)
        chosen = None if known is None else item.answers.index(known)
        if isinstance(item, Scale):
            _draw_scale(paint, item, rects, chosen)
        else:
            _draw_choices(paint, item, rects, chosen)
    words = "Continue" if form.complete else f"{len(form.answers)} of {len(form.items)} answered"
    _draw_button(paint, layout.button, words, ready=form.complete, focused=form.focus == len(form.items))


def _draw_words(paint: Painter, row: Rect, item: Item) -> None:
    left = row.left
    if isinstance(item, Scale) and item.title:
        left = paint.text(item.title, row.topleft, size=16, bold=True).right + paint.px(12)
        paint.text(item.text, (left, row.top + paint.px(1)), size=15, colour=DIM, width=row.right - left)
    else:
        paint.text(item.text, (left, row.top), size=16, bold=True, width=row.right - left)


def _draw_scale(paint: Painter, item: Scale, rects: Sequence[Rect], chosen: int | None) -> None:
    """Marks along a line; on the 21 of NASA-TLX the middle one is higher, as on its paper form."""
    first, last = rects[0], rects[-1]
    y, many = first.centery, len(rects) > 11
    pygame.draw.line(paint.surface, LINE, (first.centerx, y), (last.centerx, y), paint.px(2))
    for at, rect in enumerate(rects):
        if many:
            reach = paint.px(11 if at in (0, len(rects) // 2, len(rects) - 1) else 7)
            pygame.draw.line(paint.surface, DIM, (rect.centerx, y - reach), (rect.centerx, y + reach), paint.px(1))
        else:
            pygame.draw.circle(paint.surface, PANEL, rect.center, paint.px(12))
            pygame.draw.circle(paint.surface, DIM, rect.center, paint.px(12), paint.px(1))
            if at != chosen:
                paint.text(str(item.answers[at]), rect.center, size=14, anchor="center")
    if chosen is not None:
        pygame.draw.circle(paint.surface, BUSY, rects[chosen].center, paint.px(12))
        if not many:
            place = rects[chosen].center
            paint.text(str(item.answers[chosen]), place, size=14, bold=True, colour=INK, anchor="center")
    # The words stand under the line's ends, never beyond the column.
    below = first.bottom + paint.px(1)
    paint.text(item.low, (first.left, below), size=13, colour=DIM)
    paint.text(item.high, (last.right, below), size=13, colour=DIM, anchor="topright")


def _draw_choices(paint: Painter, item: Item, rects: Sequence[Rect], chosen: int | None) -> None:
    for at, (rect, answer) in enumerate(zip(rects, item.answers, strict=True)):
        paint.box(rect, BUSY if at == chosen else PANEL, outline=LINE)
        colour, width = INK if at == chosen else TEXT, rect.width - paint.px(12)
        paint.text(str(answer), rect.center, size=15, colour=colour, anchor="center", width=width)


def _draw_button(paint: Painter, rect: Rect, words: str, *, ready: bool, focused: bool) -> None:
    paint.box(rect, BUSY if ready else PANEL, outline=TEXT if focused else LINE)
    paint.text(words, rect.center, size=18, bold=ready, colour=INK if ready else DIM, anchor="center", width=rect.width)


def draw_page(surface: Surface, typesetter: Typesetter, page: Page) -> None:
    """Fill the surface with a page of text, as large as it fits."""
    paint = Painter(surface, unit_of(surface.get_size()), typesetter)
    surface.fill(BACKGROUND)
    left, width = _column(surface.get_size())
    title = paint.text(page.title, (left, paint.px(52)), size=32, bold=True, width=width)
    top, button = title.bottom + paint.px(26), button_of(surface.get_size())
    room = button.top - paint.px(16) - top
    for size in SIZES:
        lines, pitch = wrapped(paint, page.text, width, size), paint.px(size * 1.45)
        if len(lines) * pitch <= room:
            break
    for at, line in enumerate(lines):
        paint.text(line, (left, top + at * pitch), size=size, width=width)
    _draw_button(paint, button, page.button, ready=True, focused=True)


def wrapped(paint: Painter, text: str, width: int, size: float) -> list[str]:
    """The text's lines, no wider than so many pixels, with an empty one between its paragraphs."""
    lines = list[str]()
    for paragraph in text.strip().split("\n\n"):
        lines += [*paint.lines(paragraph, width, len(paragraph) + 1, size=size), ""]
    return lines[:-1]
