"""What is wrong with a study, before anybody took part in it, and the configuration of each of its sessions."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from mereq_teleop.app.commandline import parse
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.study.file import Flags, Page, Question, Study
from mereq_teleop.app.study.plan import Drive, orders
from mereq_teleop.envs.errors import EnvError, unknown
from mereq_teleop.envs.own.find import is_reference

__all__ = ["command_of", "config_of", "mistakes_in", "notes_on", "whole"]

Value = TypeVar("Value", int, str)

NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
OURS: Final = {
    "seed": "the study's `seeds` say which traffic",
    "sessions": "they lie in the study's own folder",
    "headless": "say it to `mereq study`",
    "blind": "a person's window always is",
    "fork": "every drive begins anew",
    "policy": "it goes with fork",
    "resume": "every drive begins anew",
    "json": "the study has its own results",
    "evaluation": "people are not kept waiting for it",
}
"""Flags that a study sets itself."""
MOST_WORDS: Final = 2_000
"""Characters of a page: so many are still easy to read in the window."""
MOST_LINES: Final = 24
MOST_ASKED: Final = 100
"""Characters of a question, and of one of its answers."""
MOST_ANSWERED: Final = 28
MOST_CHOICES: Final = 7
MOST_CONDITIONS: Final = 12
POINTS: Final = range(2, 12)


def whole(study: Study) -> Study:
    """The study itself, if there is nothing wrong with it.

    Raises:
        Usage: there is; the message has the first mistake and how many more there are.
    """
    if mistakes := mistakes_in(study):
        more = f" (and {len(mistakes) - 1} more: --check lists them)" if len(mistakes) > 1 else ""
        raise Usage(f"{mistakes[0]}{more}")
    return study


def mistakes_in(study: Study) -> tuple[str, ...]:
    """One line for each mistake."""
    found = [
        *_names("participant", study.participants, least=1),
        *_names("condition", [condition.name for condition in study.conditions], least=2),
        *_names("question", [question.id for question in study.questions], least=0),
    ]
    if len(study.conditions) > MOST_CONDITIONS:
        return (*found, f"there are {len(study.conditions)} conditions: {MOST_CONDITIONS} are the most")
    seeds = (*study.seeds, study.practice.seed) if study.practice else study.seeds
    if not study.seeds:
        found.append("seeds is empty: each condition needs a run; give a seed for each, for instance [0]")
    found += [f"seed {seed} is negative" for seed in seeds if seed < 0]
    found += [f"seed {seed} is used twice: practice and every run have their own" for seed in _twice(seeds)]
    if study.practice is not None and study.practice.rounds < 1:
        found.append(f"practice has {study.practice.rounds} rounds: it must have at least 1")
    for question in study.questions:
        found += _question(question)
    found += _pages(study)
    if any(not sign.isprintable() and sign != "\n" for text in _texts(study) for sign in text):
        found.append("a text has a control character, which no font can show: take it out")
    return (*found, *_flags(study))


def notes_on(study: Study) -> tuple[str, ...]:
    """What is allowed, but perhaps not meant."""
    people, rows = len(study.participants), len(orders(len(study.conditions)))
    if people % rows:
        full = people + rows - people % rows
        return (f"{people} participants share {rows} orders unevenly: {full} would be balanced",)
    return ()


def config_of(study: Study, drive: Drive) -> OperateConfig:
    """The configuration that the file asks for; folder and window are not its own.

    Raises:
        Usage, EnvError: a flag is not known, or its value makes no sense.
    """
    flags = study.flags | (drive.condition.flags if drive.condition is not None else {})
    if drive.practice and study.practice is not None:
        flags = flags | study.practice.flags | {"rounds": study.practice.rounds}
    config = parse(OperateConfig, "its flags", _arguments(flags))
    return replace(config, seed=drive.seed, evaluation=False)


def command_of(config: OperateConfig) -> list[str]:
    """A command line of mereq-teleop that asks for the same configuration."""
    default, command = OperateConfig(), ["mereq-teleop"]
    for name in OperateConfig.__dataclass_fields__:
        value = getattr(config, name)
        if value != getattr(default, name):
            command += _argument(name.replace("_", "-"), str(value) if isinstance(value, Path) else value)
    return command


def _arguments(flags: Flags) -> list[str]:
    return [word for name, value in flags.items() for word in _argument(name, value)]


def _argument(name: str, value: bool | int | float | str) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}={value}"]


def _names(what: str, names: Iterable[str], least: int) -> Iterator[str]:
    known = list(names)
    if len(known) < least:
        yield f"there are {len(known)} {what}s: at least {least} are needed"
    for name in known:
        if not NAME.fullmatch(name):
            yield f"{what} {name[:50]!r}: a name has 1 to 40 letters, digits, - and _"
    for name in _twice(known):
        yield f"{what} {name!r} is there twice"


def _twice(values: Iterable[Value]) -> list[Value]:
    return [value for value, times in Counter(values).items() if times > 1]


def _question(question: Question) -> Iterator[str]:
    what = f"question {question.id!r}"
    if not question.text.strip() or len(question.text) > MOST_ASKED:
        yield f"{what} has a text of {len(question.text)} characters: 1 to {MOST_ASKED} fit on its line"
    for words in (question.low, question.high, *question.choices):
        if len(words) > MOST_ANSWERED:
            yield f"{what} has the words {words!r}: {MOST_ANSWERED} characters fit"
    if question.kind == "likert":
        if question.points not in POINTS:
            yield f"{what} has {question.points} points: {POINTS[0]} to {POINTS[-1]} fit"
        if question.choices:
            yield f'{what} has choices: say kind = "choice", or leave them out'
    elif not 2 <= len(question.choices) <= MOST_CHOICES or _twice(question.choices):
        yield f"{what} has the choices {list(question.choices)}: 2 to {MOST_CHOICES} different ones fit"


def _pages(study: Study) -> Iterator[str]:
    pages = [*study.start, study.rest, study.end]
    pages += [Page(title=f"condition {of.name}", text=of.text) for of in study.conditions]
    if study.practice is not None:
        pages.append(Page(title="practice", text=study.practice.text))
    for page in pages:
        if len(page.text) > MOST_WORDS or len(page.text.splitlines()) > MOST_LINES:
            yield (
                f"page {page.title!r} has {len(page.text)} characters in {len(page.text.splitlines())} lines: "
                f"{MOST_WORDS} in {MOST_LINES} fit; make two of it"
            )
        if not 1 <= len(page.button) <= 30 or len(page.title) > 60:
            yield f"page {page.title[:60]!r}: a title has up to 60 characters, a button 1 to 30"


def _texts(study: Study) -> Iterator[str]:
    """All that the window shows of the file."""
    yield study.title
    for page in (*study.start, study.rest, study.end):
        yield from (page.title, page.text, page.button)
    yield from (condition.text for condition in study.conditions)
    yield study.practice.text if study.practice is not None else ""
    for question in study.questions:
        yield from (question.text, question.low, question.high, *question.choices)


def _flags(study: Study) -> Iterator[str]:
    """The flags of the practice and of each condition, each through the configuration itself."""
    nothing = Page(title="", text="")
    whose = {f"condition {of.name!r}": Drive("", of, 1, 1, 0, nothing) for of in study.conditions}
    if study.practice is not None:
        whose |= {"practice": Drive("", None, 0, 0, 0, nothing)}
        if study.practice.before == "each":
            whose |= {f"practice of {of.name!r}": Drive("", of, 1, 0, 0, nothing) for of in study.conditions}
    known = [name.replace("_", "-") for name in OperateConfig.__dataclass_fields__]
    given = (study.flags, *(of.flags for of in study.conditions), study.practice.flags if study.practice else {})
    for name in dict.fromkeys(name for flags in given for name in flags):
        if name not in known:
            yield unknown("flag", name, known)
        elif name in OURS:
            yield f"flag {name!r} is not for a study's file: {OURS[name]}"
        else:
            continue
        # What is no flag of a session could be one that ends the program, such as help.
        whose = {}
    for what, drive in whose.items():
        try:
            config = config_of(study, drive)
        except (Usage, EnvError) as error:
            yield f"{what}: {error}"
            continue
        if config.rounds is None:
            yield f"{what}: rounds is missing among its flags: a run needs an end"
        if config.device == "simulated":
            yield f"{what}: people drive in a study; for a pilot say mereq study --device simulated"
        for name, path in (("prior", config.prior), ("expert", config.expert)):
            if path is not None and not path.is_file() and not is_reference(str(path)):
                yield f"{what}: --{name} {path}: there is no such file"
