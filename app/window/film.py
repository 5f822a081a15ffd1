"""Pictures of a task's world, with the HUD or without it, one after the other, for files: no display, no hurry."""

from typing import Any, Final

import pygame
from pygame import Surface

from mereq_teleop.app.window.palette import AUTHORITY
from mereq_teleop.app.window.picture import Picture
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.joysticks import unseen_display

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
        # An environment that draws itself would look for a display, and on a server complain that there is none.
        self._own_display = unseen_display()
        self._picture = Picture(card)
        self._surface = Surface(size)

    def fit(self, frames: Any) -> tuple[int, int]:
        """Make room for the picture that the environment of these frames draws itself; returns the pictures' size (px).

        Its width is what was asked for, if that is not more than its own; its sides are even. Views of ours fill what
        was asked for.
        """
        if (own := self._picture.view.size(frames)) is not None:
            factor = min(self._surface.get_width() / own[0], 1.0)
            self._surface = Surface([max(round(side * factor / 2), 1) * 2 for side in own])
        return self._surface.get_size()

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
        if self._own_display:
            pygame.display.quit()
