"""Deleting sessions: only whole ones, only in the sessions' own root, and never one that is being recorded."""

import shutil
from pathlib import Path

from mereq_teleop.sessions.claim import is_recording
from mereq_teleop.sessions.errors import FolderError, RemovalError
from mereq_teleop.sessions.folder import SessionFolder

__all__ = ["check_removable", "remove", "size_of"]


def check_removable(folder: SessionFolder, root: Path) -> None:
    """Say why a session cannot be deleted, if it cannot.

    Raises:
        RemovalError: it does not lie in the root, is no session, or is being recorded.
    """
    path = folder.path
    if path.is_symlink() or path.resolve().parent != root.resolve():
        raise RemovalError(f"{path} does not lie in {root}: name its root with --sessions, or delete it by hand")
    if not (path / "config.json").is_file() and not folder.recording.is_file():
        raise RemovalError(f"{path} is no session: it has neither config.json nor session.mcap; delete it by hand")
    if is_recording(folder.recording):
        raise RemovalError(f"{folder.name} is being recorded: end it first")


def remove(folder: SessionFolder, root: Path) -> None:
    """Delete a session and all that is in its folder.

    Raises:
        RemovalError: it may not be deleted.
        FolderError: the disk refuses.
    """
    check_removable(folder, root)
    try:
        # Renamed first, so that a deletion that is cut short leaves nothing that looks like a session.
        gone = folder.path.rename(root / f".{folder.name}.deleted")
        shutil.rmtree(gone)
    except OSError as error:
        raise FolderError(f"cannot delete {folder.path}: {error.strerror}") from None


def size_of(path: Path) -> int:
    """Bytes of all files in a folder; what cannot be read counts nothing."""
    total = 0
    for entry in path.rglob("*"):
        try:
            if entry.is_file() and not entry.is_symlink():
                total += entry.stat().st_size
        except OSError:
            continue
    return total
