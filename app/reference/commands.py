"""The page of every command: its flags, what each takes, its default, what it means."""

import dataclasses
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import tyro

from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.reference.markdown import code, prose, table
from mereq_teleop.app.reference.source import fields_of
from mereq_teleop.app.tools.table import TOOLS

__all__ = ["body"]

_WORDS = {str: "TEXT", int: "INTEGER", float: "NUMBER", Path: "PATH"}


@dataclasses.dataclass(frozen=True, slots=True)
class _Flag:
    """One argument of a command."""

    name: str
    """As it is typed; a positional one in capitals."""
    takes: str
    default: str
    said: str
    positional: bool


def body() -> str:
    """Both programs and all commands of `mereq`."""
    told = [
        "`mereq-teleop` is the operator's application, `mereq` everything around it. Both are in `.venv/bin` after "
        "`make run`, and on the path after `pip install`. Each takes `--help`; `mereq --help` lists the commands.",
        "Exit codes: 0 done, 1 failed, 2 wrong usage (one line on standard error says what was wrong), 130 interrupted "
        "(everything is saved).",
        table(
            ("command", "does"),
            [_line("mereq-teleop", OperateConfig), *(_line(f"mereq {it}", TOOLS[it]) for it in TOOLS)],
        ),
        _section("mereq-teleop", OperateConfig),
        *(_section(f"mereq {name}", tool) for name, tool in TOOLS.items()),
    ]
    return "\n\n".join(part.strip() for part in told)


def _line(program: str, config: type) -> tuple[str, str]:
    return f"[`{program}`](#{program.replace(' ', '-')})", (config.__doc__ or "").splitlines()[0]


def _section(program: str, config: type) -> str:
    flags = _flags(config)
    typed = [flag.takes for flag in flags if flag.positional]
    usage = " ".join([program, *typed, *(["[FLAGS]"] if len(flags) > len(typed) else [])])
    said = prose(config.__doc__).split("\nRaises:")[0].strip()
    rows = [(code(flag.name), code(flag.takes), code(flag.default), flag.said) for flag in flags]
    return f"## {program}\n\n{said}\n\n```text\n{usage}\n```\n\n{table(('flag', 'takes', 'default', 'meaning'), rows)}"


def _flags(config: type) -> list[_Flag]:
    kinds = get_type_hints(config, include_extras=True)
    said = {field.name: field.said for field in fields_of(config)}
    fields = dataclasses.fields(config)
    return [_flag(field, kinds[field.name], said.get(field.name, "")) for field in fields if field.init]


def _flag(field: "dataclasses.Field[Any]", kind: Any, said: str) -> _Flag:
    marks: tuple[Any, ...] = ()
    if get_origin(kind) is Annotated:
        kind, *rest = get_args(kind)
        marks = tuple(rest)
    positional = tyro.conf.Positional in marks
    name = field.name.replace("_", "-")
    shown = field.name.upper() if positional else f"--{name}"
    short = [alias for mark in marks for alias in getattr(mark, "aliases", None) or ()]
    if kind is bool and not positional:
        shown = f"--{name}, --no-{name}"
    takes = _takes(kind)
    if positional:
        takes = f"{shown}..." if takes.endswith("...") else shown
        takes = takes if field.default is dataclasses.MISSING else f"[{takes}]"
    default = _default(field.default)
    return _Flag(", ".join([shown, *short]), takes, default, said, positional)


def _takes(kind: Any) -> str:
    """What is typed after a flag; empty for one that stands alone."""
    if kind is bool:
        return ""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ", ".join(map(str, inner))
    if origin in (Union, UnionType):
        return " or ".join(_takes(one) for one in inner if one is not NoneType)
    if origin is tuple:
        return f"{_takes(inner[0])} ..."
    return _WORDS.get(kind, getattr(kind, "__name__", str(kind)).upper())


def _default(value: Any) -> str:
    """As it would be typed; empty where there is none, or where the meaning says what happens without the flag."""
    if value is dataclasses.MISSING or value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return str(value)
