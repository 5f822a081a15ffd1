"""Reads the messages of an MCAP file in order, whole or cut, without trusting it."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

import zstandard
from mcap.exceptions import McapError
from mcap.records import Channel, Chunk, Header, McapRecord, Message, Metadata, Schema
from mcap.stream_reader import CRCValidationError, StreamReader, breakup_chunk

from mereq_teleop.sessions.errors import RecordingError

__all__ = ["DAMAGE", "MAX_RECORD_BYTES", "MessageStream", "RawMessage"]

MAX_RECORD_BYTES = 64 << 20
MAX_TOTAL_BYTES = 2 << 30
"""Of all chunks together, decompressed."""
DAMAGE = (McapError, CRCValidationError, ValueError, struct.error, zstandard.ZstdError, MemoryError)


class RawMessage(NamedTuple):
    """One message as it lies in the file."""

    topic: str
    time_ns: int
    """Of the log: it never goes back."""
    data: bytes
    publish_time_ns: int
    """Of the event itself."""


class CutError(Exception):
    """The file ends within a record."""


class ExactReads:
    """Reads exactly as many bytes as asked for, and asks the file for no more than it still has."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes.

        Raises:
            CutError: the file does not have so many any more.
            McapError: a record promises fewer than none.
        """
        if size < 0:
            raise McapError("a record is shorter than its own head")
        if size > self._left:
            raise CutError
        data = self._file.read(size)
        self._left -= len(data)
        if len(data) < size:
            raise CutError
        return data


class MessageStream:
    """The messages of one file; `metadata`, `schemas` and `cut` are filled while they are read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._total = 0
        self._channels: dict[int, str] = {}
        self._schemas: dict[int, Schema] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        """The file's metadata records by name."""
        self.schemas: dict[str, Schema] = {}
        """The schema of each topic."""
        self.cut = False
        """Whether the file ends before its end mark."""

    def __iter__(self) -> Iterator[RawMessage]:
        """Read on.

        Raises:
            RecordingError: the file cannot be read, is no MCAP file, or is damaged before its end.
        """
        try:
            with self._path.open("rb") as file:
                size = self._path.stat().st_size
                yield from self._messages(ExactReads(file, size))
        except CutError:
            self.cut = True
        except OSError as error:
            raise RecordingError(f"cannot read {self._path}: {error.strerror}") from None
        except DAMAGE as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise RecordingError(f"{self._path} is damaged or no recording: {said}") from None

    def _messages(self, file: ExactReads) -> Iterator[RawMessage]:
        reader = StreamReader(
            cast(IO[bytes], file),
            emit_chunks=True,
            validate_crcs=True,
            record_size_limit=MAX_RECORD_BYTES,
        )
        for record in reader.records:
            if isinstance(record, Chunk):
                for inner in self._unpacked(record):
                    yield from self._taken(inner)
            else:
                yield from self._taken(record)

    def _unpacked(self, chunk: Chunk) -> list[McapRecord]:
        self._total += chunk.uncompressed_size
        if chunk.uncompressed_size > MAX_RECORD_BYTES or self._total > MAX_TOTAL_BYTES:
            raise McapError(f"it unpacks to more than {MAX_TOTAL_BYTES} bytes, or a chunk of it to too many")
        if chunk.compression != "zstd":
            raise McapError(f"a chunk is compressed with {chunk.compression[:20]!r}, not 'zstd'")
        promised = zstandard.frame_content_size(chunk.data)
        if promised not in (-1, chunk.uncompressed_size):
            raise McapError(f"a chunk of {chunk.uncompressed_size} bytes unpacks to {promised}")
        return breakup_chunk(chunk, validate_crc=True)

    def _taken(self, record: McapRecord) -> Iterator[RawMessage]:
        if isinstance(record, Header) and record.profile != "mereq_teleop":
            raise McapError(f"its profile is {record.profile[:40]!r}, not 'mereq_teleop'")
        if isinstance(record, Metadata):
            self.metadata[record.name] = record.metadata
        elif isinstance(record, Schema):
            self._schemas[record.id] = record
        elif isinstance(record, Channel):
            self._channels[record.id] = record.topic
            if record.schema_id in self._schemas:
                self.schemas[record.topic] = self._schemas[record.schema_id]
        elif isinstance(record, Message):
            topic = self._channels.get(record.channel_id)
            if topic is None:
                raise McapError(f"a message of the unknown channel {record.channel_id}")
            yield RawMessage(topic, record.log_time, record.data, record.publish_time)
