"""A study as its TOML file describes it; docs/studies.md explains every field."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from mereq_teleop.app.errors import Usage
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.user_files import read_toml

__all__ = [
    "Break",
    "Condition",
    "Flags",
    "Page",
    "Practice",
    "Question",
    "Study",
    "canonical",
    "differences",
    "digest",
    "read_study",
]

MAX_BYTES: Final = 1 << 18

Flags = dict[str, bool | int | float | str]
"""Flags of mereq-teleop without their dashes: `steps-per-round = 50`."""


class Condition(Record):
    """One way to take part; everybody goes through all of them."""

    name: str
    """Never shown to participants."""
    flags: Flags = msgspec.field(default_factory=dict)
    """On top of the study's own."""
    text: str = ""
    """Shown before its first run, for instance how to take over here."""


class Practice(Record):
    """A session that counts for nothing."""

    rounds: int = 1
    seed: int = 1_000_000
    """Of its traffic."""
    before: Literal["first", "each"] = "first"
    """Once, with the study's own flags, or before each condition with this one's."""
    flags: Flags = msgspec.field(default_factory=dict)
    """On top of those."""
    text: str = "This drive is for practice: it does not count."


class Page(Record):
    """A page of text: paragraphs with an empty line between them."""

    title: str
    text: str
    button: str = "Continue"


class Break(Page):
    """The page between two conditions."""

    title: str = "A break"
    text: str = "Rest as long as you like. The next part begins when you say so."


class Question(Record):
    """One more question after the scales of NASA-TLX."""

    id: str
    """Its column in the results."""
    text: str
    kind: Literal["likert", "choice"] = "likert"
    points: int = 7
    """Of a likert scale, from 1 on."""
    low: str = ""
    """What the scale's first point means."""
    high: str = ""
    """What its last one means."""
    choices: tuple[str, ...] = ()
    at: Literal["condition", "end"] = "condition"
    """After each condition, or once at the end."""


class Study(Record):
    """The whole file."""

    title: str
    participants: tuple[str, ...]
    """Their ids; the place in the list decides on the order of conditions."""
    conditions: tuple[Condition, ...]
    seeds: tuple[int, ...] = (0,)
    """Traffic of the runs of each condition, one session each: the same for all."""
    flags: Flags = msgspec.field(default_factory=dict)
    """Of all conditions."""
    practice: Practice | None = None
    tlx: bool = True
    """Ask the six scales of NASA-TLX after each condition."""
    questions: tuple[Question, ...] = ()
    start: tuple[Page, ...] = ()
    """Pages before anything else: consent, instructions."""
    rest: Break = Break()
    end: Page = Page(title="Thank you", text="That was all. Please tell the experimenter.", button="Finish")


def read_study(path: Path) -> Study:
    """The study of a file; whether it makes sense is for `mistakes_in` to say.

    Raises:
        Usage: the file cannot be read, is too large or no study.
    """
    try:
        return read_toml(path, Study, "the study", Usage, MAX_BYTES)
    except OSError as error:
        raise Usage(f"cannot read the study {path}: {error.strerror}; examples/study.toml is one") from None


def canonical(study: Study) -> dict[str, Any]:
    """All that the file says and leaves to its defaults, as plain values: comments and order of keys are gone."""
    return dict(msgspec.to_builtins(study, order="deterministic"))


def digest(study: Study) -> str:
    """SHA-256 of the canonical content, in hexadecimal digits."""
    return hashlib.sha256(msgspec.json.encode(canonical(study), order="deterministic")).hexdigest()


def differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    """What changed between two canonical contents, one short line a value."""
    old, new = dict(_values("", before)), dict(_values("", after))
    return tuple(
        f"{name} {_said(old.get(name))} -> {_said(new.get(name))}"
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )


def _values(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every plain value by its path; what has a name or an id is called by it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            named = (inner.get("name") or inner.get("id")) if isinstance(inner, dict) else None
            yield from _values(f"{name}[{named or at}]", inner)
    else:
        yield name, value


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    words = str(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
    return words if len(words) <= 40 else f"{words[:37]}..."
