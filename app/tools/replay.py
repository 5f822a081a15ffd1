"""Go through a recording again."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import tyro

from mereq_teleop.app.errors import Usage

__all__ = ["Replay"]


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Watch a recorded session again and take over from any frame; or re-simulate and compare it bit by bit."""

    session: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    """Folder or name of a session, a piece of its name, or `last`; to verify, several of them, `all`, or a folder of
    sessions."""
    verify: bool = False
    """Open no window: step the simulator again by the executed actions, ask every policy again, compare."""
    policy: str | None = None
    """What another policy would have done, shown beside what was done: a version of the session, `prior` (the policy
    that it began with), or a path (.safetensors)."""
    at: str | None = None
    """Begin at so many seconds of world time (12.5s, 1:02.5), at rest."""
    step: int | None = None
    """Begin before this control step of the session, counted from 0, at rest."""
    scale: float | None = None
    """How large the window opens, and all in it: 1 is 1280 x 778 pixels, 2 twice that; the display's own by default."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Show it, or print what was verified; 1 if something differs."""
        if not self.session:
            raise Usage("mereq replay: session is missing: `last`, or one of `mereq sessions`; see mereq replay --help")
        return self._verify() if self.verify else self._watch()

    def _verify(self) -> int:
        from mereq_teleop.app.replay import sessions_named, verify_all, verify_session
        from mereq_teleop.sessions.folder import default_root

        for flag in ("policy", "at", "step", "scale"):
            value = getattr(self, flag)
            if value is not None:
                raise Usage(f"--{flag} is for the window: leave it out, or --verify")
        found = sessions_named(self.sessions or default_root(), self.session)
        one = len(found) == 1 and len(self.session) == 1 and self.session[0] != "all"
        return verify_session(found[0]) if one else verify_all(found)

    def _watch(self) -> int:
        from mereq_teleop.app.config import check_scale
        from mereq_teleop.app.operate import operate
        from mereq_teleop.app.replay_window import Stage, fork_config, place_of, watch_session
        from mereq_teleop.sessions.folder import default_root, find_session

        if len(self.session) > 1:
            raise Usage(f"mereq replay: a window shows one session, not {len(self.session)}; or add --verify")
        check_scale(self.scale)
        stage = Stage(find_session(self.sessions or default_root(), self.session[0]), self.policy)
        point = watch_session(stage, place_of(stage, self.at, self.step), self.scale)
        if point is None:
            return 0
        return operate(replace(fork_config(stage, point), scale=self.scale), ["mereq", "replay", *sys.argv[2:]])
