"""The head-up display around the world: a function of the `Scene` and the window's size."""

from collections.abc import Mapping
from types import MappingProxyType

import pygame
from pygame import Rect, Surface

from mereq_teleop.app.window.band import draw_band
from mereq_teleop.app.window.help import draw_help
from mereq_teleop.app.window.keybar import draw_keys
from mereq_teleop.app.window.keys import action_words, spoken
from mereq_teleop.app.window.layout import Layout, lay_out
from mereq_teleop.app.window.overlay import draw_corner, draw_countdown
from mereq_teleop.app.window.painter import Painter, Typesetter
from mereq_teleop.app.window.palette import AUTHORITY, BACKGROUND
from mereq_teleop.app.window.panels import draw_panels
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.app.window.strip import draw_message, draw_timeline
from mereq_teleop.envs.card import TaskCard

__all__ = ["Hud"]


class Hud:
    """Draws a `Scene`; the same scene on the same size gives the same pixels."""

    def __init__(self, card: TaskCard, hints: Mapping[str, str] = MappingProxyType({})) -> None:
        self._card = card
        self._hints = hints
        self._typesetter = Typesetter()

    def draw(self, surface: Surface, layout: Layout, scene: Scene, facts: str) -> None:
        """Draw all but the world, which must be in its rectangle already; `facts` are what the world says of itself."""
        paint = Painter(surface, layout.unit, self._typesetter)
        surface.fill(BACKGROUND, Rect(0, layout.road.bottom, surface.get_width(), surface.get_height()))
        draw_band(paint, layout.band, scene)
        pygame.draw.rect(surface, AUTHORITY[scene.authority], layout.road, paint.px(4))
        draw_corner(paint, layout.road, scene, self._pending(scene), facts)
        if not scene.replayed:
            draw_timeline(paint, layout.timeline, scene.last_minute)
        draw_message(paint, layout.messages, scene.toasts)
        draw_panels(paint, layout.panels, scene, self._card.axes)
        if not scene.replayed:
            draw_keys(paint, layout.keys, self._card, scene.takeover, blind=scene.blind)
        if scene.countdown_s is not None:
            draw_countdown(paint, layout.road, scene.countdown_s, scene.round)
        if scene.help_shown:
            draw_help(paint, surface.get_rect(), self._card, self._hints, scene)

    def say(self, surface: Surface, words: str) -> None:
        """Fill the surface with one line: what there is to show while the world is being made."""
        layout = lay_out(*surface.get_size())
        surface.fill(BACKGROUND)
        paint = Painter(surface, layout.unit, self._typesetter)
        width = surface.get_width() - paint.px(40)
        paint.text(words, surface.get_rect().center, size=22, anchor="center", width=width)

    def _pending(self, scene: Scene) -> str:
        """What waits for the next decision, in words; empty if nothing does."""
        waits = scene.pending
        return "" if waits is None else spoken(waits if isinstance(waits, str) else action_words(self._card, waits))
