"""What lies over the world: the key that waits, facts, toasts and the help."""

from collections.abc import Mapping, Sequence
from typing import Final

from pygame import SRCALPHA, Rect, Surface

from mereq_teleop.app.window.keys import BINDINGS, CONTROL_KEYS, MEANINGS, key_words
from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import AUTHORITY, BAD, BUSY, DIM, INK, PANEL
from mereq_teleop.app.window.panels import spoken
from mereq_teleop.app.window.scene import Toast
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority

__all__ = ["TOAST_S", "draw_corner", "draw_help", "draw_toasts"]

TOAST_S: Final = 4.0
"""Seconds that a toast shows; it fades in the last one."""
_FADE_S: Final = 1.0
_MOST_TOASTS: Final = 2
_SHADE: Final = (0, 0, 0, 150)


def draw_toasts(paint: Painter, road: Rect, toasts: Sequence[Toast]) -> None:
    """Stack the newest toasts that are still young from the world's lower right corner up."""
    bottom, margin = road.bottom - paint.px(14), paint.px(14)
    room = road.width - 2 * margin
    if room <= paint.px(60):
        return
    young = [toast for toast in toasts if toast.age_s < TOAST_S]
    for toast in reversed(young[-_MOST_TOASTS:]):
        words = f"!  {toast.text}" if toast.warning else toast.text
        size = paint.measure(words, size=16, bold=True)
        box = Rect(0, 0, min(size[0] + 2 * margin, room), size[1] + margin)
        box.bottomright = road.right - margin, bottom
        if box.top < road.top:
            return
        sheet = Surface(box.size, SRCALPHA)
        on_sheet = paint.onto(sheet)
        on_sheet.box(sheet.get_rect(), PANEL, outline=BAD if toast.warning else BUSY)
        width = box.width - 2 * margin
        on_sheet.text(words, sheet.get_rect().center, size=16, bold=True, anchor="center", width=width)
        sheet.set_alpha(round(255 * min((TOAST_S - toast.age_s) / _FADE_S, 1.0)))
        paint.surface.blit(sheet, box)
        bottom = box.top - paint.px(8)


def draw_corner(paint: Painter, road: Rect, pending: str, facts: str) -> None:
    """Over the world: the action that waits for the next decision (above), and facts of the world (below)."""
    left = road.left + paint.px(18)
    if pending:
        words = f"next: {pending}"
        width, height = paint.measure(words, size=20, bold=True)
        box = Rect(left, road.top + paint.px(14), width + paint.px(28), height + paint.px(14))
        paint.box(box, AUTHORITY[Authority.HUMAN])
        paint.text(words, box.center, size=20, bold=True, colour=INK, anchor="center")
    if facts:
        paint.text(facts, (left, road.bottom - paint.px(14)), size=20, bold=True, anchor="bottomleft")


def draw_help(paint: Painter, window: Rect, card: TaskCard, hints: Mapping[str, str]) -> None:
    """All keys and what they do, in a box over a darkened window."""
    shade = Surface(window.size, SRCALPHA)
    shade.fill(_SHADE)
    paint.surface.blit(shade, window)
    driving = {key: spoken(key_words(card, action)) for key, action in card.keys.items()}
    asking = {**{key: MEANINGS[request] for key, request in BINDINGS.items()}, **hints}
    columns = (("Drive", {**driving, **CONTROL_KEYS}), ("Session", asking))
    rows = max(len(keys) for _, keys in columns)
    box = Rect(0, 0, min(paint.px(800), window.width), min(paint.px(96 + 34 * rows), window.height))
    box.center = window.center
    paint.box(box, PANEL, radius=10, outline=DIM)
    for index, (title, keys) in enumerate(columns):
        left = box.left + paint.px(30) + index * paint.px(400)
        y = box.top + paint.px(26)
        paint.text(title, (left, y), size=18, bold=True)
        for row, (key, meaning) in enumerate(keys.items()):
            middle = y + paint.px(56 + 34 * row)
            paint.key(key, (left, middle))
            paint.text(meaning, (left + paint.px(106), middle), size=16, anchor="midleft", width=paint.px(256))
