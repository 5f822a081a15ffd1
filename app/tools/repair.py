"""Mend recordings that were cut or damaged."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mereq_teleop.app.errors import Usage

__all__ = ["RepairSessions"]


@dataclass(frozen=True, kw_only=True)
class RepairSessions:
    """Make whole, indexed recordings of cut or damaged ones, and say what is lost."""

    session: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders or names of sessions, pieces of their names, or `last`: the newest, also if it has no step."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Repair each; 1 if one could not be."""
        from mereq_teleop.sessions.errors import SessionError
        from mereq_teleop.sessions.folder import default_root, find_session
        from mereq_teleop.sessions.repair import repair

        if not self.session:
            raise Usage("mereq sessions repair: name a session; `mereq sessions` lists them")
        root, failed = self.sessions or default_root(), False
        for folder in [find_session(root, name, newest=True) for name in self.session]:
            try:
                done = repair(folder)
            except SessionError as error:
                # One that cannot be repaired does not keep the others from it.
                print(f"error: {error}", file=sys.stderr)
                failed = True
                continue
            if not done.needed:
                print(f"{folder.name}: whole, nothing to repair")
                continue
            aside = f"; the damaged file is {done.kept.name}" if done.kept is not None else ""
            print(f"{folder.name}: {done.lost}; {done.steps} steps, {done.events} events are there{aside}")
        return int(failed)
