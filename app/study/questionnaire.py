"""A questionnaire as a form: what is asked, what was answered, and what keys and clicks do to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mereq_teleop.app.study.file import Question
from mereq_teleop.app.study.log import Answer

__all__ = ["TLX", "Form", "Item", "Scale", "forms_of", "items_of", "raw_tlx"]


@dataclass(frozen=True, slots=True)
class Item:
    """One question and its possible answers."""

    id: str
    text: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Scale(Item):
    """One whose answers are points in a row."""

    title: str = ""
    low: str = ""
    """What the first point means."""
    high: str = ""
    """What the last one means."""


_LOW, _HIGH = "Very low", "Very high"
_POINTS: Final = tuple(range(0, 101, 5))
TLX: Final = (
    Scale("tlx.mental", "How mentally demanding was the task?", _POINTS, "Mental demand", _LOW, _HIGH),
    Scale("tlx.physical", "How physically demanding was the task?", _POINTS, "Physical demand", _LOW, _HIGH),
    Scale("tlx.temporal", "How hurried or rushed was the pace of the task?", _POINTS, "Temporal demand", _LOW, _HIGH),
    Scale(
        "tlx.performance",
        "How successful were you in accomplishing what you were asked to do?",
        _POINTS,
        "Performance",
        "Perfect",
        "Failure",
    ),
    Scale(
        "tlx.effort",
        "How hard did you have to work to accomplish your level of performance?",
        _POINTS,
        "Effort",
        _LOW,
        _HIGH,
    ),
    Scale(
        "tlx.frustration",
        "How insecure, discouraged, irritated, stressed and annoyed were you?",
        _POINTS,
        "Frustration",
        _LOW,
        _HIGH,
    ),
)
"""NASA-TLX, paper and pencil version 1.0: six scales of 21 marks with their words; low is good, "Perfect" too."""

MOST_ITEMS: Final = 6
"""On one page."""


def raw_tlx(answers: dict[str, Answer]) -> float | None:
    """The unweighted mean of the six scales (0..100); None without all of them."""
    found = [answer for scale in TLX if isinstance(answer := answers.get(scale.id), int)]
    return sum(found) / len(found) if len(found) == len(TLX) else None


def items_of(tlx: bool, questions: Sequence[Question]) -> tuple[Item, ...]:
    """Everything that is asked, in order."""
    items: list[Item] = list(TLX) if tlx else []
    for question in questions:
        if question.kind == "choice":
            items.append(Item(question.id, question.text, question.choices))
        else:
            points = tuple(range(1, question.points + 1))
            items.append(Scale(question.id, question.text, points, "", question.low, question.high))
    return tuple(items)


def forms_of(tlx: bool, questions: Sequence[Question]) -> tuple["Form", ...]:
    """One form a page: NASA-TLX by itself, then the others."""
    others = items_of(False, questions)
    pages = [items_of(tlx, ())] if tlx else []
    pages += [others[at : at + MOST_ITEMS] for at in range(0, len(others), MOST_ITEMS)]
    return tuple(Form(page) for page in pages)


class Form:
    """One page of questions with what was answered so far; the focus is the question that keys answer."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = tuple(items)
        self.answers: dict[str, Answer] = {}
        self.focus = 0
        """Index of a question; after the last one the button that goes on."""

    @property
    def complete(self) -> bool:
        """Whether every question has its answer."""
        return len(self.answers) == len(self.items)

    def choose(self, item: int, answer: int) -> None:
        """A click: the answer at an index, to the question at an index."""
        self.focus = item
        self.answers[self.items[item].id] = self.items[item].answers[answer]

    def move(self, by: int) -> None:
        """The next question or the one before."""
        self.focus = min(max(self.focus + by, 0), len(self.items))

    def shift(self, by: int) -> None:
        """The next answer or the one before; the first time the middle one."""
        if self.focus == len(self.items):
            return
        item = self.items[self.focus]
        last = len(item.answers) - 1
        known = self.answers.get(item.id)
        at = last // 2 if known is None else min(max(item.answers.index(known) + by, 0), last)
        self.answers[item.id] = item.answers[at]

    def go_on(self) -> bool:
        """Whether the page is done; else the first question without an answer has the focus."""
        missing = (at for at, item in enumerate(self.items) if item.id not in self.answers)
        self.focus = next(missing, len(self.items))
        return self.complete
