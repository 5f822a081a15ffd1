"""What mereq-instant takes: its one training, and from a correction's end to the new policy in the car. One table.

Run it as `python -m benchmarks.instant`; about six minutes. The training is done anew, beside what is cached. The live
application runs unattended in realtime at ten times the world's speed, each objective for all of highway's preferences.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.machine import load
from mereq_teleop.agents.conditioned import ConditionedConfig, ConditionedTrainer
from mereq_teleop.agents.library import default_library, keep
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.app.replay import TYPES
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.events import RoundEnd, SegmentMark, Swap
from mereq_teleop.sessions.reader import Recording, read_recording

EXECUTABLE = Path(sys.executable).with_name("mereq-teleop")
OBJECTIVES = ("features", "likelihood", "both")
PREFERENCES = ("right-lane", "left-lane", "slow")
SEEDS = (0,)


def training() -> float:
    """CPU seconds of the training that is done once for a prior."""
    torch.set_num_threads(1)
    card = card_of("highway")
    prior = shipped(card.prior, card)
    assert isinstance(prior, Policy)
    began = time.process_time()
    trainer = ConditionedTrainer(prior, ConditionedConfig(), 0)
    while not trainer.done:
        trainer.advance(1.0)
    took = time.process_time() - began
    keep(default_library(), prior, ConditionedConfig(), trainer.foretelling)
    return took


def session(objective: str, preference: str, seed: int, folder: str) -> Recording:
    flags = ["--env", "highway", "--device", "simulated", "--headless", "--pace", "realtime", "--speed", "10"]
    flags += ["--method", "mereq-instant", "--objective", objective, "--preference", preference, "--seed", str(seed)]
    flags += ["--no-evaluation", "--sessions", folder]
    subprocess.run([str(EXECUTABLE), *flags], capture_output=True, check=True)
    (made,) = Path(folder).iterdir()
    return read_recording(made / "session.mcap", TYPES)


def seconds(recording: Recording) -> list[float]:
    """From the end of each correction to its first policy in the car."""
    ends: dict[str, int] = {}
    causes: dict[int, str] = {}
    taken: dict[str, float] = {}
    for entry in recording.timeline:
        match entry.record:
            case SegmentMark(id=key) | RoundEnd(id=key):
                ends[key] = entry.time_ns
            case LearnerReport(cause=cause, policy_version=version):
                causes[version] = cause
            case Swap(version=version) if (cause := causes.get(version, "")) in ends:
                taken.setdefault(cause, (entry.time_ns - ends[cause]) / 1e9)
    return list(taken.values())


def main() -> None:
    print(f"mereq-instant on highway, realtime at 10 x, no window; {load()}")
    print(f"its training, once for a prior: {training():.1f} CPU-s (aim 60)\n")
    print("| objective | updates | median ms | p95 ms | worst ms | aim |\n|---|---|---|---|---|---|")
    for objective in OBJECTIVES:
        taken: list[float] = []
        for preference in PREFERENCES:
            for seed in SEEDS:
                with tempfile.TemporaryDirectory() as folder:
                    taken += seconds(session(objective, preference, seed, folder))
        ms = 1e3 * np.array(taken)
        told = f"{np.median(ms):.0f} | {np.percentile(ms, 95):.0f} | {ms.max():.0f}"
        print(f"| {objective} | {len(ms)} | {told} | median 150, p95 400 |", flush=True)


if __name__ == "__main__":
    main()
