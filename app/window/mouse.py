"""From pygame's mouse events to gestures."""

from typing import Final

import pygame
from pygame import Rect
from pygame.event import Event

from mereq_teleop.app.window.camera import Gesture, Move

__all__ = ["EVENTS", "Mouse"]

EVENTS: Final = (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION, pygame.MOUSEWHEEL)
"""What `Mouse.feed` understands."""
_LEFT, _MIDDLE, _RIGHT = 1, 2, 3
_TWICE_S: Final = 0.35
"""Two presses within it are a double click."""


class Mouse:
    """Drag turns; with the right or middle button, or with Shift, it pans; the wheel zooms; two clicks reset."""

    def __init__(self) -> None:
        self._move: Move | None = None
        self._pressed_s = float("-inf")

    def feed(self, event: Event, world: Rect, now_s: float) -> Gesture | None:
        """What an event asks for; only what begins in the world's rectangle counts."""
        if event.type == pygame.MOUSEBUTTONUP:
            self._move = None
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button <= _RIGHT and world.collidepoint(event.pos):
            return self._press(event.button, now_s)
        elif event.type == pygame.MOUSEMOTION and self._move is not None:
            scale = max(world.height, 1)
            return Gesture(self._move, event.rel[0] / scale, event.rel[1] / scale)
        elif event.type == pygame.MOUSEWHEEL and world.collidepoint(pygame.mouse.get_pos()):
            return Gesture(Move.ZOOM, y=event.y)
        return None

    def _press(self, button: int, now_s: float) -> Gesture | None:
        twice = button == _LEFT and now_s - self._pressed_s < _TWICE_S
        self._pressed_s = now_s if button == _LEFT and not twice else float("-inf")
        if twice:
            self._move = None
            return Gesture(Move.RESET)
        pans = button != _LEFT or pygame.key.get_mods() & pygame.KMOD_SHIFT
        self._move = Move.PAN if pans else Move.TURN
        return None
