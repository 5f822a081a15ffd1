"""The row under the world: the last minute, and what the operator is told."""

from typing import Final

import pygame
from pygame import SRCALPHA, Rect, Surface

from mereq_teleop.app.timeline import MINUTE_S, Happening, Span
from mereq_teleop.app.window.glyphs import draw_mark
from mereq_teleop.app.window.messages import TOAST_S
from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import AUTHORITY, BAD, BUSY, DIM, INK, LINE, PANEL
from mereq_teleop.app.window.scene import Toast
from mereq_teleop.sessions.records import Authority

__all__ = ["draw_message", "draw_timeline"]

_FADE_S: Final = 1.0
_HEIGHT: Final = {Authority.POLICY: 0.4, Authority.HUMAN: 1.0, Authority.SAFE: 0.7, Authority.NOBODY: 0.12}
"""How high a time under each authority stands, of the bar: read without its colours, it is a trace."""
_EVERY_S: Final = 10.0


def draw_timeline(paint: Painter, rect: Rect, happening: Happening) -> None:
    """The last minute from left to right, its marks over it."""
    label = paint.text("last minute", (rect.left, rect.bottom - paint.px(19)), size=12, colour=DIM, anchor="midleft")
    left = label.right + paint.px(8)
    bar = Rect(left, rect.bottom - paint.px(30), rect.right - left, paint.px(22))
    if bar.width <= paint.px(40):
        return
    paint.box(bar, PANEL, radius=3)

    def at(ago_s: float) -> int:
        return bar.right - round(bar.width * min(ago_s / MINUTE_S, 1.0))

    for tick in range(1, int(MINUTE_S / _EVERY_S)):
        x = at(tick * _EVERY_S)
        pygame.draw.line(paint.surface, LINE, (x, bar.top), (x, bar.bottom - 1))
    for span in happening.spans:
        _draw_span(paint, bar, span, at(span.start_s), at(span.stop_s))
    reach = paint.px(7)
    for moment in happening.moments:
        x = min(max(at(moment.ago_s), bar.left + reach), bar.right - reach)
        draw_mark(paint, (x, rect.top + paint.px(8)), moment.mark)


def _draw_span(paint: Painter, bar: Rect, span: Span, left: int, right: int) -> None:
    height = max(round(_HEIGHT[span.authority] * bar.height), 1)
    # However short: what happened is seen.
    box = Rect(left, bar.bottom - height, max(right - left, 1), height)
    pygame.draw.rect(paint.surface, AUTHORITY[span.authority], box)
    if span.authority is Authority.SAFE:
        for x in range(box.left, box.right, paint.px(8)):
            pygame.draw.line(paint.surface, INK, (x, box.bottom - 1), (min(x + height, box.right), box.top))
    elif span.authority is Authority.HUMAN and box.width > paint.px(44):
        paint.text("you", box.center, size=13, bold=True, colour=INK, anchor="center")


def draw_message(paint: Painter, rect: Rect, toasts: tuple[Toast, ...]) -> None:
    """The first message, on two lines if need be, and how many wait for their turn; nothing when there is none."""
    if not toasts or toasts[0].age_s >= TOAST_S or rect.width <= paint.px(80):
        return
    toast, waiting = toasts[0], len(toasts) - 1
    sheet = Surface((rect.width, rect.height - paint.px(8)), SRCALPHA)
    on_sheet, whole = paint.onto(sheet), sheet.get_rect()
    colour = BAD if toast.warning else BUSY
    on_sheet.box(whole, PANEL, outline=colour)
    light = (whole.left + paint.px(18), whole.centery)
    on_sheet.light(light, colour, "triangle" if toast.warning else "disc")
    right = whole.right - paint.px(14)
    if waiting:
        more = on_sheet.text(f"+{waiting}", (right, whole.centery), size=14, bold=True, colour=DIM, anchor="midright")
        right = more.left - paint.px(10)
    left = whole.left + paint.px(34)
    lines = on_sheet.lines(toast.text, right - left, 2, size=14, bold=True)
    pitch = paint.px(17)
    top = whole.centery - pitch * (len(lines) - 1) / 2
    for index, words in enumerate(lines):
        place = (left, top + index * pitch)
        on_sheet.text(words, place, size=14, bold=True, anchor="midleft", width=right - left)
    sheet.set_alpha(round(255 * min((TOAST_S - toast.age_s) / _FADE_S, 1.0)))
    paint.surface.blit(sheet, (rect.left, rect.top + paint.px(4)))
