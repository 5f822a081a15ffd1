"""Where the MCAP writer puts its bytes: into memory until a flush, then all of them into the file or none."""

import contextlib
import io

__all__ = ["Sink"]


class Sink:
    """A file that always ends where a flush ended, even when the disk is full.

    What a failed flush could not write stays in memory and is tried again by the next one.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        self._written = 0
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Take bytes to be written at the next flush."""
        self._waiting += data
        return len(data)

    def tell(self) -> int:
        """Where the next byte will be in the file."""
        return self._written + len(self._waiting)

    def flush(self) -> None:
        """Write what waits.

        Raises:
            OSError: not all of it could be written; the file ends where it ended before.
        """
        left = memoryview(bytes(self._waiting))
        try:
            while left:
                count = self._file.write(left)
                if not count:
                    raise OSError("the file takes nothing more")
                left = left[count:]
        except OSError:
            # What cannot be shortened (a device, a lost mount) stays as it is; the reason counts.
            with contextlib.suppress(OSError):
                self._file.truncate(self._written)
                self._file.seek(self._written)
            raise
        self._written += len(self._waiting)
        self._waiting.clear()

    def fileno(self) -> int:
        """Descriptor of the file."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file; what still waits is lost."""
        self._file.close()
