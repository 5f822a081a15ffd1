"""A file of scalars that TensorBoard opens, without what its own writers bring: torch, and 200 MB for the actor.

A file is a row of TFRecords (length, checksum of it, data, checksum of it), each an `Event` of TensorFlow's event.proto
with a `Summary` of one value. Checksums are CRC-32C (Castagnoli), masked.
"""

import struct
from pathlib import Path

__all__ = ["EventFile"]

POLYNOMIAL = 0x82F63B78
MASK_DELTA = 0xA282EAD8


def _table() -> tuple[int, ...]:
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ (POLYNOMIAL if entry & 1 else 0)
        entries.append(entry)
    return tuple(entries)


TABLE = _table()


def masked_crc(data: bytes) -> int:
    """The checksum of a TFRecord's parts."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF


def varint(number: int) -> bytes:
    """A protobuf number (not negative)."""
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*data, number))


def nested(field: int, data: bytes) -> bytes:
    """A protobuf field that holds bytes."""
    return varint(field << 3 | 2) + varint(len(data)) + data


class EventFile:
    """One run's scalars; every write goes to the file at once.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, folder: Path, time_s: float) -> None:
        """Make a file in a run's folder; `time_s` is the start, in seconds since the Unix epoch."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"events.out.tfevents.{int(time_s)}.mereq").open("ab", buffering=0)
        self._write(time_s, nested(3, b"brain.Event:2"))

    def add(self, tag: str, value: float, step: int, time_s: float) -> None:
        """One point of a curve.

        Raises:
            OSError: the file cannot be written.
        """
        point = nested(1, tag.encode()) + b"\x15" + struct.pack("<f", value)
        self._write(time_s, b"\x10" + varint(step) + nested(5, nested(1, point)))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, time_s: float, rest: bytes) -> None:
        event = b"\x09" + struct.pack("<d", time_s) + rest
        length = struct.pack("<Q", len(event))
        self._file.write(length + struct.pack("<I", masked_crc(length)) + event + struct.pack("<I", masked_crc(event)))
