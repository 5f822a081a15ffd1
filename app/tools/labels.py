"""Say something of sessions afterwards: tags and notes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from mereq_teleop.app.errors import Usage

if TYPE_CHECKING:
    from mereq_teleop.sessions.folder import SessionFolder

__all__ = ["AnnotateSession", "TagSession", "UntagSession"]


@dataclass(frozen=True, kw_only=True)
class TagSession:
    """Tag a recorded session; `mereq sessions --tag` finds it again."""

    session: Annotated[str, tyro.conf.Positional]
    """Folder or name of a session, a piece of its name, or `last`."""
    tags: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Words: letters, digits, and _ . + : -."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Add the tags."""
        from mereq_teleop.sessions.labels import tag

        if not self.tags:
            raise Usage("mereq sessions tag: give at least one tag")
        folder = _find(self.sessions, self.session)
        print(f"{folder.name}: {' '.join(tag(folder, self.tags).tags)}")
        return 0


@dataclass(frozen=True, kw_only=True)
class UntagSession:
    """Take tags from a recorded session."""

    session: Annotated[str, tyro.conf.Positional]
    """Folder or name of a session, a piece of its name, or `last`."""
    tags: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Tags that it has."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Take the tags away."""
        from mereq_teleop.sessions.labels import untag

        if not self.tags:
            raise Usage("mereq sessions untag: give at least one tag")
        folder = _find(self.sessions, self.session)
        print(f"{folder.name}: {' '.join(untag(folder, self.tags).tags) or 'no tags'}")
        return 0


@dataclass(frozen=True, kw_only=True)
class AnnotateSession:
    """Write a note on a recorded session; `mereq sessions` shows it."""

    session: Annotated[str, tyro.conf.Positional]
    """Folder or name of a session, a piece of its name, or `last`."""
    text: Annotated[str, tyro.conf.Positional]
    """The note, in quotes."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Add the note."""
        from datetime import UTC, datetime

        from mereq_teleop.sessions.labels import annotate

        folder = _find(self.sessions, self.session)
        notes = annotate(folder, self.text, datetime.now(UTC)).notes
        print(f"{folder.name}: {len(notes)} note{'s' * (len(notes) != 1)}")
        return 0


def _find(root: Path | None, name: str) -> "SessionFolder":
    from mereq_teleop.sessions.folder import default_root, find_session

    return find_session(root or default_root(), name)
