"""Faults in a running session, by turns: what was lost, what it did to the driving, when it was learning again.

`python -m benchmarks.faults [--trials N] [--seed S] [SCENARIO ...]`; `make faults` runs all of them with 50 kills. Real
processes: an unattended session in real time, ten times as fast as the world, so that the learner is about always busy.
Prints one table; ends with 1 if anything was lost, stored twice, or swapped in wrongly.
"""

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from benchmarks.aftermath import HEAD, Aftermath, look
from benchmarks.machine import load
from benchmarks.running import address_of, elsewhere, session
from benchmarks.strangers import strangers
from mereq_teleop.app.learning.process import learner_command

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

LOOPING = """
import sys
from mereq_teleop.app import cli, operate
real = operate.learner_command
def looping(address, folder, **more):
    return [sys.executable, "-m", "benchmarks.looping", *ARGUMENTS, *real(address, folder, **more)[3:]]
operate.learner_command = looping
raise SystemExit(cli.operate())
"""
"""A session whose learner is `benchmarks.looping`."""


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


def spares(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """The learner is killed while another one stands by."""
    with session(root, "--standby", "on") as running:
        for trial in range(trials):
            running.await_learner(trial + 1)
            running.until(lambda trial=trial: running.said.count("stands by") > trial, "a learner that stands by")  # type: ignore[misc]
            time.sleep(chance.uniform(0.2, 3.0))
            running.learner.kill()
        running.await_learner(trials + 1)
        time.sleep(3.0)
        running.end()
        return look(running.folder, "learner killed, another stands by", trials)


def loops(root: Path, trials: int, chance: random.Random) -> Aftermath:
    """The learner's method never comes back from an update: a busy loop in the middle of it, now and then."""
    code = LOOPING.replace("ARGUMENTS", repr([str(trials), str(chance.randrange(2, 5))]))
    with session(root, program=(sys.executable, "-c", code)) as running:
        for trial in range(trials + 1):
            running.await_learner(trial + 1)
        time.sleep(3.0)
        running.end()
        hung_s = [float(when) for when in re.findall(r"loops at ([0-9.]+)", running.said)]
        return look(running.folder, "learner in a busy loop", trials, faults_s=hung_s[:trials])


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
    with elsewhere(root) as (folder, relay, _), session(root, "--learner", address_of(relay)) as running:
        running.until(lambda: folder.exists() and any(folder.rglob("checkpoint*")), "a policy from there")
        begun_s = time.time()
        relay.cut()
        time.sleep(cut_s)
        relay.heal()
        time.sleep(10.0)
        running.end()
    # The learner that is gone no longer locks its store.
    store = next(folder.rglob("segments.sqlite"))
    return look(running.folder, f"link cut for {cut_s:.0f} s", 1, faults_s=[begun_s], store=store)


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
    "spares": spares,
    "stops": stops,
    "loops": loops,
    "hunger": hunger,
    "doubles": doubles,
    "clocks": clocks,
    "links": links,
    "strangers": strangers,
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
