"""The arm's scene in the window: pictures a second by the renderer's thread, and what the 60 Hz loop beside it feels.

Run it as `python benchmarks/scene.py`; it takes about a minute, on an Xvfb of its own where there is no display. "Busy"
adds a process that burns processor time, as the learner does. Prints one table.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import tyro

from benchmarks.window import RATE_HZ, busy_core, own_display
from mereq_teleop.app.clock import RateKeeper, SystemClock
from mereq_teleop.app.window.scene import LearnerPhase, Scene
from mereq_teleop.app.window.window import Window
from mereq_teleop.envs import card, make_batch
from mereq_teleop.sessions.records import Authority

if TYPE_CHECKING:
    from mereq_teleop.app.window.arm_view import ArmView

STEP_TICKS = 3


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to measure."""

    env: str = "pusher"
    """Task of the arm."""
    seconds: float = 10.0
    """Duration of each measurement."""
    width: int = 1280
    """Of the window (px)."""
    height: int = 720
    """Of the window (px)."""


@dataclass(frozen=True)
class Measured:
    """One measurement."""

    pictures_a_second: float
    cost_ms: float
    level: int
    frames_ms: list[float]
    intervals_ms: list[float]


def measure(settings: Settings) -> Measured:
    """Drive at random at 20 Hz, draw at 60 Hz."""
    task, rng = card(settings.env), np.random.default_rng(0)
    batch = make_batch(settings.env, 1)
    batch.watch()
    window = Window.open(task, "benchmark", size=(settings.width, settings.height))
    scene = Scene(
        authority=Authority.POLICY,
        theta=tuple((name, 0.0) for name in task.feature_names),
        learner=LearnerPhase.LEARNING,
        recording=True,
        device="keyboard",
        horizon_steps=task.horizon_steps,
        session="benchmark",
    )
    low, high = ([getattr(axis, end) for axis in task.axes] for end in ("low", "high"))
    renderer = cast("ArmView", window.view).renderer
    keeper = RateKeeper(SystemClock(), RATE_HZ)
    frames_ms: list[float] = []
    ticks: list[float] = []
    seen, begun = 0, 0.0
    clock = SystemClock()
    for tick in range(round((settings.seconds + 1.0) * RATE_HZ)):
        start = keeper.wait()
        if tick == RATE_HZ:
            # The first second is for shaders and for finding the right quality.
            seen, begun, frames_ms, ticks = renderer.pictures, start, [], []
        ticks.append(start)
        window.pump(start)
        if tick % STEP_TICKS == 0:
            done = batch.step([rng.uniform(low, high)])
            if done.terminated[0] or done.truncated[0]:
                batch.reset([tick])
            frames = batch.frames
        window.draw(scene, frames, tick % STEP_TICKS / STEP_TICKS)
        frames_ms.append(1e3 * (clock.monotonic() - start))
    rate = (renderer.pictures - seen) / (clock.monotonic() - begun)
    found = Measured(rate, 1e3 * renderer.cost_s, renderer.level, frames_ms, list(1e3 * np.diff(ticks)))
    window.close()
    return found


def main() -> None:
    settings = tyro.cli(Settings)
    print(f"{settings.env}, window {settings.width}x{settings.height}")
    heads = ("pictures/s", "picture ms", "quality", "frame p50", "p99 ms", "period p50", "p99 ms")
    print(f"{'':<8}" + "".join(f"{head:>12}" for head in heads))
    with own_display():
        for name, beside in (("alone", nullcontext()), ("busy", busy_core())):
            with beside:
                found = measure(settings)
            loop, late = np.percentile(found.frames_ms, [50, 99])
            period, jitter = np.percentile(found.intervals_ms, [50, 99])
            numbers = (found.pictures_a_second, found.cost_ms, found.level, loop, late, period, jitter)
            print(f"{name:<8}" + "".join(f"{number:>12.1f}" for number in numbers), flush=True)


if __name__ == "__main__":
    main()
