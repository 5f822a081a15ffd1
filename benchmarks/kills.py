"""kill -9 of the actor at random moments: does the file open, what is lost, does the session go on? Prints one table.

Run it as `python -m benchmarks.kills --kills 50`. Each session has a window, so that it never waits for its learner,
and runs at fifty times the world's speed, so that there is always an event to lose. One in five is killed within
`--seconds` of its start, mostly before its first step, the others within `--seconds` of their first step. Then
`mereq sessions repair` mends the file, everything that a resumed session begins with is taken over into a new folder,
and `--resume` drives on to the end of a round (on a busy machine that may be done for every nth kill alone).
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.live import display
from benchmarks.machine import load
from mereq_teleop.app.bus.messages import Hello
from mereq_teleop.app.errors import AppError
from mereq_teleop.app.learning.store import SegmentStore
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.resumption import parent_of, take_over
from mereq_teleop.app.settings import learner_config
from mereq_teleop.app.tools.table import TOOLS
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.reader import Recording, read_recording

BIN = Path(sys.executable).parent
STEPS_PER_ROUND = 40
FLAGS = ("--device", "simulated", "--speed", "50", "--no-evaluation")
MOST_LOST_S = 1.0
PATIENCE_S = 600.0


@dataclass(frozen=True)
class Kill:
    """What one kill came to."""

    after_s: float
    """From the start of the process, or from its first step, to the kill."""
    steps: int
    """Control steps that the recording has."""
    lost_s: float | None
    """From the recording's last event to the kill; None where no step was recorded."""
    repair: str
    """What `mereq sessions repair` said."""
    faults: tuple[str, ...]
    """What should not be."""


def killed_after(
    root: Path, after_s: float, seed: int, driving: bool, environment: Mapping[str, str]
) -> tuple[SessionFolder | None, int]:
    """Start a session, kill it so many seconds later; its folder, and when the kill was (ns since the epoch).

    With `driving` the seconds count from when the recording on the disk has a step.
    """
    command = [str(BIN / "mereq-teleop"), "--sessions", str(root), *FLAGS]
    command += ["--rounds", "1000", "--steps-per-round", str(STEPS_PER_ROUND), "--seed", str(seed)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(environment)
    ) as process:
        patience = time.monotonic() + PATIENCE_S
        while driving and not has_step(root) and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.1)
        time.sleep(after_s)
        at_ns = time.time_ns()
        process.send_signal(signal.SIGKILL)
        process.wait()
    return next(iter(sessions_in(root)), None), at_ns


def has_step(root: Path) -> bool:
    """Whether the only session has a step on the disk."""
    for folder in sessions_in(root):
        with suppress(RecordingError):
            return any(episode.transitions for episode in read_recording(folder.recording, TYPES).episodes)
    return False


def mereq(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run one of the tools."""
    return subprocess.run([BIN / "mereq", *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def resumed(root: Path, folder: SessionFolder, recording: Recording | None) -> list[str]:
    """Go on with a session until the end of another round; what is wrong with that."""
    rounds = 0 if recording is None else len(recording.rounds)
    # The learner may know of one more round than the recording.
    flags = ["--resume", folder.name, "--rounds", str(rounds + 2), "--pace", "lockstep", "--headless", "--json"]
    command = [str(BIN / "mereq-teleop"), "--sessions", str(root), *flags]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return [f"--resume did not end within {PATIENCE_S:.0f} s"]
    if done.returncode:
        return [f"--resume ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}"]
    faults = []
    results, child = json.loads(done.stdout), sessions_in(root)[-1]
    told = [(of["round"], of["steps"]) for of in results["rounds"]]
    if told != [(number, STEPS_PER_ROUND) for number in range(1, rounds + 3)]:
        faults.append(f"rounds {told}")
    later = read_recording(child.recording, TYPES)
    if later.config.parent != folder.name:
        faults.append(f"its parent is {later.config.parent}")
    if recording is not None:
        before = max((swap.version for swap in recording.swaps), default=0)
        if max(swap.version for swap in later.swaps) < before:
            faults.append(f"its policies end before version {before}")
        with closing(SegmentStore(child.learner / "segments.sqlite")) as store:
            missing = {segment.id for segment in recording.segments} - {entry.key for entry in store.entries()}
        if missing:
            faults.append(f"the learner lacks {sorted(missing)}")
    return faults


def taken_over(root: Path, folder: SessionFolder, recording: Recording | None) -> list[str]:
    """Take over what a resumed session begins with; what is wrong with that."""
    parent = parent_of(folder)
    config = replace(parent.settings, rounds=None)
    child = SessionFolder(root / ".child")
    for inner in (child.policies, child.learner):
        inner.mkdir(parents=True)
    card = card_of(config.env)
    # That both can be read is all that is asked.
    _ = parent.prior(card), parent.driving(card)
    hello = Hello(
        card=card.digest(), session="child", config=learner_config(config), update=config.learns_each, prior=b""
    )
    past = take_over(parent, child, hello, config)
    tally = past.tally(config.delta, 1)
    if recording is None:
        return []
    steps = sum(len(episode.transitions) for episode in recording.episodes)
    faults = [] if tally.total.steps >= steps else [f"{tally.total.steps} of {steps} steps count"]
    missing = {segment.id for segment in recording.segments} - {message.key for message in past.stream}
    return faults + ([f"{sorted(missing)} are not taught"] if missing else [])


def kill(after_s: float, seed: int, driving: bool, environment: Mapping[str, str], *, resume: bool = True) -> Kill:
    """One session, killed, looked at, repaired, taken over and resumed."""
    with tempfile.TemporaryDirectory(prefix="mereq-kill-") as name:
        root = Path(name)
        folder, at_ns = killed_after(root, after_s, seed, driving, environment)
        if folder is None or not (folder.path / "config.json").exists():
            return Kill(after_s, 0, None, "nothing was begun", ("it never drove",) if driving else ())
        faults, recording, lost_s, steps = list[str](), None, None, 0
        try:
            if folder.recording.exists():
                recording = read_recording(folder.recording, TYPES)
                steps = sum(len(episode.transitions) for episode in recording.episodes)
                lost_s = (at_ns - recording.timeline[-1].time_ns) / 1e9 if steps else None
        except ValueError as error:
            faults.append(f"does not open: {error}")
        if lost_s is not None and lost_s > MOST_LOST_S:
            faults.append(f"{lost_s:.2f} s are lost")
        said = ""
        if recording is not None and "sessions repair" in TOOLS:
            done = mereq("sessions", "repair", folder.name, "--sessions", str(root))
            said = (done.stdout or done.stderr).strip()
            if done.returncode or len(said.splitlines()) != 1:
                faults.append(f"repair: {said}")
        try:
            faults += taken_over(root, folder, recording)
        except (ValueError, AppError) as error:
            faults.append(f"cannot be taken over: {error}")
        faults += resumed(root, folder, recording) if resume else []
        return Kill(after_s, steps, lost_s, said, tuple(faults))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0, help="kill within so many seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume-every", type=int, default=1, help="resume every nth killed session")
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    kills = []
    with display() as environment:
        for number in range(chosen.kills):
            resume = number % chosen.resume_every == chosen.resume_every - 1
            kills.append(kill(dice.uniform(0.0, chosen.seconds), number, number % 5 != 0, environment, resume=resume))
            say(number + 1, kills[-1])
    print_table(kills)
    print(f"\n{load()}")
    return int(any(one.faults for one in kills) or all(one.lost_s is None for one in kills))


def say(number: int, one: Kill) -> None:
    """One kill in a line or two."""
    lost = "-" if one.lost_s is None else f"{one.lost_s:.2f} s"
    words = "; ".join(one.faults) or "goes on"
    line = f"{number:>3}: after {one.after_s:5.2f} s, {one.steps:>4} steps, lost {lost}: {words}"
    print(line + (f"\n     {one.repair}" if one.repair else ""), file=sys.stderr, flush=True)


def print_table(kills: list[Kill]) -> None:
    """All of them in a table."""
    driven = [(one.lost_s, float(one.steps)) for one in kills if one.lost_s is not None]
    lost, steps = [lost_s for lost_s, _ in driven], [count for _, count in driven]
    good = sum(not one.faults for one in kills)
    print("| kills | before the first step | steps, median | lost, median | lost, worst | opened and went on |")
    print("|---|---|---|---|---|---|")
    if driven:
        print(
            f"| {len(kills)} | {len(kills) - len(driven)} | {median(steps):.0f} | {median(lost):.2f} s "
            f"| {max(lost):.2f} s | {good} of {len(kills)} |"
        )


if __name__ == "__main__":
    sys.exit(main())
