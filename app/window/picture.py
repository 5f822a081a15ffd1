"""One picture of the whole window, on any surface: with a display or without one."""

from typing import Any

from pygame import Surface

from mereq_teleop.app.window.hud import Hud
from mereq_teleop.app.window.layout import lay_out
from mereq_teleop.app.window.palette import AUTHORITY
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.app.window.view import view_of
from mereq_teleop.envs.card import TaskCard

__all__ = ["Picture"]


class Picture:
    """The world with the HUD around it."""

    def __init__(self, card: TaskCard) -> None:
        """Get ready to draw.

        Raises:
            NoGraphics: the task needs OpenGL, and there is none.
        """
        self.view = view_of(card)
        """What draws the world."""
        self._hud = Hud(card, self.view.hints)

    def draw(self, surface: Surface, scene: Scene, frames: Any, fraction: float) -> None:
        """Fill the surface with the world at a fraction 0..1 of the control step, and the scene's HUD."""
        layout = lay_out(*surface.get_size())
        self.view.draw(surface.subsurface(layout.road), frames, fraction, AUTHORITY[scene.authority])
        self._hud.draw(surface, layout, scene, self.view.facts(frames, fraction))

    def say(self, surface: Surface, words: str) -> None:
        """Fill the surface with one line of words instead."""
        self._hud.say(surface, words)
