"""The help: every key, what the hands on the other devices do, and what the signs mean."""

from collections.abc import Mapping
from typing import Final

import pygame
from pygame import SRCALPHA, Rect, Surface

from mereq_teleop.app.timeline import Mark
from mereq_teleop.app.window.glyphs import MARKS, draw_authority, draw_mark
from mereq_teleop.app.window.keys import asking_keys, driving_keys
from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import AUTHORITY, DIM, PANEL
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.guide import Guide

__all__ = ["draw_help"]

_SHADE: Final = (0, 0, 0, 170)
_WHO: Final[Mapping[Authority | Mark, str]] = {
    Authority.POLICY: "the policy drives",
    Authority.HUMAN: "you drive",
    Authority.SAFE: "safe: it holds still",
    Authority.NOBODY: "paused",
}
_COLUMN, _PITCH, _TITLE = 400, 26, 38
"""Width of a column and heights of a row and a title, in design units."""


def draw_help(paint: Painter, window: Rect, card: TaskCard, hints: Mapping[str, str], scene: Scene) -> None:
    """Two columns in a box over a darkened window; a third one with what is plugged in."""
    shade = Surface(window.size, SRCALPHA)
    shade.fill(_SHADE)
    paint.surface.blit(shade, window)
    columns = 3 if scene.guides else 2
    sheet = Surface((min(paint.px(40 + _COLUMN * columns), window.width), window.height))
    sheet.fill(PANEL)
    below = _draw_columns(paint.onto(sheet), card, hints, scene)
    box = Rect(0, 0, sheet.get_width(), min(below, window.height))
    box.center = window.center
    paint.surface.blit(sheet, box, Rect(0, 0, *box.size))
    pygame.draw.rect(paint.surface, DIM, box, paint.px(1))


def _draw_columns(paint: Painter, card: TaskCard, hints: Mapping[str, str], scene: Scene) -> int:
    """Draw from the surface's upper left corner on; how far down (px) it went."""
    top = paint.px(22)
    lefts = [paint.px(28 + index * _COLUMN) for index in range(3)]
    first = _draw_keys(paint, (lefts[0], top), "Drive", driving_keys(card, scene.takeover))
    if hints:
        first = _draw_keys(paint, (lefts[0], first), "View", {(key,): meaning for key, meaning in hints.items()})
    asked = asking_keys(card, blind=scene.blind)
    second = _draw_signs(paint, (lefts[1], _draw_keys(paint, (lefts[1], top), "Session", asked)))
    third = top
    for guide in scene.guides:
        third = _draw_guide(paint, (lefts[2], third), guide)
    return max(first, second, third) + paint.px(4)


def _title(paint: Painter, at: tuple[int, int], words: str, *, size: float = 17) -> int:
    """Set it; the y (px) at the middle of the first row."""
    paint.text(words, at, size=size, bold=True, width=paint.px(_COLUMN - 30))
    return at[1] + paint.px(_TITLE)


def _draw_keys(paint: Painter, at: tuple[int, int], title: str, keys: Mapping[tuple[str, ...], str]) -> int:
    """Keys and what they do; the y (px) at which something else can begin."""
    y = _title(paint, at, title)
    widest = max(sum(paint.cap_width(name) + paint.px(4) for name in names) for names in keys)
    start = at[0] + max(widest + paint.px(4), paint.px(132))
    room = at[0] + paint.px(_COLUMN - 16) - start
    for names, meaning in keys.items():
        x = at[0]
        for name in names:
            x = paint.key(name, (x, y)).right + paint.px(4)
        paint.text(meaning, (start, y), size=15, anchor="midleft", width=room)
        y += paint.px(_PITCH)
    return y


def _draw_signs(paint: Painter, at: tuple[int, int]) -> int:
    """What band and timeline show; the y (px) at which something else can begin."""
    y, reach, wide = _title(paint, at, "Signs"), paint.px(8), (paint.px(216), paint.px(160))
    signs: dict[Authority | Mark, str] = {**_WHO, **{mark: str(mark) for mark in MARKS}}
    for index, (sign, meaning) in enumerate(signs.items()):
        x, row = at[0] + index % 2 * wide[0], y + index // 2 * paint.px(_PITCH)
        if isinstance(sign, Authority):
            draw_authority(paint, (x + reach, row), reach, sign, AUTHORITY[sign])
        else:
            draw_mark(paint, (x + reach, row), sign)
        place = (x + paint.px(26), row)
        paint.text(meaning, place, size=14, anchor="midleft", width=wide[index % 2] - paint.px(28))
    return row + paint.px(_PITCH)


def _draw_guide(paint: Painter, at: tuple[int, int], guide: Guide) -> int:
    """What a hand does on the device and what that is for; the y (px) at which something else can begin."""
    y, hands, pitch = _title(paint, at, guide.device, size=15), paint.px(232), paint.px(_PITCH - 7)
    for hand, meaning in guide.rows:
        room = paint.px(_COLUMN - 40) - hands
        lines, means = paint.lines(hand, hands, 2, size=14), paint.lines(meaning, room, 2, size=15)
        for index, words in enumerate(lines):
            paint.text(words, (at[0], y + index * pitch), size=14, colour=DIM, anchor="midleft", width=hands)
        for index, words in enumerate(means):
            place = (at[0] + hands + paint.px(8), y + index * pitch)
            paint.text(words, place, size=15, anchor="midleft", width=room)
        y += (max(len(lines), len(means)) - 1) * pitch + paint.px(_PITCH - 2)
    return y + paint.px(6)
