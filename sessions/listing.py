"""What sessions there are: one line each, read from the ends of their recordings."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec
from mcap.reader import SeekingReader

from mereq_teleop.sessions.claim import is_recording
from mereq_teleop.sessions.errors import SessionError
from mereq_teleop.sessions.events import Topic
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.labels import read_labels
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.removal import size_of
from mereq_teleop.sessions.stream import DAMAGE, MAX_RECORD_BYTES, MessageStream

__all__ = ["SessionState", "SessionSummary", "list_sessions"]


class SessionState(StrEnum):
    """How a session's recording ended."""

    COMPLETE = "complete"
    CUT = "cut"
    """Killed, or out of disk."""
    BROKEN = "broken"
    RECORDING = "recording"
    """Being recorded right now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One line of `mereq sessions`."""

    name: str
    state: SessionState
    started_utc: str = ""
    """ISO 8601."""
    task: str = ""
    method: str = ""
    steps: int = 0
    human_steps: int = 0
    duration_s: float = 0.0
    size_bytes: int = 0
    """Of the recording."""
    disk_bytes: int = 0
    """Of everything in the session's folder."""
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What people wrote of it."""
    parent: str = ""
    """The session that it resumes or forks; empty if none."""
    problem: str = ""
    """What is wrong with a broken or stopped one."""


class _Who(msgspec.Struct):
    authority: Authority


class _Step(msgspec.Struct):
    """As little of a transition as must be decoded to count it."""

    decision: _Who


def list_sessions(root: Path) -> tuple[SessionSummary, ...]:
    """All sessions of a root, oldest first; what cannot be read is listed as broken.

    Raises:
        FolderError: the root itself cannot be listed.
    """
    return tuple(_summary(folder) for folder in sessions_in(root))


def _summary(folder: SessionFolder) -> SessionSummary:
    disk = size_of(folder.path)
    try:
        config = folder.read_config()
        labels = read_labels(folder)
        # Asked before the end is looked for, so that one that ends meanwhile is not called cut.
        running = is_recording(folder.recording)
        found = _ended(folder) or _scanned(folder)
        size = folder.recording.stat().st_size
    except (SessionError, OSError) as error:
        return SessionSummary(name=folder.name, state=SessionState.BROKEN, problem=str(error), disk_bytes=disk)
    if running:
        found.state = SessionState.RECORDING
    return SessionSummary(
        name=folder.name,
        started_utc=config.started_utc,
        task=config.task,
        method=config.method,
        size_bytes=size,
        disk_bytes=disk,
        tags=labels.tags,
        notes=tuple(remark.text for remark in labels.notes),
        parent=config.parent or "",
        **msgspec.structs.asdict(found),
    )


class _Found(msgspec.Struct):
    state: SessionState
    steps: int
    human_steps: int
    duration_s: float
    problem: str = ""


def _ended(folder: SessionFolder) -> _Found | None:
    """From the summary at the file's end; None if there is none to be trusted."""
    try:
        with folder.recording.open("rb") as file:
            reader = SeekingReader(file, validate_crcs=True, record_size_limit=MAX_RECORD_BYTES)
            summary = reader.get_summary()
            if summary is None or summary.statistics is None:
                return None
            metadata = {record.name: record.metadata for record in reader.iter_metadata()}
        span_ns = summary.statistics.message_end_time - summary.statistics.message_start_time
        fault = metadata.get("fault", {}).get("fault", "")
        return _Found(
            state=SessionState.CUT if fault else SessionState.COMPLETE,
            steps=int(metadata["tally"]["steps"]),
            human_steps=int(metadata["tally"]["human_steps"]),
            duration_s=span_ns / 1e9,
            problem=fault,
        )
    except (*DAMAGE, OSError, KeyError, StopIteration):
        return None


def _scanned(folder: SessionFolder) -> _Found:
    """From every message that the file has."""
    decoder = msgspec.json.Decoder(_Step)
    stream = MessageStream(folder.recording)
    steps = human_steps = first_ns = last_ns = 0
    for message in stream:
        first_ns, last_ns = first_ns or message.time_ns, message.time_ns
        if message.topic == Topic.TRANSITION:
            steps += 1
            try:
                human_steps += decoder.decode(message.data).decision.authority is Authority.HUMAN
            except (msgspec.MsgspecError, RecursionError) as error:
                raise SessionError(f"{folder.recording} is damaged: {error}") from None
    state = SessionState.CUT if stream.cut else SessionState.COMPLETE
    return _Found(state=state, steps=steps, human_steps=human_steps, duration_s=(last_ns - first_ns) / 1e9)
