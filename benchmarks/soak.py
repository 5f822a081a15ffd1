"""A long session of the simulated expert: does anything grow?

`python -m benchmarks.soak [--hours 2 | --minutes M]`, or `make soak`. Real processes: an unattended session in real
time, ten times as fast as the world. Prints a table by window of time, then the slope of each process's memory after
the warm-up (least squares on the windows' means, with its 95 % interval), how the file handles and threads changed,
and how the frame times did. Ends with 1 if memory grows by more than 5 MB an hour, or file handles do.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil
from scipy.stats import t as students_t

from benchmarks.machine import load
from benchmarks.running import Session, session
from mereq_teleop.app import loops
from mereq_teleop.app.cli import operate
from mereq_teleop.app.framelog import FrameLog
from mereq_teleop.sessions.reader import read_recording

MOST_MB_PER_HOUR = 5.0
WINDOWS = 24
WARM_UP_S = 1200.0
"""What happens before is not counted; of a short run it is the first third."""
SAMPLES = 12
"""Of the processes, in each window."""
HEAD = (
    "| minute | actor MB | learner MB | handles, actor and learner | threads | frames | interval p50, p99, worst ms |\n"
    "|---|---|---|---|---|---|---|"
)
INSIDE = "import sys; from benchmarks.soak import inside; sys.exit(inside(*sys.argv[1:]))"


@dataclass(frozen=True)
class Sample:
    """Both processes at one moment."""

    at_s: float
    mb: tuple[float, float]
    """Resident memory of actor and learner."""
    handles: tuple[int, int]
    threads: tuple[int, int]


@dataclass(frozen=True)
class Slope:
    """Growth an hour, with its 95 % interval."""

    per_hour: float
    low: float
    high: float

    @classmethod
    def of(cls, hours: Sequence[float], values: Sequence[float]) -> "Slope":
        """Least squares; three points at least."""
        x, y = np.array(hours) - np.mean(hours), np.array(values)
        slope = float(x @ y / (x @ x))
        rest = y - y.mean() - slope * x
        error = float(np.sqrt(rest @ rest / (len(x) - 2) / (x @ x)))
        reach = float(students_t.ppf(0.975, len(x) - 2)) * error
        return cls(slope, slope - reach, slope + reach)


class WindowedLog(FrameLog):
    """Writes a line of the frames of each window of time, and begins anew; counts on for the session's own."""

    path = Path()
    window_s = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._window = FrameLog()
        self._began_s: float | None = None

    def shown(self, now_s: float, *, counted: bool = True) -> bool:
        """As a log does."""
        self._began_s = now_s if self._began_s is None else self._began_s
        self._window.shown(now_s, counted=counted)
        if now_s - self._began_s >= self.window_s:
            p50, p99, worst = (1e3 * self._window.quantile(share) for share in (0.5, 0.99, 1.0))
            frames = str(self._window).split()[0]
            with self.path.open("a") as file:
                file.write(f"{frames} {p50:.1f} {p99:.1f} {worst:.1f}\n")
            self._window, self._began_s = FrameLog(), now_s
        return super().shown(now_s, counted=counted)


def inside(path: str, window_s: str, *flags: str) -> int:
    """The session's process: the application with a log of each window's frames."""
    WindowedLog.path, WindowedLog.window_s = Path(path), float(window_s)
    # The loop makes its log itself, by this name.
    vars(loops)["FrameLog"] = WindowedLog
    sys.argv[1:] = flags
    return operate()


def sample(running: Session, began_s: float) -> Sample:
    """Look at both processes."""
    both = (psutil.Process(running.process.pid), running.learner)
    rss, handles, threads = zip(
        *((process.memory_info().rss / 1e6, process.num_fds(), process.num_threads()) for process in both), strict=True
    )
    return Sample(time.monotonic() - began_s, rss, handles, threads)


def watch(running: Session, seconds: float, window_s: float, frames: Path) -> list[list[Sample]]:
    """Samples by window of time; prints a row for each window that is over."""
    running.await_learner(1)
    began_s, windows = time.monotonic(), list[list[Sample]]()
    for number in range(1, round(seconds / window_s) + 1):
        found: list[Sample] = []
        for at in range(SAMPLES):
            due_s = began_s + (number - 1 + (at + 1) / SAMPLES) * window_s
            while time.monotonic() < due_s:
                if running.process.poll() is not None:
                    raise SystemExit(f"the session ended with {running.process.returncode}")
                time.sleep(min(0.5, max(due_s - time.monotonic(), 0.0)))
            found.append(sample(running, began_s))
        windows.append(found)
        print(row(number * window_s / 60, found, frames), flush=True)
    return windows


def row(minute: float, found: list[Sample], frames: Path) -> str:
    """A window's line of the table."""
    mb = [np.mean([one.mb[of] for one in found]) for of in (0, 1)]
    last = found[-1]
    written = frames.read_text().splitlines() if frames.exists() else []
    count, *intervals = written[-1].split() if written else ["-"]
    return (
        f"| {minute:.1f} | {mb[0]:.1f} | {mb[1]:.1f} | {last.handles[0]}, {last.handles[1]} | "
        f"{last.threads[0]}, {last.threads[1]} | {count} | {', '.join(intervals)} |"
    )


def judge(windows: list[list[Sample]], warm: int) -> bool:
    """Print what grew after the warm-up windows; whether all is well."""
    kept, good = windows[warm:], True
    hours = [float(np.mean([one.at_s for one in window])) / 3600 for window in kept]
    for of, name in enumerate(("actor", "learner")):
        slope = Slope.of(hours, [float(np.mean([one.mb[of] for one in window])) for window in kept])
        grew = median(one.handles[of] for one in kept[-1]) - median(one.handles[of] for one in kept[0])
        threads = median(one.threads[of] for one in kept[-1]) - median(one.threads[of] for one in kept[0])
        fits = slope.per_hour <= MOST_MB_PER_HOUR and grew <= 0
        good &= fits
        print(
            f"{name}: memory {slope.per_hour:+.1f} MB/hour (95 % {slope.low:+.1f} to {slope.high:+.1f}), "
            f"file handles {grew:+.0f}, threads {threads:+.0f}: {'flat' if fits else 'GROWS'}"
        )
    return good


def main() -> int:
    """Run the session, print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--hours", type=float, default=2.0, help="how long (2)")
    parser.add_argument("--minutes", type=float, help="how long, instead of hours")
    parser.add_argument("--env", default="highway")
    parser.add_argument("--method", default="mereq")
    options = parser.parse_args()
    seconds = 60 * (options.minutes or 60 * options.hours)
    window_s = seconds / WINDOWS
    # Buffers of a fixed size fill up meanwhile.
    warm = min(WINDOWS // 3, math.ceil(WARM_UP_S / window_s))
    print(f"soak, {seconds / 60:g} minutes of {options.env} by {options.method}; {load()}\n\n{HEAD}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        root, frames = Path(folder) / "sessions", Path(folder) / "frames"
        root.mkdir()
        flags = ("--env", options.env, "--method", options.method)
        program = (sys.executable, "-c", INSIDE, str(frames), str(window_s))
        with session(root, *flags, program=program) as running:
            windows = watch(running, seconds, window_s, frames)
            where, learners = running.folder, running.served
            running.end()
        intervals = [[float(word) for word in line.split()[1:]] for line in frames.read_text().splitlines()][warm:]
        print(f"\nafter a warm-up of {warm * window_s / 60:g} minutes:")
        good = judge(windows, warm)
        p50 = Slope.of([at * window_s / 3600 for at in range(len(intervals))], [line[0] for line in intervals])
        print(
            f"frames: p50 {intervals[0][0]:.1f} ms at first, {intervals[-1][0]:.1f} ms at last, "
            f"{p50.per_hour:+.2f} ms/hour (95 % {p50.low:+.2f} to {p50.high:+.2f}); "
            f"p99 {median(line[1] for line in intervals):.1f} ms (median of the windows)"
        )
        recording = read_recording(where / "session.mcap")
        steps = sum(len(episode.transitions) for episode in recording.episodes)
        size = (where / "session.mcap").stat().st_size
        print(
            f"{steps} steps, {len(recording.segments)} segments, {len(recording.swaps)} swaps, {learners} learner(s), "
            f"recording {size / 1e6:.1f} MB; {load().replace('start', 'end')}"
        )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
