"""Where a command's file may go: looked at before any work."""

from pathlib import Path

from mereq_teleop.app.errors import Usage

__all__ = ["check_folder"]


def check_folder(flag: str, path: Path) -> None:
    """See that the file's folder is there: a mistyped path shall not become a new one.

    Raises:
        Usage: it is not.
    """
    if not path.parent.is_dir():
        raise Usage(f"{flag} {path}: there is no folder {path.parent}: make it first, or choose another place")
