"""What is wrong with a device's mapping file, in the words of who wrote it."""

from collections.abc import Iterator, Mapping
from reprlib import repr as short
from typing import Any, Final, Literal, get_origin

import msgspec

from mereq_teleop.envs.errors import unknown
from mereq_teleop.sessions.records import Record
from mereq_teleop.teleop.shaping import Shape

__all__ = ["mistake_in"]

_WORDS: Final[Mapping[type, str]] = {
    str: 'a name in quotes ("...")',
    float: "a number",
    bool: "true or false",
    list: "a list ([ ... ])",
    dict: "a table ({ ... }, or lines under a [head])",
}
_TOML: Final[Mapping[Any, type]] = {tuple: list, Literal: float}
"""What a file has for what a record has."""


def mistake_in(table: Mapping[str, Any], file: type[Record], pull: type[Record]) -> str:
    """The first mistake of a file that is TOML, in one line; empty where it is a `file`, whose tasks are of `pull`s."""
    return next(_mistakes(table, _kinds(file), _kinds(pull)), "")


def _kinds(record: type[Record]) -> dict[str, type]:
    """What each field of a record is in a file."""
    origins = {field.name: get_origin(field.type) or field.type for field in msgspec.structs.fields(record)}
    return {name: _TOML.get(origin, origin) for name, origin in origins.items()}


def _mistakes(table: Mapping[str, Any], fields: Mapping[str, type], of_pull: Mapping[str, type]) -> Iterator[str]:
    """One after the other: who asks for the next one has none of those before."""
    yield from _fields("", table, fields)
    for name in (name for name, kind in fields.items() if kind is list):
        yield from (_not(name, entry, str) for entry in table.get(name, ()) if not isinstance(entry, str))
    for axis, shape in table.get("axes", {}).items():
        yield from _shape(f"axis {axis!r}", shape)
    for task, targets in table.get("tasks", {}).items():
        where = f"task {task!r}"
        if not isinstance(targets, dict):
            yield _not(where, targets, dict)
        for target, pulls in targets.items():
            yield from _pulls(f"{where}, {target!r}", pulls, of_pull)


def _shape(where: str, shape: Any) -> Iterator[str]:
    if not isinstance(shape, dict):
        yield _not(where, shape, dict)
    yield from _fields(f"{where}: ", shape, _kinds(Shape))
    try:
        Shape(**shape)
    except ValueError as error:
        yield f"{where}: {error}"


def _pulls(where: str, pulls: Any, fields: Mapping[str, type]) -> Iterator[str]:
    if not isinstance(pulls, list):
        yield _not(where, pulls, list)
    for pull in pulls:
        if not isinstance(pull, dict):
            yield _not(where, pull, dict)
        yield from _fields(f"{where}: ", pull, fields)
        if "axis" not in pull:
            yield f"{where}: {short(pull)} names no axis"
        if (sign := pull.get("sign", 1)) not in (-1, 1) or not isinstance(sign, int):
            yield f"{where}: sign is {short(sign)}, it must be 1 or -1"


def _fields(where: str, fields: Mapping[str, Any], known: Mapping[str, type]) -> Iterator[str]:
    for name, value in fields.items():
        if name not in known:
            yield where + unknown("field", name, known)
        elif not _is(value, known[name]):
            yield where + _not(name, value, known[name])


def _is(value: object, kind: type) -> bool:
    """A whole number is a number, too; `true` is none."""
    wanted = (int, float) if kind is float else kind
    return isinstance(value, wanted) and isinstance(value, bool) is (kind is bool)


def _not(what: str, value: object, kind: type) -> str:
    return f"{what} is {short(value)}, it must be {_WORDS[kind]}"
