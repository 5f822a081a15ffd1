"""The operator's window: owns pygame's display and its event queue, draws when told to, and only ever requests."""

import os
import sys
from pathlib import Path
from typing import Any, Final, Protocol, Self

import pygame

from mereq_teleop.app.window.camera import Gesture, Move
from mereq_teleop.app.window.graphics import NoGraphics
from mereq_teleop.app.window.keys import BINDINGS, CAMERA_KEY, Request
from mereq_teleop.app.window.layout import DESIGN_SIZE, lay_out
from mereq_teleop.app.window.mouse import EVENTS, Mouse
from mereq_teleop.app.window.picture import Picture
from mereq_teleop.app.window.scale import opening_size
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.app.window.view import WorldView
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.joystick import JOYSTICK_EVENTS

__all__ = ["KeySink", "Window", "WindowError", "open_display"]

_UNSEEN: Final = ("dummy", "offscreen", "evdev", "KMSDRM")
"""SDL's drivers that show nothing, or take the whole console."""
_SHORTCUTS: Final = pygame.KMOD_CTRL | pygame.KMOD_ALT | pygame.KMOD_META
"""Keys pressed together with these belong to the desktop."""


class WindowError(Exception):
    """There is no window; the message is one line for the user."""


def open_display(title: str, *, size: tuple[int, int] = DESIGN_SIZE, scale: float | None = None) -> None:
    """Open pygame's display, or take the one that is open; `pygame.display.quit` closes it.

    Args:
        title: of the window.
        size: width and height (px) at scale 1; it is no larger than the desktop has room for.
        scale: how large all is; None is what the display is set to.

    Raises:
        WindowError: there is no display.
    """
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"} & set(os.environ):
        raise WindowError("no display: neither DISPLAY nor WAYLAND_DISPLAY is set")
    # With acceleration an X11 window and a MuJoCo renderer in one process crash.
    os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    try:
        pygame.display.init()
        if _in_the_void():
            # A world that draws itself with pygame may have begun it so, before there was a display to see.
            pygame.display.quit()
            pygame.display.init()
        if _in_the_void():
            raise pygame.error(f"SDL offers only its driver {pygame.display.get_driver()!r}")
        pygame.display.set_mode(opening_size(size, scale), pygame.RESIZABLE)
    except pygame.error as error:
        pygame.display.quit()
        display = os.environ.get("DISPLAY", "")
        raise WindowError(f"no window can be opened on display {display!r}: {error}") from error
    pygame.display.set_caption(title)
    # Text input would let an input method swallow keys.
    pygame.key.stop_text_input()


def _in_the_void() -> bool:
    """SDL draws into the void rather than fail, which is for those alone who ask for it."""
    return pygame.display.get_driver() in _UNSEEN and "SDL_VIDEODRIVER" not in os.environ


class KeySink(Protocol):
    """Who wants the driving keys: the keyboard device."""

    def press(self, key: str, time_s: float) -> object:
        """A key went down, by pygame's name for it."""
        ...

    def release(self, key: str, time_s: float) -> object:
        """A key went up."""
        ...

    def focus_lost(self, time_s: float) -> None:
        """Keys no longer reach the window."""
        ...

    def focus_gained(self, time_s: float) -> None:
        """Keys reach the window again."""
        ...


class Window:
    """The only window of a process, for one task; made by `open` and used from one thread."""

    def __init__(self, card: TaskCard, keyboard: KeySink | None) -> None:
        self._picture = Picture(card)
        self._keyboard = keyboard
        self._mouse = Mouse()

    @classmethod
    def open(
        cls,
        card: TaskCard,
        title: str,
        *,
        keyboard: KeySink | None = None,
        size: tuple[int, int] = DESIGN_SIZE,
        scale: float | None = None,
    ) -> Self:
        """Open a window; keys that ask nothing of the loop go to `keyboard` where there is one.

        Args:
            card: of the task.
            title: of the window.
            keyboard: who wants the driving keys.
            size: width and height (px) at scale 1; it is no larger than the desktop has room for.
            scale: how large all is; None is what the display is set to.

        Raises:
            WindowError: there is no display.
            NoGraphics: the task's world is drawn with OpenGL, and there is none.
        """
        open_display(title, size=size, scale=scale)
        try:
            return cls(card, keyboard)
        except NoGraphics:
            pygame.display.quit()
            raise

    @property
    def view(self) -> WorldView:
        """What draws the world."""
        return self._picture.view

    @property
    def _screen(self) -> pygame.Surface:
        """Asked for anew each time, because resizing replaces it."""
        if (screen := pygame.display.get_surface()) is None:
            raise WindowError("the window is closed")
        return screen

    def pump(self, now: float) -> list[Request]:
        """What was asked of the loop since the last call; the keyboard's keys are stamped `now` (s, monotonic).

        A joystick's events stay in the queue for its source.
        """
        requests = []
        for event in _focus_first(pygame.event.get(exclude=JOYSTICK_EVENTS)):
            if event.type in EVENTS:
                self._look(self._mouse.feed(event, lay_out(*self._screen.get_size()).road, now))
            elif event.type == pygame.QUIT:
                requests.append(Request.QUIT)
            elif event.type == pygame.KEYDOWN and not event.mod & _SHORTCUTS:
                key = pygame.key.name(event.key)
                if event.mod & pygame.KMOD_SHIFT and f"shift+{key}" in BINDINGS:
                    key = f"shift+{key}"
                if key == CAMERA_KEY:
                    self._look(Gesture(Move.RESET))
                elif key in BINDINGS:
                    requests.append(BINDINGS[key])
                elif self._keyboard is not None:
                    self._keyboard.press(key, now)
            elif event.type == pygame.KEYUP and self._keyboard is not None:
                self._keyboard.release(pygame.key.name(event.key), now)
            elif event.type == pygame.WINDOWFOCUSLOST and self._keyboard is not None:
                self._keyboard.focus_lost(now)
            elif event.type == pygame.WINDOWFOCUSGAINED and self._keyboard is not None:
                self._keyboard.focus_gained(now)
        return requests

    def holds(self, request: Request) -> bool:
        """Whether a key of this request is down now."""
        down = pygame.key.get_pressed()
        return any(down[pygame.key.key_code(key)] for key, asked in BINDINGS.items() if asked is request)

    def _look(self, gesture: Gesture | None) -> None:
        if gesture is not None:
            self.view.look(gesture)

    def draw(self, scene: Scene, frames: Any, fraction: float) -> None:
        """Show the world at a fraction 0..1 of the control step, and the scene's HUD around it."""
        self._picture.draw(self._screen, scene, frames, fraction)
        pygame.display.flip()

    def say(self, words: str) -> None:
        """Show one line of words alone: what there is to see while the world is being made."""
        self._picture.say(self._screen, words)
        pygame.display.flip()

    def screenshot(self, path: Path) -> None:
        """Save what was drawn last, in the format that the path's ending names."""
        pygame.image.save(self._screen, path)

    def close(self) -> None:
        """Close the window; the process can open another one."""
        self.view.close()
        pygame.display.quit()


def _focus_first(events: list[pygame.Event]) -> list[pygame.Event]:
    """The events of one look, a lost focus before the keys that SDL lets go for it: nobody's finger did."""
    ordered, let_go = list[pygame.Event](), list[pygame.Event]()
    for event in events:
        if event.type == pygame.KEYUP:
            let_go.append(event)
        elif event.type == pygame.WINDOWFOCUSLOST:
            ordered, let_go = [*ordered, event, *let_go], []
        elif event.type == pygame.KEYDOWN:
            ordered, let_go = [*ordered, *let_go, event], []
        else:
            ordered.append(event)
    return [*ordered, *let_go]
