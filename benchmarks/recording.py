"""What recording costs the control loop, how much it writes, and what a kill -9 leaves. Prints one table.

Run it as `python benchmarks/recording.py`; it takes about ten seconds.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mereq_teleop.envs.registry import make_batch
from mereq_teleop.sessions.config import SessionConfig, SessionHeader
from mereq_teleop.sessions.events import EpisodeStart, Topic
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Authority, Decision, Record, Transition
from mereq_teleop.sessions.world import OneWorld

STEPS = 3000
PACE_S = 0.001


def header() -> SessionHeader:
    config = SessionConfig(
        task="highway",
        env="highway-basic-v0",
        method="mereq",
        device="none",
        seed=0,
        started_utc="2030-01-01T00:00:00+00:00",
        command_line=(),
        settings={},
        versions={},
    )
    return SessionHeader(config=config, fingerprint=take_fingerprint())


def drive() -> Iterator[tuple[Topic, Record]]:
    """Steps of the highway under random actions."""
    world, random, episode = OneWorld(make_batch("highway", 1)), np.random.default_rng(0), 0
    while True:
        obs, ended, step = world.reset(episode), False, 0
        yield Topic.EPISODE, EpisodeStart(index=episode, seed=episode, task="highway-basic-v0")
        while not ended:
            action = int(random.integers(5))
            next_obs, features, reward, terminated, truncated = world.step(action)
            yield (
                Topic.TRANSITION,
                Transition(
                    step=step,
                    obs=tuple(obs.ravel().tolist()),
                    decision=Decision(
                        policy_action=action, human_action=None, authority=Authority.POLICY, executed=action
                    ),
                    next_obs=tuple(next_obs.ravel().tolist()),
                    features=tuple(features.tolist()),
                    reward=reward,
                    terminated=terminated,
                    truncated=truncated,
                    policy_version=0,
                ),
            )
            obs, ended, step = next_obs, terminated or truncated, step + 1
        episode += 1


def record_paced(path: Path, say: bool = False) -> tuple[list[float], int]:
    """Record STEPS steps, one a millisecond; seconds that each write took, and transitions written."""
    costs: list[float] = []
    transitions = 0
    with Recorder.create(path, header()) as recorder:
        for (topic, record), _ in zip(drive(), range(STEPS), strict=False):
            now = time.time_ns()
            before = time.perf_counter()
            recorder.write(topic, record, now)
            costs.append(time.perf_counter() - before)
            transitions += topic is Topic.TRANSITION
            if say:
                os.write(1, now.to_bytes(8, "big"))
            time.sleep(PACE_S)
    if recorder.fault:
        raise SystemExit(recorder.fault)
    return costs, transitions


def bytes_a_step_at_1_hz(folder: Path, steps: int = 200) -> float:
    """As in the window, where a chunk holds a single step."""
    path = folder / "slow.mcap"
    with path.open("xb", buffering=0) as file, Recorder(file, header(), flush_interval_s=0.002) as recorder:
        for (topic, record), _ in zip(drive(), range(steps), strict=False):
            recorder.write(topic, record, time.time_ns())
            time.sleep(0.006)
    return path.stat().st_size / steps


def killed(path: Path) -> tuple[int, int, float]:
    """Steps written by a process that was killed after 1.5 s, steps recovered, seconds lost."""
    command = [sys.executable, __file__, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        if child.stdout is None:
            raise SystemExit("no pipe")
        said = child.stdout.read(8)
        time.sleep(1.5)
        child.send_signal(signal.SIGKILL)
        said += child.stdout.read()
    recording = read_recording(path)
    last_ns = int.from_bytes(said[-8:], "big")
    return len(said) // 8, len(recording.timeline), (last_ns - recording.timeline[-1].time_ns) / 1e9


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        costs, transitions = record_paced(folder / "fast.mcap")
        size = (folder / "fast.mcap").stat().st_size
        written, recovered, lost_s = killed(folder / "killed.mcap")
        before = time.perf_counter()
        read_recording(folder / "fast.mcap")
        read_s = time.perf_counter() - before
        rows = [
            ("write as the control loop sees it, median", f"{np.median(costs) * 1e6:.1f} us"),
            ("write as the control loop sees it, 99th percentile", f"{np.percentile(costs, 99) * 1e6:.1f} us"),
            ("write as the control loop sees it, worst", f"{max(costs) * 1e6:.1f} us"),
            ("bytes a step, unattended", f"{size / transitions:.0f}"),
            ("bytes a step, one step a chunk", f"{bytes_a_step_at_1_hz(folder):.0f}"),
            ("read", f"{read_s / transitions * 1e6:.0f} us a step"),
            ("recovered after kill -9", f"{recovered} of {written} events, {lost_s:.2f} s lost"),
        ]
    for what, value in rows:
        print(f"| {what:<52} | {value:<34} |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        record_paced(Path(sys.argv[1]), say=True)
    else:
        main()
