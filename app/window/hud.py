"""The head-up display around the world: a function of the `Scene` and the window's size."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pygame
from pygame import Rect, Surface

from mereq_teleop.app.window.keys import CONTROL_KEYS, action_words, key_words
from mereq_teleop.app.window.layout import Layout, lay_out
from mereq_teleop.app.window.overlay import draw_corner, draw_help, draw_toasts
from mereq_teleop.app.window.painter import Painter, Typesetter
from mereq_teleop.app.window.palette import AUTHORITY, BACKGROUND, DIM, INK
from mereq_teleop.app.window.panels import draw_panels, spoken
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority

__all__ = ["Hud"]

_WHO: Final = {
    Authority.POLICY: "POLICY DRIVES",
    Authority.HUMAN: "YOU DRIVE",
    Authority.SAFE: "SAFE MODE",
    Authority.NOBODY: "PAUSED",
}
_HINT: Final = {
    Authority.POLICY: "a driving key or Enter takes over",
    Authority.HUMAN: "Esc gives back",
    Authority.NOBODY: "P goes on",
}


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
        _draw_band(paint, layout.band, scene)
        pygame.draw.rect(surface, AUTHORITY[scene.authority], layout.road, paint.px(4))
        draw_panels(paint, layout.panels, scene, self._card.axes)
        self._draw_keys(paint, layout.keys)
        draw_corner(paint, layout.road, self._pending(scene), facts)
        draw_toasts(paint, layout.road, scene.toasts)
        if scene.help_shown:
            draw_help(paint, surface.get_rect(), self._card, self._hints)

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

    def _draw_keys(self, paint: Painter, rect: Rect) -> None:
        if not rect.height:
            return
        driving = {key: spoken(key_words(self._card, action)) for key, action in self._card.keys.items()}
        meanings = {**driving, **CONTROL_KEYS, "h": "all keys", "p": "pause", "q": "quit"}
        x, y = rect.left + paint.px(14), rect.centery - paint.px(4)
        for key, meaning in meanings.items():
            cap = paint.key(key, (x, y))
            words = paint.text(meaning, (cap.right + paint.px(6), y), size=14, colour=DIM, anchor="midleft")
            x = words.right + paint.px(18)
            if x > rect.right - paint.px(100):
                return


def _draw_band(paint: Painter, rect: Rect, scene: Scene) -> None:
    """Who is in control, in colour and word; SAFE has stripes too, so that it is told by its pattern alone."""
    pygame.draw.rect(paint.surface, AUTHORITY[scene.authority], rect)
    x, y = rect.left + paint.px(18), rect.centery
    if scene.authority is Authority.SAFE:
        x = _stripes(paint, rect) + paint.px(14)
    who = paint.text(_WHO[scene.authority], (x, y), size=28, bold=True, colour=INK, anchor="midleft")
    facts = f"round {scene.round}    episode {scene.episode}"
    if not scene.blind:
        facts = f"policy {scene.policy_version}    {facts}"
    right = (rect.right - paint.px(18), y)
    stated = paint.text(facts, right, size=18, bold=True, colour=INK, anchor="midright", width=rect.width // 2)
    hint = scene.reason or _HINT.get(scene.authority, "")
    start = who.right + paint.px(20)
    room = stated.left - paint.px(20) - start
    if room > paint.px(60):
        paint.text(hint, (start, y + paint.px(3)), size=17, colour=INK, anchor="midleft", width=room)


def _stripes(paint: Painter, rect: Rect) -> int:
    wide, lean = paint.px(14), rect.height // 2
    left = rect.left
    for _ in range(4):
        corners = [(left + lean, rect.top), (left + lean + wide, rect.top)]
        corners += [(left + wide, rect.bottom - 1), (left, rect.bottom - 1)]
        pygame.draw.polygon(paint.surface, INK, corners)
        left += 2 * wide
    return left + lean
