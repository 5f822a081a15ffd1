"""An hour of highway in a file: its size, the seconds to open it, the milliseconds to any step. Prints one table.

Run it as `python -m benchmarks.hour`; it takes about a minute. The simulated expert corrects, mereq-instant learns, and
every control step is a chunk of its own, as in the window, where one comes each second.
"""

import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.machine import load
from benchmarks.recording import header
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.agents.methods import make_learner
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.clock import SystemClock
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.learning.in_process import InProcessBus
from mereq_teleop.app.loops import run_lockstep
from mereq_teleop.app.recorded_scene import RecordedScenes
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.events import Topic
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.restage import Restage
from mereq_teleop.teleop.simulated import SimulatedDevice

ROUNDS = 36
"""Of 100 steps, one a second."""
JUMPS = 200


class StepwiseRecorder(Recorder):
    """Writes a chunk before each control step, and counts what `write` costs the loop."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("xb", buffering=0), header(), flush_interval_s=1e6)
        self.costs_s: list[float] = []

    def write(self, topic: str, record: Record, time_ns: int) -> None:
        """As a recorder does, after a chunk of what came before."""
        if topic == Topic.TRANSITION:
            self._drain()
            self.costs_s.append(0.0)
        began = time.perf_counter()
        super().write(topic, record, time_ns)
        if self.costs_s:
            self.costs_s[-1] += time.perf_counter() - began


def drive(folder: SessionFolder) -> list[float]:
    """Record the hour; seconds that recording cost the loop, by step."""
    preference = CARD.preferences[0]
    prior = shipped(CARD.prior, CARD)
    config = OperateConfig(device="simulated", headless=True, pace="lockstep", update="round", rounds=ROUNDS)
    learner = make_learner(LearnerConfig(task="highway", method="mereq-instant", seed=0), prior.snapshot)
    recorder = StepwiseRecorder(folder.recording)
    folder.policies.mkdir()
    with recorder, closing(PolicyShelf(prior, CARD, folder)) as shelf:
        actor = Actor(
            config,
            CARD,
            batch=make_batch("highway", 1),
            shelf=shelf,
            device=SimulatedDevice(SimulatedExpert(shipped(preference.expert, CARD), preference)),
            bus=InProcessBus(learner, "round"),
            recorder=recorder,
            session="hour",
        )
        run_lockstep(actor, lambda now_s: None, lambda: False, SystemClock())
        actor.finish(SystemClock().monotonic())
    return recorder.costs_s


def jumps(recording: Recording) -> list[float]:
    """CPU seconds to the HUD's scene and the world's frames of steps here and there."""
    scenes = RecordedScenes(recording, CARD, "hour")
    restage = Restage(recording, make_batch("highway", 1))
    # The first one of a process loads the simulator and what the verdict needs.
    scenes.at(0)
    restage.frames(0, 0)
    times = []
    for index in np.random.default_rng(0).integers(len(scenes.steps), size=JUMPS).tolist():
        began = time.process_time()
        step = scenes.steps[index]
        scenes.at(index)
        restage.frames(step.take, step.transition.step)
        times.append(time.process_time() - began)
    return times


def main() -> None:
    print(f"an hour of highway, 36 rounds of 100 steps; {load()}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = SessionFolder(Path(name))
        costs_s = drive(folder)
        size = folder.recording.stat().st_size
        began, spent = time.perf_counter(), time.process_time()
        recording = read_recording(folder.recording, TYPES)
        open_s, cpu_s = time.perf_counter() - began, time.process_time() - spent
    began = time.perf_counter()
    RecordedScenes(recording, CARD, "hour")
    look_s = time.perf_counter() - began
    jump_ms = 1e3 * np.array(jumps(recording))
    costs_us = 1e6 * np.array(costs_s)
    print("| what | measured | aim |\n|---|---|---|")
    print(f"| steps, events | {len(costs_s)}, {len(recording.timeline)} | |")
    print(f"| file, a chunk a step | {size / 1e6:.2f} MB | 5 MB |")
    print(f"| open it, every event decoded | {open_s:.2f} s ({cpu_s:.2f} s CPU) | 1 s |")
    print(f"| look it through once for the HUD | {look_s:.2f} s | |")
    print(f"| jump to any step, CPU, median and worst | {np.median(jump_ms):.1f}, {jump_ms.max():.1f} ms | 100 ms |")
    print(
        f"| cost of recording to the loop, a step | median {np.median(costs_us):.1f} us, "
        f"p99 {np.percentile(costs_us, 99):.1f} us, worst {costs_us.max():.1f} us | 50 us |"
    )


if __name__ == "__main__":
    main()
