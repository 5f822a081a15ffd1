"""Pictures of a task's world, with the HUD or without it, one after the other, for files: no display, no hurry."""

from typing import Any, Final

import pygame
from pygame import Surface

from mereq_teleop.app.window.palette import AUTHORITY
from mereq_teleop.app.window.picture import Picture
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority

__all__ = ["Film"]

_DRAWS: Final = 2
"""A view that draws in a thread of its own shows at the second one what the first was given."""


class Film:
    """Draws frames of one task as somebody drives through them.

    Args:
        card: of the task.
        size: of the pictures (px).

    Raises:
        NoGraphics: the task needs OpenGL, and there is none.
    """

    def __init__(self, card: TaskCard, size: tuple[int, int]) -> None:
        self._picture = Picture(card)
        self._surface = Surface(size)

    def picture(self, frames: Any, fraction: float, authority: Authority = Authority.POLICY) -> bytes:
        """The world alone at a fraction 0..1 of the step: red, green, blue of each pixel, row by row."""
        view = self._picture.view
        for _ in range(_DRAWS):
            view.draw(self._surface, frames, fraction, AUTHORITY[authority])
            view.settle()
        return pygame.image.tobytes(self._surface, "RGB")

    def picture_with_hud(self, frames: Any, fraction: float, scene: Scene) -> bytes:
        """The same with the scene's HUD around it."""
        for _ in range(_DRAWS):
            self._picture.draw(self._surface, scene, frames, fraction)
            self._picture.view.settle()
        return pygame.image.tobytes(self._surface, "RGB")

    def close(self) -> None:
        """Give back what drawing needs."""
        self._picture.view.close()
