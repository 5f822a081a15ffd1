"""Where a command's file may go, looked at before any work; and how it gets there, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mereq_teleop.app.errors import Usage

__all__ = ["check_ending", "check_folder", "drafted"]


def check_ending(flag: str, path: Path, kind: str, ending: str) -> None:
    """See that the file's name ends as its kind does, in capitals or not.

    Raises:
        Usage: it does not.
    """
    if path.suffix.lower() != ending:
        raise Usage(f"{flag} {path} is no name of {kind}: let it end in {ending}")


def check_folder(flag: str, path: Path) -> None:
    """See that the file's folder is there: a mistyped path shall not become a new one.

    Raises:
        Usage: it is not.
    """
    if not path.parent.is_dir():
        raise Usage(f"{flag} {path}: there is no folder {path.parent}: make it first, or choose another place")


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place once it is whole; what fails or is broken off leaves none behind."""
    draft = path.with_name(path.name + ".part")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
