"""The live application under a simulated expert: frames, swaps, seconds to a policy, memory, start. Prints one table.

Run it as `python -m benchmarks.live`, on your display or, without one, on an Xvfb that it starts. The world runs at
five times its speed, so that the learner trains about all the time.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil

from benchmarks.machine import load
from mereq_teleop.app.replay import TYPES
from mereq_teleop.sessions.events import Note, Swap
from mereq_teleop.sessions.reader import Recording, read_recording

BIN = Path(sys.executable).parent
ROUNDS = 4
MB = 1e6


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """The environment with a display: the caller's, or an Xvfb of our own."""
    if "DISPLAY" in os.environ:
        yield dict(os.environ)
        return
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as numbers:
        number = numbers.readline().strip()
    yield {**os.environ, "DISPLAY": f":{number}"}
    server.terminate()
    server.wait()


def help_seconds() -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([BIN / "mereq-teleop", "--help"], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - began)
    return median(times)


def watched(process: "subprocess.Popen[str]") -> tuple[float, float]:
    """Largest resident memory (MB) of the actor and of its learner, until the actor ends."""
    actor, largest = psutil.Process(process.pid), [0.0, 0.0]
    while process.poll() is None:
        for place, of in ((0, [actor]), (1, actor.children())):
            for one in of:
                try:
                    largest[place] = max(largest[place], one.memory_info().rss / MB)
                except psutil.Error:
                    continue
        time.sleep(0.1)
    return largest[0], largest[1]


def live(folder: str, environment: dict[str, str]) -> tuple[dict[str, object], Recording, tuple[float, float]]:
    """Run one session in a window; its JSON results, its recording, memory of actor and learner (MB)."""
    flags = ["--device", "simulated", "--speed", "5", "--rounds", str(ROUNDS), "--seed", "1", "--json"]
    command = [str(BIN / "mereq-teleop"), "--env", "highway", *flags, "--sessions", folder]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    memory = watched(process)
    assert process.stdout is not None
    results = json.loads(process.stdout.read().splitlines()[-1])
    return results, read_recording(Path(folder) / results["session"] / "session.mcap", TYPES), memory


def main() -> None:
    print(f"the live application, window, simulated expert at 5 x; {load()}")
    helped = help_seconds()
    with tempfile.TemporaryDirectory() as folder, display() as environment:
        began_s = time.time()
        results, recording, (actor_mb, learner_mb) = live(folder, environment)
    swaps = [1e3 * entry.record.cost_s for entry in recording.timeline if isinstance(entry.record, Swap)][1:]
    notes = {entry.record.text: entry.time_ns for entry in recording.timeline if isinstance(entry.record, Note)}
    rounds = results["rounds"]
    assert isinstance(rounds, list)
    seconds = [done["seconds_to_policy"] for done in rounds if done["seconds_to_policy"] is not None]
    print("| what | measured | aim |\n|---|---|---|")
    print(f"| frames while the learner trains | {next(n for n in notes if 'interval p50' in n)} | p99 20 ms |")
    print(f"| first frame after the start | {notes['first frame'] / 1e9 - began_s:.1f} s | 3 s |")
    print(f"| swap, {len(swaps)} of them | median {median(swaps):.2f} ms, worst {max(swaps):.2f} ms | 1 ms |")
    print(f"| segment's end to new policy, median of rounds | {[round(s, 2) for s in seconds]} s | 1.5 s |")
    print(f"| memory of the actor | {actor_mb:.0f} MB | 400 MB |")
    print(f"| memory of the learner | {learner_mb:.0f} MB | 900 MB |")
    print(f"| mereq-teleop --help, median of 5 | {helped:.2f} s | 0.5 s |")


if __name__ == "__main__":
    main()
