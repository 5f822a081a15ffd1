"""Whether a session is still being recorded: the recorder holds a lock on its file, which ends with its process."""

import sys
from pathlib import Path
from typing import Protocol

__all__ = ["hold", "is_running"]


class _Open(Protocol):
    def fileno(self) -> int: ...


def hold(file: _Open) -> None:
    """Lock an open recording until it is closed or its process ends; a file system without locks is left alone."""
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return


def is_running(recording: Path) -> bool:
    """Whether a process records into this file now; False where there is no such file, and where nobody can tell."""
    if sys.platform != "win32":
        import fcntl

        try:
            with recording.open("rb") as file:
                fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
    return False
