"""Pictures of a task's world alone, one after the other, for files: no display, no HUD, no hurry."""

from typing import Any, Final

import pygame
from pygame import Surface

from mereq_teleop.app.window.palette import AUTHORITY
from mereq_teleop.app.window.view import view_of
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority

__all__ = ["Film"]

_DRAWS: Final = 2
"""A view that draws in a thread of its own shows at the second one what the first was given."""


class Film:
    """Draws frames of one task as the policy drives through them.

    Args:
        card: of the task.
        size: of the pictures (px).

    Raises:
        NoGraphics: the task needs OpenGL, and there is none.
    """

    def __init__(self, card: TaskCard, size: tuple[int, int]) -> None:
        self._view = view_of(card)
        self._surface = Surface(size)

    def picture(self, frames: Any, fraction: float) -> bytes:
        """The world at a fraction 0..1 of the step: red, green, blue of each pixel, row by row."""
        for _ in range(_DRAWS):
            self._view.draw(self._surface, frames, fraction, AUTHORITY[Authority.POLICY])
            self._view.settle()
        return pygame.image.tobytes(self._surface, "RGB")

    def close(self) -> None:
        """Give back what drawing needs."""
        self._view.close()
