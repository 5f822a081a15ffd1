"""What a user writes or keeps outside of sessions: the folder of settings, and TOML files that are read with bounds."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

__all__ = ["config_folder", "data_folder", "read_toml"]

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
    verb = "are" if what.endswith("s") else "is"
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise error(f"{what} {path} {verb} larger than {max_bytes} bytes")
    try:
        return msgspec.toml.decode(data.decode(), type=kind)
    except UnicodeDecodeError:
        raise error(f"{what} {path} {verb} not text (UTF-8)") from None
    except (msgspec.MsgspecError, RecursionError) as wrong:
        raise error(f"{what} {path} cannot be followed: {' '.join(str(wrong).split())}") from None
