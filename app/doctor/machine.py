"""The machine itself: threads, compiled code, clock, ports, disk."""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import zmq

from mereq_teleop.app.bus.addresses import BusAddress, free_port, private_address
from mereq_teleop.app.bus.errors import BadAddress
from mereq_teleop.app.doctor.check import Check, Need, State, fine
from mereq_teleop.app.warm import COMPILING, compiled

__all__ = ["check_machine"]

_COMPUTING, _CLOCK, _BUS, _DISK = "computing", "clock", "ports", "disk"
_LITTLE_BYTES, _LEAST_BYTES = 2e9, 1e8
"""An hour of a session takes some tens of MB, its policies and the learner's checkpoint more."""
_COARSE_S = 0.002
_SLEEP_S, _SLEEPS = 0.005, 21


def check_machine(need: Need) -> Iterator[Check]:
    """torch, Numba, the clock, the learner's sockets and the disk."""
    yield _torch()
    yield _numba(need)
    yield _clock()
    yield from _sockets()
    yield _disk(need.sessions)


def _torch() -> Check:
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = torch.get_num_threads()
    found = f"torch {torch.__version__}: {threads} threads if left alone; the learner takes 1 of {cores} cores"
    if cores < 2:
        remedy = "give it two cores: the learner and the control loop share one"
        return Check(section=_COMPUTING, name="torch", state=State.WARNING, found=found, remedy=remedy)
    return fine(_COMPUTING, "torch", found)


def _numba(need: Need) -> Check:
    import numba

    name = f"Numba {numba.__version__}"
    if compiled(need.card):
        return fine(_COMPUTING, "Numba cache", f"{name}: {need.card.name} is compiled")
    found = f"{name}: {need.card.name} is not compiled yet, the first start does that ({COMPILING})"
    remedy = "run `python -m mereq_teleop.app.warm`, or wait for it once"
    return Check(section=_COMPUTING, name="Numba cache", state=State.WARNING, found=found, remedy=remedy)


def _clock() -> Check:
    """How finely time is told, and how late a sleeper wakes."""
    told_s = time.get_clock_info("monotonic").resolution
    late_s = []
    for _ in range(_SLEEPS):
        begun_s = time.monotonic()
        time.sleep(_SLEEP_S)
        late_s.append(time.monotonic() - begun_s - _SLEEP_S)
    found = (
        f"monotonic, resolution {1e9 * told_s:.0f} ns; a sleep of {1e3 * _SLEEP_S:.0f} ms ends "
        f"{1e3 * statistics.median(late_s):.2f} ms late (median of {_SLEEPS}; worst {1e3 * max(late_s):.2f} ms)"
    )
    if told_s > _COARSE_S:
        remedy = "on Windows take Python 3.13 or newer; elsewhere ask for another clock source of the kernel's"
        return Check(section=_CLOCK, name="clock", state=State.WARNING, found=found, remedy=remedy)
    return fine(_CLOCK, "clock", found)


def _sockets() -> Iterator[Check]:
    """What actor and learner speak through, bound for a moment as they would."""
    if sys.platform != "win32":
        remedy = f"make {tempfile.gettempdir()} writable, or set TMPDIR to a folder that is (with a short path)"
        try:
            with private_address() as address:
                _bind(address)
            yield fine(_BUS, "ipc", f"sockets can be bound under {tempfile.gettempdir()}")
        except (OSError, zmq.ZMQError, BadAddress) as error:
            yield Check(section=_BUS, name="ipc", state=State.MISSING, found=str(error), remedy=remedy)
    # Windows has no other way; elsewhere it is for learners that are started by hand.
    lacking = State.MISSING if sys.platform == "win32" else State.WARNING
    try:
        port = free_port()
        _bind(f"tcp://127.0.0.1:{port}")
        yield fine(_BUS, "tcp", f"three ports of the loopback can be bound, {port} and the next two for one")
    except (OSError, zmq.ZMQError, BadAddress) as error:
        remedy = "let programs bind ports of 127.0.0.1 (firewall, sandbox)"
        yield Check(section=_BUS, name="tcp", state=lacking, found=str(error), remedy=remedy)


def _bind(address: str) -> None:
    parsed = BusAddress.parse(address)
    with zmq.Context() as context:
        for one in (parsed.data, parsed.snapshots, parsed.reports):
            with context.socket(zmq.ROUTER) as socket:
                socket.bind(one)


def _disk(sessions: Path) -> Check:
    """Where sessions go: whether a folder can be made there, and how much room is left."""
    there = next(folder for folder in (sessions, *sessions.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    found = f"{sessions}: {free / 1e9:.1f} GB free"
    elsewhere = "say where else: --sessions FOLDER"
    try:
        with tempfile.TemporaryDirectory(prefix=".mereq-doctor-", dir=there):
            pass
    except OSError as error:
        why = f"{there} is not writable: {error.strerror}"
        return Check(section=_DISK, name="sessions", state=State.MISSING, found=why, remedy=elsewhere)
    if free < _LITTLE_BYTES:
        state = State.MISSING if free < _LEAST_BYTES else State.WARNING
        return Check(section=_DISK, name="sessions", state=state, found=found, remedy=f"make room, or {elsewhere}")
    return fine(_DISK, "sessions", found)
