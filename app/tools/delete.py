"""Delete recorded sessions."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mereq_teleop.app.errors import Usage

__all__ = ["DeleteSessions"]


@dataclass(frozen=True, kw_only=True)
class DeleteSessions:
    """Delete recorded sessions for ever; asks before it does."""

    session: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders or names of sessions, pieces of their names, or `last`: the newest, also if it has no step."""
    yes: bool = False
    """Do not ask."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Delete them; 1 if the answer is no."""
        from mereq_teleop.sessions.folder import default_root, find_session
        from mereq_teleop.sessions.removal import check_removable, remove, size_of

        if not self.session:
            raise Usage("mereq sessions delete: name a session; `mereq sessions` lists them")
        root = self.sessions or default_root()
        named = (find_session(root, name, newest=True) for name in self.session)
        found = list({folder.path: folder for folder in named}.values())
        # All are looked at before the first is gone.
        for folder in found:
            check_removable(folder, root)
        for folder in found:
            print(f"{folder.name}  {size_of(folder.path) / 1e6:.1f} MB")
        if not self.yes and not _agreed(len(found)):
            print("nothing was deleted")
            return 1
        for folder in found:
            remove(folder, root)
        print(f"deleted {len(found)} session{'s' * (len(found) != 1)}")
        return 0


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        raise Usage("nobody can be asked, standard input is no terminal: add --yes to delete them")
    answer = input(f"delete {'it' if count == 1 else f'these {count} sessions'} for ever? [y/N] ")
    return answer.strip().lower() in ("y", "yes")
