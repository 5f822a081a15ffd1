"""A link that can be cut: passes three TCP ports of the loopback on to three others."""

import socket
import threading
from contextlib import suppress

from mereq_teleop.app.bus.addresses import free_port

__all__ = ["Relay"]

PORTS = 3
MOST_NOTED = 1 << 16


class Relay:
    """Listens at `port` and the next two."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.heard = bytearray()
        """What came first through the first port, for who wants to say it again."""
        self.target = target
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "Relay":
        self.heal()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def heal(self) -> None:
        """Take connections."""
        for place in range(PORTS):
            door = socket.create_server(("127.0.0.1", self.port + place))
            self._keep(door)
            threading.Thread(target=self._accept, args=(door, self.target + place), daemon=True).start()

    def cut(self) -> None:
        """Drop all connections and take no more."""
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._open.clear()

    def _keep(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._open += sockets

    def _accept(self, door: socket.socket, target: int) -> None:
        with suppress(OSError):
            while True:
                caller, _ = door.accept()
                called = socket.create_connection(("127.0.0.1", target))
                self._keep(caller, called)
                heard = self.heard if target == self.target else bytearray()
                for source, sink, notes in ((caller, called, heard), (called, caller, bytearray())):
                    threading.Thread(target=self._pass_on, args=(source, sink, notes), daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket, notes: bytearray) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if len(notes) < MOST_NOTED:
                    notes += data
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
