"""A session in real processes, from outside, and a learner elsewhere behind a link that can be cut."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.relay import Relay
from mereq_teleop.app.bus.addresses import free_port

__all__ = ["Session", "address_of", "elsewhere", "session"]

BIN = Path(sys.executable).parent
FLAGS = ("--device", "simulated", "--headless", "--pace", "realtime", "--speed", "10", "--no-evaluation")
FOREVER = ("--rounds", "100000", "--steps-per-round", "50")
PATIENCE_S = 90.0
SERVES = re.compile(r"\(process (\d+)\) waits at")


class Session:
    """A running session and its learner, from outside."""

    def __init__(self, root: Path, process: "subprocess.Popen[str]") -> None:
        self.root = root
        self.process = process

    @property
    def folder(self) -> Path:
        """Of the session."""
        self.until(lambda: any(self.root.iterdir()), "a session folder")
        return next(self.root.iterdir())

    @property
    def said(self) -> str:
        """What its learners have logged so far."""
        log = self.folder / "learner" / "learner.log"
        return log.read_text() if log.exists() else ""

    @property
    def learner(self) -> psutil.Process:
        """The process of the learner that serves; another one may stand by."""
        self.until(lambda: SERVES.search(self.said) is not None, "a learner")
        return psutil.Process(int(SERVES.findall(self.said)[-1]))

    @property
    def served(self) -> int:
        """How many learners have taken the session so far."""
        return self.said.count(" session ")

    def until(self, so: Callable[[], bool], what: str) -> None:
        """Wait for something; fails where it does not come."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not so():
            if self.process.poll() is not None:
                raise SystemExit(f"the session ended with {self.process.returncode} while {what} was awaited")
            if time.monotonic() > deadline_s:
                raise SystemExit(f"waited {PATIENCE_S:.0f} s in vain for {what}")
            time.sleep(0.005)

    def await_learner(self, number: int) -> None:
        """Wait until so many learners have taken the session."""
        self.until(lambda: self.served >= number, f"learner {number} of the session")

    def end(self) -> int:
        """Interrupt it, as Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)


@contextmanager
def session(root: Path, *flags: str, program: tuple[str, ...] = ()) -> Iterator[Session]:
    """A session that goes on until it is ended."""
    command = [*(program or (str(BIN / "mereq-teleop"),)), *FLAGS, *FOREVER, "--sessions", str(root), *flags]
    with (
        (root.parent / "said").open("a") as said,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, text=True) as process,
    ):
        try:
            yield Session(root, process)
        finally:
            process.kill()


@contextmanager
def elsewhere(root: Path, *flags: str) -> Iterator[tuple[Path, Relay, psutil.Process]]:
    """A learner behind a relay: its folder, the relay to it, and its process."""
    port, folder = free_port(), root.parent / "elsewhere"
    command = [str(BIN / "mereq"), "learner", "--address", f"tcp://127.0.0.1:{port}", "--folder", str(folder), *flags]
    with (
        (root.parent / "learner.log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as learner,
        Relay(port) as relay,
    ):
        try:
            # It stands for another machine: this one's processors are the actor's.
            os.setpriority(os.PRIO_PROCESS, learner.pid, 10)
            yield folder, relay, psutil.Process(learner.pid)
        finally:
            learner.kill()


def address_of(relay: Relay) -> str:
    """Where a session finds the learner behind the relay."""
    return f"tcp://127.0.0.1:{relay.port}"
