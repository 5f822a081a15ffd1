"""Whether a session is being recorded right now: its recorder holds a lock on the file, which ends with its process."""

import sys
from pathlib import Path
from typing import Protocol

__all__ = ["claim", "is_recording"]


class _Open(Protocol):
    def fileno(self) -> int: ...


def claim(file: _Open) -> None:
    """Hold the lock for as long as this file is open; does nothing where the system or the disk has no such locks."""
    _locked(file)


def is_recording(path: Path) -> bool:
    """Whether a process is recording into this file; a kill -9 leaves no trace of it."""
    try:
        with path.open("rb") as file:
            return not _locked(file)
    except OSError:
        return False


def _locked(file: _Open) -> bool:
    """Lock the file, unless another one that is open has it."""
    # Windows refuses to delete or replace a file that is open, so nothing is lost without a lock there.
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (OSError, ValueError):
        return True
    return True
