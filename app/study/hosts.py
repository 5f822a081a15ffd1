"""Who shows a study's pages and asks its questions: a window with a person at it, or nobody."""

from typing import Protocol

from mereq_teleop.app.study.answers import Answers
from mereq_teleop.app.study.file import Page
from mereq_teleop.app.study.log import Answer
from mereq_teleop.app.study.plan import Asking
from mereq_teleop.app.study.questionnaire import forms_of

__all__ = ["Host", "Person", "Unattended"]


class Host(Protocol):
    """Who shows pages and asks questions."""

    def read(self, page: Page) -> bool:
        """Show a page until the person goes on; False if they leave."""
        ...

    def ask(self, participant: str, asking: Asking) -> dict[str, Answer] | None:
        """Answers to a questionnaire; None if the person leaves."""
        ...

    def before_drive(self) -> None:
        """A session is about to begin."""
        ...

    def close(self) -> None:
        """Nothing more is to be shown."""
        ...


class Person:
    """A person at the window."""

    def __init__(self, title: str, scale: float | None = None) -> None:
        """`scale` is how large all is, the display's own by default."""
        from mereq_teleop.app.study.screen import StudyScreen

        self._screen = StudyScreen(title, scale)

    def read(self, page: Page) -> bool:
        """Show a page until the person goes on; False if they leave."""
        return self._screen.read(page)

    def ask(self, participant: str, asking: Asking) -> dict[str, Answer] | None:
        """Ask page by page; None if the person leaves."""
        given: dict[str, Answer] = {}
        for form in forms_of(asking.tlx, asking.questions):
            if not self._screen.ask(_title(asking), form):
                return None
            given |= form.answers
        return given

    def before_drive(self) -> None:
        """Keep the window until the drive takes it over."""
        self._screen.wait()

    def close(self) -> None:
        """Close the window."""
        self._screen.close()


class Unattended:
    """Nobody: pages are turned at once, questions are answered by a file or left out."""

    def __init__(self, answers: Answers | None) -> None:
        self._answers = answers

    def read(self, page: Page) -> bool:
        """Nobody reads."""
        return True

    def ask(self, participant: str, asking: Asking) -> dict[str, Answer] | None:
        """What the file says; nothing without one."""
        return {} if self._answers is None else self._answers.to(participant, asking)

    def before_drive(self) -> None:
        """Nothing to show."""

    def close(self) -> None:
        """Nothing is open."""


def _title(asking: Asking) -> str:
    return "About the part you have just finished" if asking.condition else "About all parts"
