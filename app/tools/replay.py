"""Go through a recording again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mereq_teleop.app.errors import Usage

__all__ = ["Replay"]


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Re-simulate a recorded session and compare it bit by bit with its recording."""

    session: Annotated[str, tyro.conf.Positional]
    """Folder or name of a session, a piece of its name, or `last`."""
    verify: bool = False
    """Step the simulator again by the executed actions, ask every policy again, compare."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Print what was verified; 1 if something differs."""
        from mereq_teleop.app.replay import verify_session
        from mereq_teleop.sessions.folder import default_root, find_session

        found = find_session(self.sessions or default_root(), self.session)
        if not self.verify:
            raise Usage("mereq replay has no window yet: add --verify")
        return verify_session(found)
