"""What happened in a study: an append-only file of JSON lines, from which a study knows where to go on."""

import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.user_files import read_bounded

__all__ = ["Answer", "Began", "Cut", "Done", "Event", "Opened", "StudyLog", "now_utc", "read_log"]

MAX_BYTES = 64 * 2**20
"""Each opening keeps the study's file, a quarter of a megabyte at most; the rest is some hundred bytes a step."""

Answer = int | str
"""A point of a scale, or the words of a choice."""


class Opened(Record, tag="opened"):
    """The study began, or its file was amended: from here on this is what it says."""

    time_utc: str
    digest: str
    content: dict[str, Any]
    """The file's canonical content."""
    unattended: bool
    """Whether simulated experts take part instead of people."""


class Began(Record, tag="began"):
    """A participant came to a step; without an end it was interrupted."""

    time_utc: str
    participant: str
    step: str
    attempt: int
    """From 1."""


class Done(Record, tag="done"):
    """A participant has a step behind them."""

    time_utc: str
    participant: str
    step: str
    attempt: int
    session: str = ""
    """Name of the session, if the step has one."""
    answers: dict[str, Answer] = msgspec.field(default_factory=dict)
    """Of a questionnaire; empty where it was left out."""


class Cut(Record, tag="cut"):
    """A step was interrupted in the middle, and is to be done again."""

    time_utc: str
    participant: str
    step: str
    attempt: int
    session: str = ""
    """Name of what was recorded of it; it is kept and counts for nothing."""


Event = Opened | Began | Done | Cut


def read_log(path: Path) -> tuple[Event, ...]:
    """Every event of the file; a last line without its end was never finished, and is none. No file has no events.

    Raises:
        AppError: the file cannot be read, or another line is no event.
    """
    try:
        data = read_bounded(path, "the study's log", AppError, MAX_BYTES) if path.exists() else b""
    except OSError as error:
        raise AppError(f"cannot read the study's log {path}: {error.strerror}") from None
    lines = data.split(b"\n")[:-1]
    decoder = msgspec.json.Decoder(Event)
    events: list[Event] = []
    for number, line in enumerate(lines, 1):
        try:
            events.append(decoder.decode(line))
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise AppError(
                f"{path}, line {number} is no event of a study ({' '.join(str(error).split())}): restore the file"
            ) from None
    return tuple(events)


class StudyLog:
    """The log of a study that goes on: what it holds, and a way to add to it."""

    def __init__(self, path: Path) -> None:
        """Open the log, or make it; until it is closed nobody else can.

        Raises:
            Usage: another process has it open.
            AppError: it cannot be read or written.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
        except OSError as error:
            raise AppError(f"cannot write the study's log {path}: {error.strerror}") from None
        try:
            _lock(self._file, path)
            self.events = list(read_log(path))
            # What a kill left of a line would spoil the next one.
            data = read_bounded(path, "the study's log", AppError, MAX_BYTES)
            os.truncate(path, data.rfind(b"\n") + 1)
        except OSError as error:
            self._file.close()
            raise AppError(f"cannot write the study's log {path}: {error.strerror}") from None
        except (AppError, Usage):
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, event: Event) -> None:
        """Append one event; it is on the disk when this returns.

        Raises:
            AppError: it cannot be written.
        """
        try:
            self._file.write(msgspec.json.encode(event) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise AppError(f"cannot write the study's log {self.path}: {error.strerror}") from None
        self.events.append(event)


def now_utc() -> str:
    """The time of day, as events have it (ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _lock(file: IO[bytes], path: Path) -> None:
    if os.name == "nt":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Usage(
            f"another mereq study writes {path}: wait until it is done, or give this one its --folder"
        ) from None
