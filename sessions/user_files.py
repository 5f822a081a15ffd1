"""Files that people or other programs may have written: the user's folder of settings, and readers with bounds."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

__all__ = ["config_folder", "data_folder", "decode_json", "read_bounded", "read_json", "read_toml"]

Kind = TypeVar("Kind")


def config_folder() -> Path:
    """The user's own folder of settings."""
    return _chosen("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME", ".config")


def data_folder() -> Path:
    """Where what the user makes is kept."""
    return _chosen("XDG_DATA_HOME", ".local/share")


def _chosen(variable: str, usual: str) -> Path:
    """Our folder in the one that the environment names; a relative one does not count (XDG base directories)."""
    chosen = Path(os.environ.get(variable, ""))
    return (chosen if chosen.is_absolute() else Path.home() / usual) / "mereq-teleop"


def read_toml(path: Path, kind: type[Kind], what: str, error: type[Exception], max_bytes: int) -> Kind:
    """A TOML file as one of our types; `what` is its name in the words of a refusal.

    Raises:
        OSError: the file cannot be read.
        Exception: `error`, where it is too large, no text, or none of that type.
    """
    data = read_bounded(path, what, error, max_bytes)
    try:
        return msgspec.toml.decode(data.decode(), type=kind)
    except UnicodeDecodeError:
        raise error(f"{what} {path} {_is(what)} not text (UTF-8)") from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as wrong:
        raise error(f"{what} {path} cannot be followed: {_line(wrong)}") from None


def read_json(path: Path, kind: type[Kind], what: str, error: type[Exception], max_bytes: int) -> Kind:
    """The same of a JSON file.

    Raises:
        OSError: the file cannot be read.
        Exception: `error`, where it is too large, no text, too deep, or none of that type.
    """
    return decode_json(read_bounded(path, what, error, max_bytes), kind, f"{what} {path} cannot be followed", error)


def read_bounded(path: Path, what: str, error: type[Exception], max_bytes: int) -> bytes:
    """All of a file that is not larger than it may be; more of it is never read.

    Raises:
        OSError: the file cannot be read.
        Exception: `error`, where it is too large.
    """
    with path.open("rb") as file:
        # Room is taken for as much as is asked for; a pipe has no size.
        size = os.fstat(file.fileno()).st_size or max_bytes
        data = file.read(min(size, max_bytes) + 1)
    if len(data) > max_bytes:
        raise error(f"{what} {path} {_is(what)} larger than {max_bytes} bytes")
    return data


def decode_json(data: bytes, kind: type[Kind], said: str, error: type[Exception]) -> Kind:
    """JSON as one of our types; a refusal begins with what is `said` here.

    Raises:
        Exception: `error`, where it is no text, none of that type, or nested deeper than Python's recursion goes.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as wrong:
        raise error(f"{said}: {_line(wrong)}") from None


def _is(what: str) -> str:
    return "are" if what.endswith("s") else "is"


def _line(wrong: Exception) -> str:
    return " ".join(str(wrong).split()) or type(wrong).__name__
