"""Faults in a running session, by turns: what was lost, what it did to the driving, when it was learning again.

`python -m benchmarks.faults [--trials N] [--seed S] [SCENARIO ...]`; `make faults` runs all of them with 50 kills. Real
processes: an unattended session in real time, ten times as fast as the world, so that the learner is about always busy.
Prints one table; ends with 1 if anything was lost, stored twice, or swapped in wrongly.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.aftermath import HEAD, Aftermath, look
from benchmarks.machine import load
from benchmarks.relay import Relay
from mereq_teleop.app.bus.addresses import free_port
from mereq_teleop.app.learning.process import learner_command

BIN = Path(sys.executable).parent
FLAGS = ("--device", "simulated", "--headless", "--pace", "realtime", "--speed", "10", "--no-evaluation")
FOREVER = ("--rounds", "100000", "--steps-per-round", "50")
PATIENCE_S = 90.0
CLOCK = """
import random, time
real, offset = time.time_ns, [0]
chance = random.Random(SEED)
def jumping():
    if chance.random() < 0.02:
        offset[0] = chance.randrange(-3600, 3600) * 10**9
    return real() + offset[0]
time.time_ns = jumping
from mereq_teleop.app.cli import operate
raise SystemExit(operate())
"""
"""A session whose clock of the day jumps by up to an hour, twice in a hundred looks."""


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
    def learner(self) -> psutil.Process:
        """Its learner's process."""
        found: list[psutil.Process] = []

        def look() -> bool:
            found[:] = [c for c in psutil.Process(self.process.pid).children() if "learner" in " ".join(c.cmdline())]
            return bool(found)

        self.until(look, "a learner")
        return found[0]

    @property
    def served(self) -> int:
        """How many learners have taken the session so far."""
        log = self.folder / "learner" / "learner.log"
        return log.read_text().count(" session ") if log.exists() else 0

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


def kills(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """The learner is killed: at any moment, and every other time while it writes its checkpoint."""
    with session(root) as running:
        for trial in range(trials):
            running.await_learner(trial + 1)
            learner, began_s = running.learner, time.monotonic()
            time.sleep(chance.uniform(0.2, 3.0))
            draft = running.folder / "learner" / "checkpoint.draft"
            while trial % 2 and not draft.exists() and time.monotonic() - began_s < 10:
                pass
            learner.kill()
        running.await_learner(trials + 1)
        time.sleep(3.0)
        running.end()
        return look(running.folder, "learner killed", trials)


def stops(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """The learner is stopped, as one that hangs."""
    stopped_s = []
    with session(root) as running:
        for trial in range(trials):
            running.await_learner(trial + 1)
            time.sleep(chance.uniform(2.0, 4.0))
            stopped_s.append(time.time())
            running.learner.suspend()
        running.await_learner(trials + 1)
        time.sleep(3.0)
        running.end()
        return look(running.folder, "learner stopped", trials, faults_s=stopped_s)


def hunger(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """The learner runs out of memory: it may not have more than it has."""
    with session(root) as running:
        for trial in range(trials):
            running.await_learner(trial + 1)
            time.sleep(chance.uniform(6.0, 8.0))
            learner = running.learner
            least = learner.memory_info().vms
            learner.rlimit(psutil.RLIMIT_AS, (least, least))
            end_s = time.monotonic() + 20
            while learner.is_running() and learner.status() != psutil.STATUS_ZOMBIE and time.monotonic() < end_s:
                time.sleep(0.05)
            if learner.is_running():
                # It needed no more: then it is no fault, and the next one has its turn.
                learner.kill()
        running.await_learner(trials + 1)
        time.sleep(3.0)
        running.end()
        return look(running.folder, "learner out of memory", trials)


def doubles(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """A second learner is started at the address of the first."""
    with session(root) as running:
        running.await_learner(1)
        words = running.learner.cmdline()
        address = words[words.index("--address") + 1]
        refused = 0
        for trial in range(trials):
            command = learner_command(address, root.parent / f"second-{trial}")
            done = subprocess.run([*command[:-1]], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            refused += done.returncode == 2 and "another learner answers" in done.stderr
        running.end()
        return look(running.folder, "second learner", trials, remark=f"{refused} of {trials} refused, exit 2")


def clocks(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """The clock of the day jumps by up to an hour, again and again."""
    code = CLOCK.replace("SEED", str(chance.randrange(2**31)))
    with session(root, program=(sys.executable, "-c", code)) as running:
        running.await_learner(1)
        time.sleep(10.0 + trials)
        running.end()
        return look(running.folder, "clock jumps", 1)


def links(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """The link to a learner elsewhere is cut for a minute (less with few trials) and heals."""
    cut_s = 60.0 if trials >= 10 else 12.0
    port, folder = free_port(), root.parent / "elsewhere"
    command = [str(BIN / "mereq"), "learner", "--address", f"tcp://127.0.0.1:{port}", "--folder", str(folder)]
    with (
        (root.parent / "learner.log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as learner,
        Relay(port) as relay,
    ):
        try:
            with session(root, "--learner", f"tcp://127.0.0.1:{relay.port}") as running:
                running.until(lambda: folder.exists() and any(folder.rglob("checkpoint*")), "a policy from there")
                relay.cut()
                began_s = time.time()
                time.sleep(cut_s)
                relay.heal()
                time.sleep(10.0)
                running.end()
        finally:
            learner.kill()
    # The learner alone may read its store while it lives.
    store = next(folder.rglob("segments.sqlite"))
    return look(running.folder, f"link cut for {cut_s:.0f} s", 1, faults_s=[began_s], store=store)


def disks(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """The disk fills up: a tmpfs of 3 MB, as root alone can mount one."""
    root.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(root)], capture_output=True)
    if mounted.returncode:
        raise SystemExit("disks needs to mount a tmpfs, which root can")
    try:
        with session(root) as running:
            folder = running.folder
            running.until(lambda: shutil.disk_usage(root).free < 4096, "a full disk")
            time.sleep(5.0)
            code = running.end()
            said = (root.parent / "said").read_text()
            told = "said so" if "space" in said or "full" in said else "SAID NOTHING"
            shutil.copytree(folder, root.parent / "copy")
        return look(root.parent / "copy", "disk full", 1, remark=f"exit {code}, {told}", whole=False)
    finally:
        subprocess.run(["umount", str(root)], check=False)


SCENARIOS: Mapping[str, Callable[[Path, int, random.Random], Aftermath]] = {
    "kills": kills,
    "stops": stops,
    "hunger": hunger,
    "doubles": doubles,
    "clocks": clocks,
    "links": links,
    "disks": disks,
}
"""By their names."""


def main() -> int:
    """Run the scenarios and print their table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []], help="all by default")
    parser.add_argument("--trials", type=int, default=3, help="how often each fault happens (3)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"faults, {options.trials} of each kind, seed {options.seed}; {load()}\n\n{HEAD}", flush=True)
    bad = 0
    for name in options.scenarios or SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "sessions"
            root.mkdir()
            found = SCENARIOS[name](root, options.trials, random.Random(f"{options.seed} {name}"))
            print(found.row, flush=True)
            bad += found.wrong
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
