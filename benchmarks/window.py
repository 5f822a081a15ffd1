"""The window: what a frame costs to draw, how evenly frames come at 60 Hz, how soon the first one is there.

Run it as `python benchmarks/window.py`; it takes about a minute, on an Xvfb of its own where there is no display.
"Busy" adds a process that burns processor time, as the learner does. Prints one table.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import tyro

from mereq_teleop.app.clock import RateKeeper, SystemClock
from mereq_teleop.app.window.scene import LearnerPhase, Scene, Toast
from mereq_teleop.app.window.window import Window
from mereq_teleop.envs.highway.batch import HighwayBatch
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.records import Authority

RATE_HZ = 60
BURN = "while True: pass"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to measure."""

    seconds: float = 20.0
    """Duration of each measurement at 60 Hz."""
    first_frame: bool = False
    """Only open the window, draw one frame and end (what the first line of the table times)."""


@contextmanager
def own_display() -> Iterator[None]:
    """An Xvfb for the time being, if this machine shows nothing."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield
        return
    if shutil.which("Xvfb") is None:
        sys.exit("no display and no Xvfb: apt install xvfb")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as numbers:
        os.environ["DISPLAY"] = f":{numbers.readline().strip()}"
    try:
        yield
    finally:
        del os.environ["DISPLAY"]
        server.terminate()
        server.wait()


@contextmanager
def busy_core() -> Iterator[None]:
    """Another process that takes all the processor time it gets."""
    burner = subprocess.Popen([sys.executable, "-c", BURN])
    try:
        yield
    finally:
        burner.kill()
        burner.wait()


class Drive:
    """Random driving, with a scene that changes as a real one does."""

    def __init__(self) -> None:
        self.window = Window.open(CARD, "benchmark")
        self._batch = HighwayBatch(1)
        self._batch.watch()
        self._rng = np.random.default_rng(0)
        self._step = 0
        self._scene = Scene(
            authority=Authority.POLICY,
            theta=tuple((name, 0.0) for name in CARD.feature_names),
            learner=LearnerPhase.LEARNING,
            recording=True,
            device="keyboard",
            horizon_steps=CARD.horizon_steps,
            session="benchmark",
        )

    def frame(self, tick: int) -> float:
        """Draw one frame, with a control step a second before it; the milliseconds that it took."""
        start = time.perf_counter()
        self.window.pump(start)
        if tick % RATE_HZ == 0:
            self._take_a_step()
        left = 1.0 - tick % RATE_HZ / RATE_HZ
        scene = replace(self._scene, step_left=left, toasts=(Toast("policy 3: right_lane +0.12", 4 * (1 - left)),))
        self.window.draw(scene, self._batch.frames, 1.0 - left)
        return 1e3 * (time.perf_counter() - start)

    def _take_a_step(self) -> None:
        action = int(self._rng.integers(5))
        done = self._batch.step([action])
        if done.terminated[0] or done.truncated[0]:
            self._batch.reset([self._step])
        self._step += 1
        name, human = CARD.actions[action], self._step % 7 > 4
        self._scene = replace(
            self._scene,
            authority=Authority.HUMAN if human else Authority.POLICY,
            policy_action=name,
            human_action=name if human else None,
            executed=name,
            pending=name if human else None,
            round_step=self._step % 100,
            round_rate=self._step % 7 / 7,
            theta=tuple((feature, float(self._rng.normal())) for feature in CARD.feature_names),
            step=self._step % CARD.horizon_steps,
            episode=self._step // CARD.horizon_steps,
        )


def measure(seconds: float) -> tuple[list[float], list[float], int]:
    """Costs and intervals of frames (ms) at 60 Hz, and how many came late."""
    drive = Drive()
    drive.frame(0)
    keeper = RateKeeper(SystemClock(), RATE_HZ)
    costs, ticks = [], []
    for tick in range(round(seconds * RATE_HZ)):
        ticks.append(keeper.wait())
        costs.append(drive.frame(tick))
    drive.window.close()
    return costs, list(1e3 * np.diff(ticks)), keeper.late


def first_frame_s() -> float:
    """Seconds from the start of a Python process to its first frame on the screen, modules and kernels cached."""
    start = time.perf_counter()
    subprocess.run([sys.executable, __file__, "--first-frame"], check=True)
    return time.perf_counter() - start


def show(name: str, values: list[float], unit: str, target: str) -> None:
    median, late, worst = np.percentile(values, [50, 99, 100])
    print(f"{name:<28}{median:>9.2f}{late:>9.2f}{worst:>9.2f}  {unit:<3} {target}", flush=True)


def main() -> None:
    settings = tyro.cli(Settings)
    with own_display():
        if settings.first_frame:
            Drive().frame(0)
            return
        first_frame_s()
        print(f"{'window 1200x640, 60 Hz':<28}{'p50':>9}{'p99':>9}{'worst':>9}")
        show("first frame", [first_frame_s() for _ in range(5)], "s", "at most 3")
        costs, intervals, late = measure(settings.seconds)
        show("frame drawn, alone", costs, "ms", "p50 at most 6, p99 at most 12")
        show("frame interval, alone", intervals, "ms", f"p99 at most 20; {late} late")
        with busy_core():
            costs, intervals, late = measure(settings.seconds)
        show("frame drawn, busy", costs, "ms", "p50 at most 6, p99 at most 12")
        show("frame interval, busy", intervals, "ms", f"p99 at most 20; {late} late")


if __name__ == "__main__":
    main()
