"""What lies over the world, at its edges: the mode, the key that waits, facts; and the count-down in its middle."""

import math
from typing import Final

import pygame
from pygame import SRCALPHA, Rect, Surface

from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import AUTHORITY, BUSY, INK, LINE, PANEL, TEXT
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.sessions.records import Authority

__all__ = ["draw_corner", "draw_countdown"]

_SHADE: Final = (*PANEL, 225)
_RING: Final = 72
"""Radius of the count-down in design units."""


def draw_corner(paint: Painter, road: Rect, scene: Scene, pending: str, facts: str) -> None:
    """Over the world: what is unusual about it and the action that waits (above), and facts of the world (below)."""
    left, top = road.left + paint.px(18), road.top + paint.px(14)
    x = left
    for words in _modes(scene):
        width, height = paint.measure(words, size=14, bold=True)
        box = Rect(x, top, width + paint.px(20), height + paint.px(10))
        paint.box(box, PANEL, outline=TEXT)
        paint.text(words, box.center, size=14, bold=True, anchor="center")
        x = box.right + paint.px(8)
    if x > left:
        top += paint.px(34)
    if pending:
        words = f"next: {pending}"
        width, height = paint.measure(words, size=20, bold=True)
        box = Rect(left, top, width + paint.px(28), height + paint.px(14))
        paint.box(box, AUTHORITY[Authority.HUMAN])
        paint.text(words, box.center, size=20, bold=True, colour=INK, anchor="center")
    if facts:
        paint.text(facts, (left, road.bottom - paint.px(14)), size=20, bold=True, anchor="bottomleft")


def _modes(scene: Scene) -> list[str]:
    modes = []
    if scene.step_by_step:
        modes.append("STEP BY STEP")
    if scene.speed_factor != 1.0:
        modes.append(f"{scene.speed_factor:g} x SPEED")
    if scene.axes_frame:
        modes.append(f"AXES OF THE {scene.axes_frame.upper()}")
    return modes


def draw_countdown(paint: Painter, road: Rect, left_s: float, next_round: int) -> None:
    """How many seconds until a round begins, in a ring that empties with each of them."""
    reach = min(paint.px(_RING), road.height // 3)
    if reach < paint.px(30):
        return
    sheet = Surface((4 * reach, 2 * reach + paint.px(36)), SRCALPHA)
    on_sheet, middle = paint.onto(sheet), (2 * reach, reach)
    pygame.draw.aacircle(sheet, _SHADE, middle, reach)
    part = left_s - math.floor(left_s) if left_s % 1.0 else 1.0
    around = Rect(0, 0, 2 * reach, 2 * reach)
    around.center = middle
    pygame.draw.circle(sheet, LINE, middle, reach, paint.px(7))
    pygame.draw.arc(sheet, BUSY, around, math.pi / 2, math.pi / 2 + 2 * math.pi * part, paint.px(7))
    number = f"{max(math.ceil(left_s), 1)}"
    on_sheet.text(number, middle, size=_RING * reach / paint.px(_RING), bold=True, anchor="center")
    words = f"round {next_round} begins"
    width, height = paint.measure(words, size=16, bold=True)
    box = Rect(0, 0, width + paint.px(24), height + paint.px(10))
    box.midbottom = 2 * reach, sheet.get_height()
    on_sheet.box(box, PANEL)
    on_sheet.text(words, box.center, size=16, bold=True, anchor="center")
    paint.surface.blit(sheet, sheet.get_rect(center=road.center))
