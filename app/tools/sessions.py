"""List what was recorded."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mereq_teleop.sessions.listing import SessionSummary

__all__ = ["Sessions"]


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """List the recorded sessions."""

    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Print one line a session, oldest first."""
        from mereq_teleop.sessions.folder import default_root
        from mereq_teleop.sessions.listing import list_sessions

        root = self.sessions or default_root()
        found = list_sessions(root)
        if not found:
            print(f"no sessions in {root}")
        for summary in found:
            print(_line(summary))
        return 0


def _line(summary: "SessionSummary") -> str:
    """A session in one line."""
    if summary.problem and not summary.started_utc:
        return f"{summary.name}  {summary.state}: {summary.problem}"
    size = f"{summary.size_bytes / 1e6:.1f} MB"
    return (
        f"{summary.name}  {summary.started_utc[:16]}  {summary.method:<9} {summary.steps:>6} steps "
        f"{summary.human_steps:>5} by hand {summary.duration_s:>6.0f} s {size:>9}  {summary.state}"
        + (f": {summary.problem}" if summary.problem else "")
    )
