"""From a key, or a joystick, to its effect in the arm's simulation: real events, the world at 20 steps a second.

Run it as `python -m benchmarks.latency`, on your display or, without one, on an Xvfb that it starts; it wants xdotool.
A key's time is taken before xdotool is told to press or release it, the effect's is that of the first recorded step
whose executed action shows it. A key waits for the next step: 0 to 50 ms, wherever in the step it falls. The joystick
is one that SDL makes; its takeover is the first step under the human, 30 ms of debounce among it.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks import stick
from benchmarks.live import display
from benchmarks.machine import load
from mereq_teleop.app.replay import TYPES
from mereq_teleop.envs import card
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Transition

KEYS, TRIALS = ("Up", "w"), 60


class Keys:
    """xdotool, one process for all keys: a process for each would be a good part of what is measured."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = ["xdotool", "-"]
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, text=True, bufsize=1)

    def do(self, word: str) -> int:
        """Have it done; the time before (ns)."""
        assert self._process.stdin is not None
        before = time.time_ns()
        self._process.stdin.write(word + "\n")
        return before

    def close(self) -> None:
        """No more keys."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def windows(environment: dict[str, str]) -> list[str]:
    """Ids of the windows that are shown, without the screen."""
    command = ["xdotool", "search", "--onlyvisible", "--class", ".*"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.split()[1:]


def until(found: Callable[[], list[str]], seconds: float = 60) -> list[str]:
    """What is found at last.

    Raises:
        TimeoutError: nothing, in so many seconds.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if these := found():
            return these
        time.sleep(0.2)
    raise TimeoutError("no window")


def press(environment: dict[str, str], chance: random.Random) -> list[tuple[str, bool, int]]:
    """Press and release keys at odd times; (key, pressed, when)."""
    window = until(lambda: windows(environment))[-1]
    time.sleep(8)
    subprocess.run(["xdotool", "windowfocus", "--sync", window], env=environment, check=True)
    keys, done = Keys(environment), []
    for trial in range(TRIALS):
        key = KEYS[trial % len(KEYS)]
        for pressed in (True, False):
            done.append((key, pressed, keys.do(f"{'keydown' if pressed else 'keyup'} {key}")))
            time.sleep(chance.uniform(0.2, 0.5))
    keys.close()
    return done


def session(folder: str, environment: dict[str, str]) -> tuple[list[tuple[str, bool, int]], Path]:
    """Drive a session by keys; what was pressed, and the recording."""
    flags = ["--env", "pusher", "--device", "keyboard", "--rounds", "1000", "--countdown", "0", "--sessions", folder]
    command = [str(Path(sys.executable).parent / "mereq-teleop"), *flags]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        done = press(environment, random.Random(0))
    finally:
        process.terminate()
        process.wait()
    return done, next(Path(folder).glob("*/session.mcap"))


def delays_ms(done: list[tuple[str, bool, int]], recording: Path) -> tuple[list[float], list[float]]:
    """Milliseconds from each press, and from each release, to the first step that shows it."""
    timeline = read_recording(recording, TYPES).timeline
    steps = [(entry.time_ns, entry.record) for entry in timeline if isinstance(entry.record, Transition)]
    vectors = {"Up": card("pusher").keys["up"], "w": card("pusher").keys["w"]}
    found: tuple[list[float], list[float]] = ([], [])
    for key, pressed, when in done:
        axis = int(np.flatnonzero(vectors[key])[0])
        wanted = vectors[key][axis] if pressed else 0.0  # type: ignore[index]
        after = [(at, step.decision) for at, step in steps if at > when]
        # Where an episode ends the policy drives on: a release shows nothing there.
        if pressed or after[0][1].human_action is not None:
            before = next((step.decision.executed for at, step in reversed(steps) if at <= when), None)
            far = abs(before[axis] - wanted) if isinstance(before, tuple) else 0.0
            # A takeover goes over to the key's motion within three steps, and shows in the first of them.
            by_hand = ((at, step.human_action[axis]) for at, step in after if isinstance(step.human_action, tuple))
            shown = (at for at, speed in by_hand if speed == wanted or abs(speed - wanted) < far)
            found[0 if pressed else 1].append((next(shown) - when) / 1e6)
    return found


def stick_delays_ms(folder: str, environment: dict[str, str]) -> dict[str, list[float]]:
    """Milliseconds from each move of a joystick to the first step that shows it, by what was done."""
    command = [sys.executable, "-m", "benchmarks.stick", folder]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    moves: list[tuple[str, int]] = json.loads(done.stdout.splitlines()[-1])
    timeline = read_recording(next(Path(folder).glob("*/session.mcap")), TYPES).timeline
    steps = [(entry.time_ns, entry.record.decision) for entry in timeline if isinstance(entry.record, Transition)]
    left = next(index for index, axis in enumerate(card("pusher").axes) if axis.name == "left")
    # What each step shows: that a human drives, and, once the stick went from the right to the left, which way.
    by_hand = [(at, decision.human_action[left]) for at, decision in steps if isinstance(decision.human_action, tuple)]
    found: dict[str, list[float]] = {}
    for (what, when), (_, until_ns) in pairwise([*moves, ("end", sys.maxsize)]):
        after = (at for at, speed in by_hand if when < at < until_ns and (what == "takeover" or speed > 0.0))
        # A new episode in between takes control from hands that are out: no effect is to be seen then.
        if (shown := next(after, None)) is not None:
            found.setdefault(f"joystick, {what}", []).append((shown - when) / 1e6)
    return found


def main() -> None:
    print(f"hands to effect, pusher at 20 steps a second, {TRIALS} keys, {2 * stick.TRIALS} moves; {load()}")
    with tempfile.TemporaryDirectory() as folder, display() as environment:
        keys, sticks = Path(folder) / "keys", Path(folder) / "stick"
        pressed, released = delays_ms(*session(str(keys), environment))
        moved = stick_delays_ms(str(sticks), environment)
    print("| what | p50 | p95 | worst | aim |\n|---|---|---|---|---|")
    for name, delays in {"key, press": pressed, "key, release": released, **moved}.items():
        p50, p95 = np.percentile(delays, [50, 95])
        print(f"| {name}, {len(delays)} of them | {p50:.0f} ms | {p95:.0f} ms | {max(delays):.0f} ms | p95 60 ms |")


if __name__ == "__main__":
    main()
