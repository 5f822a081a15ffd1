"""The window of a replay: the operator's own picture, a time line under it, and keys that only move in time."""

from typing import Any, Final

import pygame
from pygame import SRCALPHA, Rect, Surface

from mereq_teleop.app.track import Track
from mereq_teleop.app.window.camera import Gesture, Move
from mereq_teleop.app.window.keys import CAMERA_KEY
from mereq_teleop.app.window.layout import DESIGN_SIZE, lay_out
from mereq_teleop.app.window.mouse import EVENTS
from mereq_teleop.app.window.opinion import Opinion, draw_opinion
from mereq_teleop.app.window.painter import Painter, Typesetter
from mereq_teleop.app.window.palette import DIM, PANEL
from mereq_teleop.app.window.replay_keys import REPLAY_BINDINGS, REPLAY_HELP, ReplayRequest
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.app.window.timeline import STRIP, Status, Timeline
from mereq_teleop.app.window.window import Window
from mereq_teleop.envs.card import TaskCard

__all__ = ["REPLAY_SIZE", "ReplayScreen"]

_KEYS: Final = lay_out(*DESIGN_SIZE).keys.height
"""Height of the operator's row of keys (design units), over which the time line lies."""
REPLAY_SIZE: Final = (DESIGN_SIZE[0], DESIGN_SIZE[1] + STRIP - _KEYS)
"""Width and height (px) of the window at scale 1."""
_LEFT: Final = 1
_SHORTCUTS: Final = pygame.KMOD_CTRL | pygame.KMOD_ALT | pygame.KMOD_META
_SHADE: Final = (0, 0, 0, 150)


class ReplayScreen(Window):
    """Made by `open`, as every window; then given the track that it shows."""

    def __init__(self, card: TaskCard, keyboard: None) -> None:
        super().__init__(card, keyboard)
        self._card = card
        self._typesetter = Typesetter()
        self._timeline: Timeline | None = None
        self._scrubbing = False

    def show(self, track: Track) -> None:
        """From now on the time line is this one."""
        self._timeline = Timeline(track)

    def ask(self, now: float) -> list[ReplayRequest | float]:
        """What was asked since the last call (`now` in seconds): requests, and places to jump to."""
        asked: list[ReplayRequest | float] = []
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                asked.append(ReplayRequest.QUIT)
            elif event.type == pygame.KEYDOWN and not event.mod & _SHORTCUTS:
                asked += self._on_key(event)
            elif event.type in EVENTS:
                asked += self._on_mouse(event, now)
        return asked

    def show_frame(
        self, scene: Scene, frames: Any, fraction: float, status: Status, opinion: Opinion | None, *, help_shown: bool
    ) -> None:
        """Draw the world at a fraction 0..1 of the step, the scene's HUD, the time line and what lies over them."""
        screen = self._screen
        top, strip = self._divide(screen)
        self._picture.draw(screen.subsurface(top), scene, frames, fraction)
        layout = lay_out(*top.size)
        paint = Painter(screen, layout.unit, self._typesetter)
        if opinion is not None:
            draw_opinion(paint, layout.road, self._card, opinion)
        if self._timeline is not None:
            self._timeline.draw(paint, strip, status, pygame.mouse.get_pos())
        if help_shown:
            _draw_help(paint, screen.get_rect())
        pygame.display.flip()

    def _divide(self, screen: Surface) -> tuple[Rect, Rect]:
        """The operator's picture, and the strip that lies over its lower end."""
        width, height = screen.get_size()
        # A picture of the height that is left beside the strip, with its row of keys under it.
        unit = min(width / REPLAY_SIZE[0], height / REPLAY_SIZE[1])
        tall = min(max(height - round(unit * (STRIP - _KEYS)), 1), height)
        top = Rect(0, 0, width, tall)
        keys = lay_out(*top.size).keys
        return top, Rect(0, keys.top, width, height - keys.top)

    def _on_key(self, event: pygame.event.Event) -> list[ReplayRequest | float]:
        key = pygame.key.name(event.key)
        if key == CAMERA_KEY:
            self._look(Gesture(Move.RESET))
        shifted = f"shift+{key}"
        if event.mod & pygame.KMOD_SHIFT and shifted in REPLAY_BINDINGS:
            key = shifted
        return [REPLAY_BINDINGS[key]] if key in REPLAY_BINDINGS else []

    def _on_mouse(self, event: pygame.event.Event, now: float) -> list[ReplayRequest | float]:
        line = self._timeline
        if event.type == pygame.MOUSEBUTTONUP and event.button == _LEFT:
            self._scrubbing = False
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == _LEFT and line and line.holds(event.pos):
            self._scrubbing = True
        if self._scrubbing and line and event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEMOTION):
            return [line.place_at(event.pos[0])]
        top, _ = self._divide(self._screen)
        self._look(self._mouse.feed(event, lay_out(*top.size).road, now))
        return []


def _draw_help(paint: Painter, window: Rect) -> None:
    """All keys and what they do, in a box over a darkened window."""
    shade = Surface(window.size, SRCALPHA)
    shade.fill(_SHADE)
    paint.surface.blit(shade, window)
    rows = {**REPLAY_HELP, ("click or drag",): "on the time line: go there"}
    box = Rect(0, 0, min(paint.px(610), window.width), min(paint.px(70 + 32 * len(rows)), window.height))
    box.center = window.center
    paint.box(box, PANEL, radius=10, outline=DIM)
    left, y = box.left + paint.px(30), box.top + paint.px(24)
    paint.text("Replay", (left, y), size=18, bold=True)
    for row, (keys, meaning) in enumerate(rows.items()):
        middle, x = y + paint.px(52 + 32 * row), left
        for key in "+".join(keys).split("+"):
            x = paint.key(key, (x, middle)).right + paint.px(6)
        at = (left + paint.px(170), middle)
        paint.text(meaning, at, size=16, anchor="midleft", width=box.right - at[0] - paint.px(20))
