"""The window between the drives: shows pages and questionnaires, and waits for the person."""

import time
from collections.abc import Callable
from typing import Final

import pygame
from pygame import Surface
from pygame.event import Event

from mereq_teleop.app.errors import AppError
from mereq_teleop.app.study.drawing import button_of, draw_form, draw_page, lay_out_form
from mereq_teleop.app.study.file import Page
from mereq_teleop.app.study.questionnaire import Form
from mereq_teleop.app.window.painter import Typesetter
from mereq_teleop.app.window.window import WindowError, open_display

__all__ = ["StudyScreen"]

DEAF_S: Final = 0.6
"""Keys that a person still presses from the drive before answer nothing."""
LOOK_MS: Final = 100
ON: Final = (pygame.K_RETURN, pygame.K_KP_ENTER)
LEFT: Final = 1


class StudyScreen:
    """pygame's display in the hands of a study; a drive takes it over, and closes it."""

    def __init__(self, title: str, scale: float | None = None) -> None:
        """Nothing is open yet; `scale` is how large all will be, the display's own by default."""
        self._title = title
        self._scale = scale
        self._typesetter = Typesetter()

    def read(self, page: Page) -> bool:
        """Show a page until the person goes on; False if they close the window."""

        def feed(event: Event, size: tuple[int, int]) -> bool:
            if event.type == pygame.KEYDOWN:
                return event.key in ON
            return _clicked(event) and button_of(size).collidepoint(event.pos)

        return self._show(lambda surface: draw_page(surface, self._typesetter, page), feed)

    def ask(self, title: str, form: Form) -> bool:
        """Show a form until all of it is answered; False if the person closes the window."""

        def feed(event: Event, size: tuple[int, int]) -> bool:
            if event.type == pygame.KEYDOWN:
                return _press(form, event.key, shift=bool(event.mod & pygame.KMOD_SHIFT))
            if not _clicked(event):
                return False
            layout = lay_out_form(size, form.items)
            if (found := layout.at(event.pos)) is not None:
                form.choose(*found)
            return layout.button.collidepoint(event.pos) and form.go_on()

        return self._show(lambda surface: draw_form(surface, self._typesetter, title, form), feed)

    def wait(self) -> None:
        """Say that something is made ready; nothing is waited for here."""
        draw_page(self._surface(), self._typesetter, Page(title="", text="", button="Getting ready ..."))
        pygame.display.flip()

    def close(self) -> None:
        """Close the window, if it is open."""
        pygame.display.quit()

    def _surface(self) -> Surface:
        """Asked for anew each time, because resizing replaces it; opens the window if it is not."""
        if (surface := pygame.display.get_surface()) is not None:
            return surface
        try:
            open_display(self._title, scale=self._scale)
        except WindowError as error:
            raise AppError(
                f"{error}; a study with people needs a window, a pilot does not: "
                "--headless --device simulated --folder pilot"
            ) from None
        return self._surface()

    def _show(self, draw: Callable[[Surface], None], feed: Callable[[Event, tuple[int, int]], bool]) -> bool:
        """Draw whenever something happened, until `feed` says that the page is done."""
        self._surface()
        pygame.event.clear()
        heard_from = time.monotonic() + DEAF_S
        while True:
            surface = self._surface()
            draw(surface)
            pygame.display.flip()
            event = pygame.event.wait(LOOK_MS)
            if _leaves(event):
                return False
            if time.monotonic() >= heard_from and feed(event, surface.get_size()):
                return True


def _leaves(event: Event) -> bool:
    """Whether the window was closed, or Ctrl+Q pressed: no key that a person has at hand from driving."""
    asked = event.type == pygame.KEYDOWN and event.key == pygame.K_q and event.mod & pygame.KMOD_CTRL
    return bool(event.type == pygame.QUIT or asked)


def _clicked(event: Event) -> bool:
    return bool(event.type == pygame.MOUSEBUTTONDOWN and event.button == LEFT)


def _press(form: Form, key: int, *, shift: bool) -> bool:
    """What a key does to a form; True if the form is done by it."""
    if key in ON:
        return form.go_on()
    if key == pygame.K_TAB:
        form.move(-1 if shift else 1)
    elif key in (pygame.K_UP, pygame.K_DOWN):
        form.move(1 if key == pygame.K_DOWN else -1)
    elif key in (pygame.K_LEFT, pygame.K_RIGHT):
        form.shift(1 if key == pygame.K_RIGHT else -1)
    return False
