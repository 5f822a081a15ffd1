"""Who may talk to a learner that is not on this machine: CURVE on every socket, and a log of those sent away.

A learner proves its key to the actor by the handshake itself; the actor proves its own, which the learner looks up
among those that are allowed (RFC 26/CurveZMQ and RFC 27/ZAP). Traffic without keys never gets past the handshake.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import zmq
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils.monitor import parse_monitor_message

from mereq_teleop.app.bus.errors import BadKeys
from mereq_teleop.app.bus.keys import KeyPair, KeyRing

__all__ = ["HANDLES_AT_MOST", "Secure", "calling", "open_to_all", "receiving"]

Context = zmq.Context[zmq.Socket[bytes]]
Secure = Callable[["zmq.Socket[bytes]"], None]
"""What is done to a socket before it is bound or connected."""

HANDSHAKE_MS = 2000
"""Who connects and says nothing is cut off after so long."""
HANDLES_AT_MOST = 1024
"""Of the learner's process, connections among them: the sockets take no more until some are gone."""
FAILURES = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH
LOOK_MS = 200


def open_to_all(socket: "zmq.Socket[bytes]") -> None:
    """No keys: for a private folder's sockets and for the loopback."""
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)


@contextmanager
def receiving(context: Context, ring: KeyRing, log: Callable[[str], None]) -> Iterator[Secure]:
    """A learner's sockets: they take those alone whose keys the ring allows, and say once whom they refused.

    Raises:
        BadKeys: this machine has no keys.
    """
    own = ring.own()
    _bound_connections()
    authenticator = ThreadAuthenticator(context)
    authenticator.start()
    authenticator.configure_curve_callback("*", _AllowList(ring, log))
    # Someone with keys that are not allowed is named by the list.
    said: dict[int, str] = dict.fromkeys(
        (zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL),
        "refused somebody who spoke without keys, or took us for another learner",
    )
    try:
        with _watched(context, said, log) as watch:

            def secure(socket: "zmq.Socket[bytes]") -> None:
                open_to_all(socket)
                _take(socket, own)
                socket.curve_server = True
                watch(socket)

            yield secure
    finally:
        authenticator.stop()


@contextmanager
def calling(context: Context, own: KeyPair, learner: str, log: Callable[[str], None]) -> Iterator[Secure]:
    """An actor's sockets: they talk to the one learner that proves this public key, and say once if it is another."""
    said: dict[int, str] = {
        zmq.EVENT_HANDSHAKE_FAILED_AUTH: f"it does not know our key; there: mereq keys allow NAME '{own.public}'",
        zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "what answers is no learner with keys: nothing is sent to it",
        zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: f"what answers has not the key {learner}: nothing is sent to it",
    }
    with _watched(context, said, log) as watch:

        def secure(socket: "zmq.Socket[bytes]") -> None:
            open_to_all(socket)
            _take(socket, own)
            socket.curve_serverkey = learner.encode()
            watch(socket)

        yield secure


def _bound_connections() -> None:
    """ZeroMQ has no limit for connections of its own, but bears it that the system gives it no more handles.

    Who says nothing is cut off after `HANDSHAKE_MS`, and costs 4 kB until then.
    """
    try:
        import resource
    except ImportError:
        # Windows has no such limit.
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = HANDLES_AT_MOST if hard == resource.RLIM_INFINITY else min(hard, HANDLES_AT_MOST)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _take(socket: "zmq.Socket[bytes]", own: KeyPair) -> None:
    socket.curve_publickey, socket.curve_secretkey = own.public.encode(), own.secret.encode()


class _AllowList:
    """What the authenticator asks; the folder is read anew each time, so that allowing needs no restart."""

    def __init__(self, ring: KeyRing, log: Callable[[str], None]) -> None:
        self._ring = ring
        self._log = log
        self._refused: set[bytes] = set()

    def callback(self, domain: str, key: bytes) -> bool:
        try:
            if key.decode() in self._ring.allowed().values():
                return True
        except BadKeys as error:
            self._log(str(error))
        # A flood of fresh keys shall fill neither the log nor the memory.
        if key not in self._refused and len(self._refused) < 1000:
            self._refused.add(key)
            self._log(f"refused a stranger with the key {key.decode()}: `mereq keys allow NAME KEY` lets them in")
        return False


@contextmanager
def _watched(context: Context, said: dict[int, str], log: Callable[[str], None]) -> Iterator[Secure]:
    """Watch sockets for handshakes that fail, in a thread of its own; each kind is said once."""
    monitors: list[zmq.Socket[bytes]] = []
    over = threading.Event()

    def watch(socket: "zmq.Socket[bytes]") -> None:
        # A name of our own: the one that the library would choose may be taken within one process.
        name = f"inproc://door-{id(monitors)}-{len(monitors)}"
        socket.monitor(name, FAILURES)
        monitor = context.socket(zmq.PAIR)
        monitor.connect(name)
        monitors.append(monitor)

    def listen() -> None:
        told: set[str] = set()
        while not over.wait(LOOK_MS / 1000):
            for monitor in tuple(monitors):
                while monitor.poll(0):
                    event = parse_monitor_message(monitor.recv_multipart())["event"]
                    words = said.get(event, "")
                    if words and words not in told:
                        told.add(words)
                        log(words)

    listener = threading.Thread(target=listen, name="door", daemon=True)
    listener.start()
    try:
        yield watch
    finally:
        over.set()
        listener.join()
        for monitor in monitors:
            monitor.close(linger=0)
