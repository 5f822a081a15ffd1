"""Answers from a file, for pilots that nobody attends.

[[answers]]                            # later tables go before earlier ones
values = { "tlx.mental" = 40, trust = 5 }

[[answers]]
participant = "P01"                    # of this participant alone
condition = "instant"                  # about this condition alone
values = { "tlx.mental" = 70 }
"""

from pathlib import Path
from typing import Final

from mereq_teleop.app.errors import Usage
from mereq_teleop.app.study.file import Study
from mereq_teleop.app.study.log import Answer
from mereq_teleop.app.study.plan import Asking, schedule
from mereq_teleop.app.study.questionnaire import items_of
from mereq_teleop.envs.errors import unknown
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.user_files import read_toml

__all__ = ["Answers", "AnswersFor", "read_answers"]

MAX_BYTES: Final = 1 << 20


class AnswersFor(Record):
    """Some answers, and whose they are."""

    values: dict[str, Answer]
    participant: str = ""
    """Everybody if empty."""
    condition: str = ""
    """Every questionnaire if empty."""


class Answers(Record):
    """The whole file."""

    answers: tuple[AnswersFor, ...]

    def to(self, participant: str, asking: Asking) -> dict[str, Answer]:
        """What this participant answers to a questionnaire.

        Raises:
            Usage: an answer is missing, or is none of the possible ones.
        """
        known: dict[str, Answer] = {}
        for some in self.answers:
            if some.participant in ("", participant) and some.condition in ("", asking.condition):
                known |= some.values
        where = f"the answers of {participant} after {asking.condition or 'all'!r}"
        given: dict[str, Answer] = {}
        for item in items_of(asking.tlx, asking.questions):
            if item.id not in known:
                raise Usage(f"{where} have none to {item.id!r}")
            if known[item.id] not in item.answers:
                possible = ", ".join(map(str, item.answers))
                raise Usage(f"{where}: {known[item.id]!r} to {item.id!r} is none of {possible}")
            given[item.id] = known[item.id]
        return given


def read_answers(path: Path, study: Study) -> Answers:
    """The answers of a file, every one of them good for the study.

    Raises:
        Usage: the file cannot be read, is no such file, or lacks or misses what the study asks.
    """
    try:
        answers = read_toml(path, Answers, "the answers", Usage, MAX_BYTES)
    except OSError as error:
        raise Usage(f"cannot read the answers {path}: {error.strerror}") from None
    names = [condition.name for condition in study.conditions]
    for some in answers.answers:
        if some.participant and some.participant not in study.participants:
            raise Usage(f"the answers {path}: {unknown('participant', some.participant, study.participants)}")
        if some.condition and some.condition not in names:
            raise Usage(f"the answers {path}: {unknown('condition', some.condition, names)}")
    for index, participant in enumerate(study.participants):
        for step in schedule(study, index):
            if isinstance(step, Asking):
                answers.to(participant, step)
    return answers
