"""Tell of sessions on one page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mereq_teleop.app.errors import Usage

__all__ = ["Report"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """One self-contained HTML page about sessions: rates, effort, places, weights, policies; or compare them."""

    session: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders or names of sessions, pieces of names, or `last`."""
    compare: bool = False
    """Side by side on common axes instead of one after the other."""
    by: Literal["session", "method", "participant", "condition", "task"] | None = None
    """With --compare: sessions of one method, participant, condition or task make a group; each session by default."""
    evaluate: int | None = None
    """Drive each policy of the sessions again, on so many episodes of common seeds; not by default."""
    output: Path = Path("report.html")
    """Where the page goes; an older one is overwritten."""
    json: bool = False
    """Print the page's numbers as one JSON line too."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Write the page."""
        if self.by is not None and not self.compare:
            raise Usage(f"--by {self.by} groups what is compared: add --compare")
        if self.evaluate is not None and self.evaluate < 1:
            raise Usage(f"--evaluate is {self.evaluate}: it must be at least 1")
        from mereq_teleop.app.report.write import write_report
        from mereq_teleop.sessions.folder import default_root

        return write_report(
            self.session,
            root=self.sessions or default_root(),
            by=(self.by or "session") if self.compare else None,
            episodes=self.evaluate,
            output=self.output,
            json=self.json,
        )
