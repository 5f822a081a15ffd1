"""Tell of sessions on one page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

__all__ = ["Report"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """One self-contained HTML page about sessions: rates, effort, places, weights, policies; or compare them."""

    session: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders or names of sessions, pieces of names, or `last`."""
    compare: bool = False
    """Side by side on common axes instead of one after the other."""
    by: Literal["session", "method", "participant", "task"] = "session"
    """What is compared: sessions together make a group by this."""
    output: Path = Path("report.html")
    """Where the page goes; an older one is overwritten."""
    json: bool = False
    """Print the page's numbers as one JSON line too."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Write the page."""
        from mereq_teleop.app.report.write import write_report
        from mereq_teleop.sessions.folder import default_root

        return write_report(
            self.session,
            root=self.sessions or default_root(),
            by=self.by if self.compare else None,
            output=self.output,
            json=self.json,
        )
