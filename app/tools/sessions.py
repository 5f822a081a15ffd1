"""List what was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mereq_teleop.app.errors import Usage
from mereq_teleop.envs.errors import unknown

if TYPE_CHECKING:
    from mereq_teleop.sessions.listing import SessionSummary

__all__ = ["Sessions"]

_HEAD = ("session", "started (UTC)", "method", "steps", "by hand", "time", "disk", "state", "tags")
_TO_THE_RIGHT = ("steps", "by hand", "time", "disk")


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """List the recorded sessions; `sessions tag`, `annotate`, `delete` and `repair` work on them."""

    task: str | None = None
    """Only those of this task, by any key or gymnasium id."""
    method: str | None = None
    """Only those that learned by this method."""
    tag: str | None = None
    """Only those with this tag."""
    since: str | None = None
    """Only those that began on this day (UTC, YYYY-MM-DD) or later."""
    json: bool = False
    """One JSON object a line, a session each, instead of the table."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Print one line a session, oldest first."""
        from mereq_teleop.sessions.folder import default_root
        from mereq_teleop.sessions.listing import list_sessions

        root = self.sessions or default_root()
        fits = self._filters()
        every = list_sessions(root)
        self._check_method({summary.method for summary in every})
        found = [summary for summary in every if fits(summary)]
        if self.json:
            import msgspec

            for summary in found:
                print(msgspec.json.encode(summary).decode())
        elif not found:
            print(
                f"no sessions in {root}" if not every else f"none of the {len(every)} sessions in {root} is such a one"
            )
        else:
            _print(found)
        return 0

    def _check_method(self, recorded: set[str]) -> None:
        """Refuse a method that nobody knows and no session, of an older version perhaps, was learned by."""
        from mereq_teleop.agents.learner import METHODS

        if self.method is not None and self.method not in {*METHODS, *recorded}:
            raise Usage(unknown("method", self.method, METHODS))

    def _filters(self) -> "_Filter":
        from mereq_teleop.envs import card

        try:
            since = None if self.since is None else date.fromisoformat(self.since).isoformat()
        except ValueError:
            raise Usage(f"--since is {self.since!r}: wanted a day such as 2026-01-31") from None
        return _Filter(None if self.task is None else card(self.task).name, self.method, self.tag, since)


@dataclass(frozen=True, slots=True)
class _Filter:
    task: str | None
    method: str | None
    tag: str | None
    since: str | None

    def __call__(self, summary: "SessionSummary") -> bool:
        return (
            self.task in (None, summary.task)
            and self.method in (None, summary.method)
            and (self.tag is None or self.tag in summary.tags)
            and (self.since is None or summary.started_utc[:10] >= self.since)
        )


def _print(found: "Sequence[SessionSummary]") -> None:
    """A table whose columns are as wide as they must be, and what all of it takes on the disk."""
    rows = [_HEAD, *(_row(summary) for summary in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for index, row in enumerate(rows):
        cells = (
            f"{cell:>{width}}" if name in _TO_THE_RIGHT else f"{cell:<{width}}"
            for name, cell, width in zip(_HEAD, row, widths, strict=True)
        )
        print("  ".join(cells).rstrip())
        if index:
            summary = found[index - 1]
            for more in (*filter(None, (summary.problem,)), *summary.notes):
                print(f"    {more}")
    count = f"{len(found)} session{'s' * (len(found) != 1)}"
    print(f"{count}, {_size(sum(summary.disk_bytes for summary in found))} on disk")


def _row(summary: "SessionSummary") -> tuple[str, ...]:
    known = bool(summary.started_utc)
    return (
        summary.name,
        summary.started_utc[:16].replace("T", " "),
        summary.method,
        str(summary.steps) if known else "",
        str(summary.human_steps) if known else "",
        f"{summary.duration_s:.0f} s" if known else "",
        _size(summary.disk_bytes),
        str(summary.state),
        " ".join(summary.tags),
    )


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
