"""The index of a recording's chunks while it is being written: bytes, not objects."""

from collections.abc import Iterator
from typing import Any

from mcap.data_stream import RecordBuilder
from mcap.records import ChunkIndex

__all__ = ["ChunkLog"]


class ChunkLog:
    """Stands for the writer's list of chunk indexes.

    Two chunks are written each second, for hours: as objects they would take 6 MB an hour, as the bytes that they are
    to be at the file's end about a sixth of that.
    """

    def __init__(self) -> None:
        # Any: it carries no annotations.
        self._builder: Any = RecordBuilder()
        self.data = bytearray()
        """The records, one after the other."""

    def append(self, index: ChunkIndex) -> None:
        """One more chunk was written."""
        index.write(self._builder)
        self.data += self._builder.end()

    def __iter__(self) -> Iterator["ChunkLog"]:
        """All of them at once, as something that writes itself."""
        yield self

    def write(self, stream: RecordBuilder) -> None:
        """Write all the records."""
        stream.write(self.data)
