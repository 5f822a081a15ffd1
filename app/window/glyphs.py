"""Small signs that tell by their shape what colours tell too: who has control, and what happened when."""

import math

import pygame
from pygame import Rect

from mereq_teleop.app.timeline import Mark
from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import BAD, BUSY, GOOD, LESS, RGB, TEXT
from mereq_teleop.sessions.records import Authority

__all__ = ["MARKS", "draw_authority", "draw_crash", "draw_mark"]

MARKS: dict[Mark, RGB] = {
    Mark.SWAP: GOOD,
    Mark.ROUND: TEXT,
    Mark.RETRACTED: LESS,
    Mark.REWOUND: BUSY,
    Mark.LOST: BAD,
    Mark.CRASHED: BAD,
}
"""The colour of each mark on the timeline, beside its shape."""


def draw_authority(paint: Painter, at: tuple[int, int], reach: int, authority: Authority, colour: RGB) -> None:
    """A robot's head, a person, a triangle or two bars around a point (px), `reach` to each side."""
    (x, y), surface = at, paint.surface
    thick = max(reach // 5, 1)
    match authority:
        case Authority.POLICY:
            head = Rect(x - reach, y - reach // 2, 2 * reach, reach + reach // 2)
            pygame.draw.rect(surface, colour, head, thick, border_radius=thick * 2)
            pygame.draw.line(surface, colour, (x, y - reach), (x, y - reach // 2), thick)
            for side in (-1, 1):
                pygame.draw.circle(surface, colour, (x + side * reach // 2.4, y + reach // 4), thick)
        case Authority.HUMAN:
            pygame.draw.aacircle(surface, colour, (x, y - reach // 2), reach // 2)
            shoulders = Rect(x - reach, y + reach // 8, 2 * reach, reach)
            pygame.draw.rect(surface, colour, shoulders, border_top_left_radius=reach, border_top_right_radius=reach)
        case Authority.SAFE:
            corners = [(x, y - reach), (x + reach, y + reach), (x - reach, y + reach)]
            pygame.draw.polygon(surface, colour, corners, thick)
            pygame.draw.line(surface, colour, (x, y - reach // 4), (x, y + reach // 3), thick)
            pygame.draw.rect(surface, colour, Rect(x - thick // 2, y + reach * 3 // 5, thick, thick))
        case Authority.NOBODY:
            for side in (-1, 1):
                pygame.draw.rect(surface, colour, Rect(x + side * reach // 2 - thick, y - reach, 2 * thick, 2 * reach))


def draw_mark(paint: Painter, at: tuple[int, int], mark: Mark) -> None:
    """The sign of what happened, around a point (px)."""
    (x, y), reach, surface, colour = at, paint.px(6), paint.surface, MARKS[mark]
    match mark:
        case Mark.SWAP:
            corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
            pygame.draw.polygon(surface, colour, corners)
        case Mark.ROUND:
            pygame.draw.aacircle(surface, colour, at, reach, paint.px(2))
        case Mark.RETRACTED:
            for side in (-1, 1):
                ends = (x - reach + 1, y - side * (reach - 1)), (x + reach - 1, y + side * (reach - 1))
                pygame.draw.line(surface, colour, *ends, paint.px(3))
        case Mark.REWOUND:
            for tip in (x - reach, x):
                pygame.draw.polygon(surface, colour, [(tip, y), (tip + reach, y - reach), (tip + reach, y + reach)])
        case Mark.LOST:
            corners = [(x, y - reach), (x + reach, y + reach), (x - reach, y + reach)]
            pygame.draw.polygon(surface, colour, corners)
        case Mark.CRASHED:
            draw_crash(paint, at, colour)


def draw_crash(paint: Painter, at: tuple[int, int], colour: RGB) -> None:
    """A star of eight rays around a point (px)."""
    rays = 8
    far, near = paint.px(8), paint.px(8) * 0.45
    turns = ((math.pi * index / rays, near if index % 2 else far) for index in range(2 * rays))
    corners = [(at[0] + reach * math.sin(angle), at[1] - reach * math.cos(angle)) for angle, reach in turns]
    pygame.draw.polygon(paint.surface, colour, corners)
