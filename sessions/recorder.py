"""Writes a session's recording in the background: the control loop only puts records into a queue."""

import io
import os
import threading
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

import msgspec
from mcap.writer import CompressionType, Writer

from mereq_teleop.sessions.chunk_log import ChunkLog
from mereq_teleop.sessions.claim import claim
from mereq_teleop.sessions.config import SessionHeader
from mereq_teleop.sessions.errors import FolderError
from mereq_teleop.sessions.records import Authority, Record, Transition
from mereq_teleop.sessions.schema import schema_of
from mereq_teleop.sessions.sink import Sink

__all__ = ["MAX_WAITING", "Recorder", "RecordingState"]

MAX_WAITING = 50_000
"""Records in the queue before a disk that does not answer stops the recording."""
CLOSE_TIMEOUT_S = 10.0


class RecordingState(StrEnum):
    """Whether the session is being recorded."""

    RECORDING = "recording"
    STOPPED = "stopped"
    """By a fault: what was written before it is intact."""
    CLOSED = "closed"


class Recorder:
    """Records one session; no method but the constructor raises or waits for the disk (`close` waits ten seconds).

    Every half second a thread encodes what has come and writes it out as one compressed chunk, so a kill loses less
    than a second. It does not call fsync meanwhile: on a slow disk that would stretch the half second.
    """

    def __init__(
        self,
        file: io.RawIOBase,
        header: SessionHeader,
        *,
        name: str = "the recording",
        flush_interval_s: float = 0.5,
    ) -> None:
        """Write the header to an empty, unbuffered file and start the thread.

        Raises:
            FolderError: the header cannot be written.
        """
        self.fault = ""
        """Why the recording stopped, in one line; empty while it has not."""
        self._state = RecordingState.RECORDING
        self._name = name
        self._interval_s = flush_interval_s
        self._queue: deque[tuple[str, Record, int]] = deque()
        self._channels: dict[str, int] = {}
        self._encoder = msgspec.json.Encoder()
        self._last_ns = 0
        self._steps = 0
        self._human_steps = 0
        self._sink = Sink(file)
        # Any: half of mcap's methods carry no annotations.
        self._writer: Any = cast(
            Any, Writer(cast(IO[Any], self._sink), compression=CompressionType.ZSTD, enable_data_crcs=True)
        )
        # The writer's own list; a version that calls it otherwise keeps objects, and the recording is the same.
        self._writer._Writer__chunk_indices = ChunkLog()
        try:
            self._writer.start("mereq_teleop", f"mereq_teleop {version('mereq-teleop')}")
            self._writer.add_metadata("session", {"header": msgspec.json.encode(header).decode()})
            self._writer.flush()
        except OSError as error:
            file.close()
            raise FolderError(f"cannot write {name}: {error.strerror}") from None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @classmethod
    def create(cls, path: Path, header: SessionHeader) -> Self:
        """Record into a new file.

        Raises:
            FolderError: the file cannot be made, or exists.
        """
        try:
            file = path.open("xb", buffering=0)
        except OSError as error:
            raise FolderError(f"cannot make {path}: {error.strerror}") from None
        claim(file)
        return cls(file, header, name=str(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def state(self) -> RecordingState:
        """Whether the session is being recorded."""
        return self._state

    def write(self, topic: str, record: Record, time_ns: int) -> None:
        """Record something; never waits, never raises, does nothing once the recording has stopped.

        Args:
            topic: One of `Topic`, or another room's own; each holds one type of record.
            record: What happened.
            time_ns: When, nanoseconds since the Unix epoch; a clock set back is evened out.
        """
        if self._state is not RecordingState.RECORDING:
            return
        if len(self._queue) >= MAX_WAITING:
            self._stop("the disk does not keep up")
            return
        self._queue.append((topic, record, time_ns))

    def close(self) -> None:
        """Write what waits and the file's end; a recording that had stopped tries once more to write it."""
        self._closing.set()
        self._thread.join(CLOSE_TIMEOUT_S)
        if self._thread.is_alive():
            self._stop("the disk does not answer")
        elif self._state is RecordingState.RECORDING:
            self._state = RecordingState.CLOSED

    def _run(self) -> None:
        while not self._closing.wait(self._interval_s):
            if self._state is RecordingState.RECORDING:
                self._guarded(self._drain)
        if self._state is RecordingState.RECORDING:
            self._guarded(self._drain)
        self._guarded(self._finish)
        self._queue.clear()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            self._stop(error.strerror or str(error))
        except Exception as error:
            # The loop drives on whatever happens here; the fault is shown instead.
            self._stop(f"{type(error).__name__}: {error}")

    def _stop(self, cause: str) -> None:
        self._state = RecordingState.STOPPED
        self.fault = self.fault or f"recording stopped: {cause}; what was recorded before is in {self._name}"

    def _drain(self) -> None:
        # No more than what waits now, or a fast producer would keep the chunk from ever being written.
        for _ in range(len(self._queue)):
            topic, record, time_ns = self._queue.popleft()
            channel = self._channels.get(topic) or self._register(topic, record)
            self._last_ns = max(self._last_ns, time_ns)
            self._writer.add_message(channel, self._last_ns, self._encoder.encode(record), time_ns)
            if isinstance(record, Transition):
                self._steps += 1
                self._human_steps += record.decision.authority is Authority.HUMAN
        self._writer.flush()

    def _register(self, topic: str, record: Record) -> int:
        name = f"mereq_teleop.{type(record).__name__}"
        schema = self._writer.register_schema(name, "jsonschema", schema_of(record))
        self._channels[topic] = self._writer.register_channel(topic, "json", schema)
        return self._channels[topic]

    def _finish(self) -> None:
        tally = {"steps": str(self._steps), "human_steps": str(self._human_steps)}
        if self.fault:
            self._writer.add_metadata("fault", {"fault": self.fault})
        self._writer.add_metadata("tally", tally)
        self._writer.finish()
        try:
            self._sink.flush()
            os.fsync(self._sink.fileno())
        finally:
            self._sink.close()
