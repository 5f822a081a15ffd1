"""Where actor and learner meet: three sockets derived from one address."""

import ipaddress
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mereq_teleop.app.bus.errors import BadAddress

__all__ = ["BusAddress", "free_port", "needs_keys", "private_address"]

LONGEST_PATH = 100
"""Bytes of a unix socket's path; the kernel's own limit is 104 to 108, by system."""


@dataclass(frozen=True, slots=True)
class BusAddress:
    """The three addresses behind the one that a user gives: the learner binds them, the actor connects."""

    data: str
    snapshots: str
    reports: str

    @classmethod
    def parse(cls, text: str, *, secured: bool = False) -> "BusAddress":
        """`ipc://PATH` (three sockets beside it) or `tcp://HOST:PORT` (that port and the next two).

        Args:
            text: The address.
            secured: Whether the sockets will have keys.

        Raises:
            BadAddress: neither of the two, too long, or off this machine's loopback without keys.
        """
        scheme, separator, rest = text.partition("://")
        if separator and scheme == "ipc" and rest:
            return cls._of_path(rest)
        if separator and scheme == "tcp":
            return cls._of_port(text, rest, secured)
        raise BadAddress(f"address {text!r} is neither ipc://PATH nor tcp://HOST:PORT")

    @classmethod
    def _of_path(cls, path: str) -> "BusAddress":
        if len(os.fsencode(f"{path}.snapshots")) > LONGEST_PATH:
            raise BadAddress(f"socket path {path!r} is too long (limit {LONGEST_PATH} bytes); take a shorter folder")
        return cls(f"ipc://{path}.data", f"ipc://{path}.snapshots", f"ipc://{path}.reports")

    @classmethod
    def _of_port(cls, text: str, rest: str, secured: bool) -> "BusAddress":
        host, _, digits = rest.rpartition(":")
        if not digits.isdecimal() or not 1 <= int(digits) <= 65533:
            raise BadAddress(f"address {text!r} needs a port between 1 and 65533: tcp://HOST:PORT")
        if not secured and not is_loopback(host):
            raise BadAddress(
                f"address {text!r} is not on this machine's loopback, and such traffic needs keys: "
                "make them with `mereq keys make`"
            )
        return cls(*(f"tcp://{host}:{int(digits) + i}" for i in range(3)))

    @property
    def lock(self) -> Path | None:
        """The file whose lock tells a second learner that the address is taken; TCP ports need none."""
        return Path(self.data.removeprefix("ipc://") + ".lock") if self.data.startswith("ipc://") else None


def needs_keys(text: str) -> bool:
    """Whether traffic with this address would leave the machine."""
    scheme, _, rest = text.partition("://")
    return scheme == "tcp" and not is_loopback(rest.rpartition(":")[0])


def is_loopback(host: str) -> bool:
    """Whether packets to this host stay on this machine; names other than localhost count as elsewhere."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextmanager
def private_address() -> Iterator[str]:
    """An address for one run, in a new folder that only this user can enter; removed at the end.

    On Windows, which has no ipc, three free ports of the loopback.
    """
    if sys.platform == "win32":
        yield f"tcp://127.0.0.1:{free_port()}"
        return
    # Not in the session folder: that may be deep, and the path of a unix socket is limited.
    with tempfile.TemporaryDirectory(prefix="mereq-") as folder:
        yield f"ipc://{folder}/learner"


def free_port(tries: int = 100) -> int:
    """A loopback port that is free together with the next two.

    Raises:
        BadAddress: none was found.
    """
    for _ in range(tries):
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
            except (OSError, OverflowError):
                continue
            return port
    raise BadAddress(f"no three free ports in a row on the loopback after {tries} tries")
