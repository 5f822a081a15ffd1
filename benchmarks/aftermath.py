"""What a session that went through faults left behind: counted from its recording and its learner's store."""

import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from mereq_teleop.app.replay import TYPES
from mereq_teleop.sessions.events import Note
from mereq_teleop.sessions.reader import read_recording

__all__ = ["HEAD", "Aftermath", "frames_of", "look"]

HEAD = (
    "| fault | times | segments made | stored | twice | lost | wrong swaps | frames, p99, over 20 ms "
    "| noticed after | learning again after | remark |\n|---|---|---|---|---|---|---|---|---|---|---|"
)
BACK = re.compile(r"the learner is back after ([0-9.]+) s")
FRAMES = re.compile(r"(\d+) frames: .* p99 ([0-9.]+) ms, .* (\d+) over")
GONE = "the learner is gone"


@dataclass(frozen=True)
class Aftermath:
    """One scenario's counts."""

    row: str
    """Of the table."""
    wrong: int
    """Segments lost or stored twice, and swaps to an older policy."""


def look(
    folder: Path,
    what: str,
    times: int,
    *,
    faults_s: Sequence[float] = (),
    store: Path | None = None,
    remark: str = "",
    whole: bool = True,
) -> Aftermath:
    """Count.

    Args:
        folder: The session's.
        what: The fault.
        times: How often it happened.
        faults_s: When it happened (seconds of the day's clock), where that is known.
        store: The learner's store, where it is not in the session's folder.
        remark: More for the table.
        whole: Whether all must be stored; a full disk stores what it can.
    """
    recording = read_recording(folder / "session.mcap", TYPES)
    made = [segment.id for segment in recording.segments]
    with closing(sqlite3.connect(store or folder / "learner" / "segments.sqlite")) as connection:
        stored = Counter(key for (key,) in connection.execute("SELECT key FROM stream WHERE kind = 'Segment'"))
    twice = sum(stored.values()) - len(stored)
    lost = len(set(made) - set(stored))
    versions = [swap.version for swap in recording.swaps if not swap.reason]
    backwards = sum(after < before for before, after in pairwise(versions))
    notes = [
        (logged.time_ns / 1e9, logged.record.text) for logged in recording.timeline if isinstance(logged.record, Note)
    ]
    back = [float(found[1]) for _, text in notes if (found := BACK.fullmatch(text))]
    gone_s = [when for when, text in notes if text.startswith(GONE)]
    late = [min((when - fault for when in gone_s if when >= fault), default=float("inf")) for fault in faults_s]
    cells = (
        what,
        times,
        len(made),
        len(stored),
        twice,
        lost,
        backwards,
        _frames(notes),
        _spread(late if gone_s else []),
        _spread(back),
        " ".join(filter(None, (remark, recording.loss))),
    )
    return Aftermath("| " + " | ".join(map(str, cells)) + " |", (twice + lost if whole else 0) + backwards)


def frames_of(folder: Path) -> str:
    """How many frames a session had, the 99th percentile of their intervals, and how many were late."""
    timeline = read_recording(folder / "session.mcap", TYPES).timeline
    return _frames([(0.0, logged.record.text) for logged in timeline if isinstance(logged.record, Note)])


def _frames(notes: list[tuple[float, str]]) -> str:
    found = next((found for _, text in notes if (found := FRAMES.search(text))), None)
    return "-" if found is None else f"{found[1]}, {found[2]} ms, {found[3]}"


def _spread(seconds: list[float]) -> str:
    """Median and worst."""
    return f"{median(seconds):.1f} s, worst {max(seconds):.1f} s ({len(seconds)})" if seconds else "-"
