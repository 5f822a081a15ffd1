"""docs/tutorial.md, walked: what it tells a newcomer to do is done in the real window, by real keys. Prints one table.

Run it as `python -m benchmarks.tutorial --pictures docs/tutorial` (six minutes; it wants Xvfb and xdotool). The person
here has eyes and fingers only: looks at the pixels of the screen, and takes over by the arrow key whenever the car has
been out of the right lane for some seconds and the lane beside is free. `mereq-teleop` and `mereq` are those beside the
Python that runs this.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray
from PIL import Image

from benchmarks.machine import load
from mereq_teleop.app.window.layout import lay_out
from mereq_teleop.app.window.palette import AUTHORITY, RGB
from mereq_teleop.sessions.records import Authority

BIN = Path(sys.executable).parent
SIZE = (1280, 720)
"""Of the operator's window."""
SCREEN = (1280, 900)
CAR_PX, RIGHT_LANE, PATIENCE_S, AGAIN_S, CONTENT_S = 300, 0.8, 2.5, 1.2, 0.3
"""Pixels that are a car; how far across the road the right lane begins; how long the person waits before a takeover,
before pressing again, and before giving back."""


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Walk the tutorial."""

    pictures: Path | None = None
    """Folder to write the pictures to; none by default."""
    method: str = "mereq"
    """How to learn."""
    seconds: float = 240.0
    """How long the person teaches."""


@dataclass(frozen=True)
class Screen:
    """An X server of our own, and what is on it."""

    environment: dict[str, str]
    memory: Path

    def pixels(self) -> NDArray[np.uint8]:
        """What of it a window covers: (height, width, 3) red, green, blue."""
        dump = self.memory.read_bytes()
        header = struct.unpack(">25I", dump[:100])
        start = header[0] + 12 * header[19]
        rows = np.frombuffer(dump, np.uint8, header[12] * header[5], start).reshape(header[5], header[12] // 4, 4)
        shown = rows[:, : header[4], 2::-1]
        # A window without a window manager stands in the middle, and the screen around it is black.
        lit = np.flatnonzero(shown.any(axis=(1, 2)))
        return shown[lit[0] : lit[-1] + 1] if len(lit) else shown

    def press(self, key: str) -> None:
        """One key, down and up."""
        subprocess.run(["xdotool", "key", key], env=self.environment, check=True)


@contextmanager
def screen() -> Iterator[Screen]:
    if missing := [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]:
        sys.exit(f"no {' and no '.join(missing)}: apt install xvfb xdotool")
    with tempfile.TemporaryDirectory() as folder:
        read, write = os.pipe()
        size = "x".join(map(str, (*SCREEN, 24)))
        command = [
            "Xvfb",
            "-displayfd",
            str(write),
            "-screen",
            "0",
            size,
            "-fbdir",
            folder,
            "-noreset",
            "-nolisten",
            "tcp",
        ]
        server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as numbers:
            number = numbers.readline().strip()
        yield Screen({**os.environ, "DISPLAY": f":{number}"}, Path(folder) / "Xvfb_screen0")
        server.terminate()
        server.wait()


def cars(pixels: NDArray[np.uint8], colour: RGB) -> tuple[float, float] | None:
    """Where across the road (0 left, 1 right) and along the screen (px) the car of this colour is; None without one."""
    road = lay_out(*SIZE).road
    inside = pixels[road.top + 8 : road.bottom - 8, road.left + 8 : road.right - 8].astype(int)
    rows, columns = np.nonzero(np.abs(inside - colour).sum(axis=2) < 30)
    lines = np.flatnonzero((inside.min(axis=2) > 250).mean(axis=1) > 0.9)
    if len(rows) < CAR_PX or not len(lines):
        return None
    return float((np.median(rows) - lines[0]) / (lines[-1] - lines[0])), float(np.median(columns))


class Person:
    """Wants the right lane."""

    def __init__(self, display: Screen) -> None:
        self._screen = display
        self.drives = False
        self.takeovers = 0
        self._since = self._content_since = time.monotonic()

    def look(self) -> None:
        """Look once, and do what there is to do."""
        pixels, now = self._screen.pixels(), time.monotonic()
        seen = cars(pixels, AUTHORITY[Authority.HUMAN if self.drives else Authority.POLICY])
        if seen is None:
            # A crash: the policy drives the next episode.
            if self.drives and cars(pixels, AUTHORITY[Authority.POLICY]) is not None:
                self.drives, self._since = False, now
            return
        if seen[0] > RIGHT_LANE:
            if self.drives and now - self._content_since > CONTENT_S:
                self._screen.press("Escape")
                self.drives = False
            self._since = now
            return
        self._content_since = now
        if now - self._since > (AGAIN_S if self.drives else PATIENCE_S) and self._free(pixels, seen):
            self._screen.press("Right")
            self.takeovers += not self.drives
            self.drives, self._since = True, now

    def _free(self, pixels: NDArray[np.uint8], seen: tuple[float, float]) -> bool:
        """Whether the lane to the right has no other car beside this one or in the 25 m ahead."""
        road = lay_out(*SIZE).road
        inside = pixels[road.top + 8 : road.bottom - 8, road.left + 8 : road.right - 8].astype(int)
        lines = np.flatnonzero((inside.min(axis=2) > 250).mean(axis=1) > 0.9)
        across = lines[0] + (seen[0] + 1 / 3) * (lines[-1] - lines[0])
        beside = inside[int(across) - 10 : int(across) + 10, max(int(seen[1]) - 100, 0) : int(seen[1]) + 260]
        return int((beside.min(axis=2) > 150).sum()) < CAR_PX // 4


def until(found: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for it.

    Raises:
        TimeoutError: not in so many seconds.
    """
    end = time.monotonic() + seconds
    while not found():
        if time.monotonic() > end:
            raise TimeoutError("nothing to see")
        time.sleep(0.05)


class Album:
    """Pictures of the screen, and the time of each step."""

    def __init__(self, display: Screen, folder: Path | None) -> None:
        self._screen, self._folder = display, folder
        self.rows: list[tuple[str, float]] = []
        self._began = time.monotonic()

    def take(self, name: str) -> None:
        """The screen as it is; few colours are enough."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            picture = Image.fromarray(np.ascontiguousarray(self._screen.pixels())).quantize(
                96, kmeans=2, dither=Image.Dither.NONE
            )
            picture.save(self._folder / f"{name}.png", optimize=True)

    def step(self, words: str) -> None:
        """A step of the tutorial is over."""
        now = time.monotonic()
        self.rows.append((words, now - self._began))
        self._began = now


@contextmanager
def shown(display: Screen, program: str, *flags: str) -> Iterator[None]:
    """A window of one of our programs, from its first picture until Q."""
    with subprocess.Popen([str(BIN / program), *flags], env=display.environment) as window:
        until(lambda: len(np.unique(display.pixels())) > 10, 120.0)
        yield
        display.press("q")
        window.wait(60)


def teach(display: Screen, album: Album, method: str, seconds: float) -> None:
    """The first session: watch, correct, watch again."""
    with shown(display, "mereq-teleop", "--env", "highway", "--method", method):
        album.step("the start, to the window")
        until(lambda: cars(display.pixels(), AUTHORITY[Authority.POLICY]) is not None)
        time.sleep(10.0)
        album.take("policy")
        person = Person(display)
        (session,) = Path(display.environment["HOME"], ".local/share/mereq-teleop/sessions").iterdir()
        end, first, swapped = time.monotonic() + seconds, True, False
        while time.monotonic() < end or person.drives:
            person.look()
            if first and person.drives:
                time.sleep(0.3)
                album.take("takeover")
                album.step("watching, to the first takeover")
                first = False
            # The first of these files is the prior's.
            if not (swapped or person.drives) and len(list((session / "policies").iterdir())) > 2:
                time.sleep(0.5)
                album.take("swap")
                album.step("to the second new policy")
                swapped = True
            time.sleep(0.1)
        time.sleep(8.0)
        album.take("taught")
        album.step(f"teaching, {person.takeovers} takeovers in all")
    album.step("the end of the session")


def afterwards(display: Screen, album: Album, folder: Path) -> None:
    """Replay, report, the policy kept and driven again."""
    with shown(display, "mereq", "replay", "last", "--at", "30s"):
        time.sleep(2.0)
        album.take("replay")
    album.step("a look at the replay")
    mine, page = str(folder / "mine.safetensors"), str(folder / "report.html")
    for words, where in (
        ("replay last", "--verify"),
        ("report last", f"--output={page}"),
        ("policy save last", f"--out={mine}"),
        ("evaluate", f"--model={mine}"),
    ):
        subprocess.run([BIN / "mereq", *words.split(), where], env=display.environment, check=True)
        album.step(f"mereq {words} {where.partition('=')[0]}")
    with shown(display, "mereq-teleop", "--env", "highway", "--prior", mine):
        time.sleep(30.0)
        album.take("kept")
    album.step("half a minute with the kept policy")


def main() -> None:
    """Walk, and print the table."""
    settings, before = tyro.cli(Walk), load()
    with screen() as display, tempfile.TemporaryDirectory() as folder:
        # A newcomer has no sessions and no files of ours.
        theirs = {name: value for name, value in display.environment.items() if not name.startswith("XDG_")}
        newcomer = replace(display, environment={**theirs, "HOME": folder})
        album = Album(newcomer, settings.pictures)
        teach(newcomer, album, settings.method, settings.seconds)
        afterwards(newcomer, album, Path(folder))
    print("| step | seconds |\n|---|---|")
    for name, seconds in album.rows:
        print(f"| {name} | {seconds:.1f} |")
    print(f"\n{before}")


if __name__ == "__main__":
    main()
