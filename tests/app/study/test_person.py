"""A person at a real study's window, from the first page to the last question, with mouse and keys by xdotool."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pygame import Rect

from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.study.drawing import button_of, lay_out_form
from mereq_teleop.app.study.file import read_study
from mereq_teleop.app.study.log import Began, Cut, Done, Event, read_log
from mereq_teleop.app.study.plan import Asking, schedule
from mereq_teleop.app.study.questionnaire import TLX, items_of
from mereq_teleop.app.window.layout import DESIGN_SIZE
from mereq_teleop.app.window.palette import AUTHORITY, BUSY
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority
from tests.app.conftest import XServer
from tests.app.study.samples import STUDY, written
from tests.app.test_end_to_end import BIN, PATIENCE_S, surroundings, until
from tests.app.test_operator_window import BAND_PIXELS, pixels, windows, xdotool

SIZE = DESIGN_SIZE
QUICK = STUDY.replace("rounds = 1\n", "rounds = 1\nspeed = 8\n")


@dataclass
class Sitting:
    """A study that goes on, and the person at it."""

    process: "subprocess.Popen[str]"
    server: XServer
    folder: Path

    def events(self) -> tuple[Event, ...]:
        assert self.process.poll() is None, self.process.communicate()
        return read_log(self.folder / "study.jsonl")

    def came_to(self, step: str) -> None:
        """Wait until a step began and its window shows a button."""
        until(lambda: any(isinstance(of, Began) and of.step == step for of in self.events()), step)

    def window(self) -> str:
        found = until(lambda: windows(self.server)[1:], "the window")
        xdotool(self.server, "windowfocus", "--sync", found[0])
        return str(found[0])

    def button(self) -> None:
        """Click what goes on until it did: what comes too early is not heard."""
        self.ready()
        before = len(self.events())

        def clicked() -> bool:
            if self.process.poll() is None and len(self.events()) == before:
                self.click(button_of(SIZE))
            return self.process.poll() is not None or len(self.events()) > before

        until(clicked, "the button")

    def picture(self) -> "np.ndarray[Any, np.dtype[np.uint8]]":
        """What the window shows: (height, width, 3)."""
        told = xdotool(self.server, "getwindowgeometry", "--shell", self.window())
        where = dict(line.split("=") for line in told.splitlines() if "=" in line)
        x, y = int(where.get("X", 0)), int(where.get("Y", 0))
        return self.server.screen()[y : y + SIZE[1], x : x + SIZE[0]].copy()

    def lit(self, rect: Rect) -> bool:
        """Whether there is the colour of what can be clicked or is chosen, above the words in its middle."""
        picture = self.picture()
        return picture.shape[:2] == SIZE[::-1] and bool((picture[rect.centery - 9, rect.centerx] == BUSY).all())

    def ready(self) -> None:
        """Wait until the button is lit."""
        until(lambda: self.lit(button_of(SIZE).move(0, -6)), "a button")

    def click(self, rect: Rect) -> None:
        """Click into the middle."""
        x, y = map(str, rect.center)
        xdotool(self.server, "mousemove", "--window", self.window(), x, y, "click", "1")

    def click_until(self, seen: Callable[[], bool], rect: Rect, what: str) -> None:
        """Click again and again: what comes too early is not heard, and what comes too late does no harm."""

        def tried() -> bool:
            if not (found := seen()):
                self.click(rect)
            return found

        until(tried, what)

    def until_drawn(self, rect: Rect) -> None:
        """Wait until an answer is marked."""
        until(lambda: self.lit(rect), "the mark")


@contextmanager
def sitting(server: XServer, folder: Path, *arguments: str) -> Iterator[Sitting]:
    command = [str(BIN / "mereq"), "study", str(folder / "small.toml"), "--participant", "P1", *arguments]
    environment = surroundings(DISPLAY=server.display)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Sitting(process, server, folder / "small-data")
        finally:
            process.kill()


def test_a_person_reads_drives_blindly_and_answers(x_server: XServer, tmp_path: Path) -> None:
    study = read_study(written(tmp_path, QUICK))
    with sitting(x_server, tmp_path, "--drives", "1") as person:
        person.came_to("start-1")
        person.button()
        person.came_to("run-blunt-1")
        person.ready()
        person.click_until(lambda: drives(x_server), button_of(SIZE), "the drive")
        blind = person.picture()
        person.came_to("questions-blunt")
        form = lay_out_form(SIZE, TLX)
        # The first by keys: to the end, where a key that was not heard does no harm, and one back; the others by mouse.
        person.window()
        until(lambda: person.lit(form.answers[0][20]) or xdotool(x_server, "key", "Right"), "the last mark")
        xdotool(x_server, "key", "Left")
        person.until_drawn(form.answers[0][19])
        for at in range(1, 6):
            person.click(form.answers[at][3 * at])
            person.until_drawn(form.answers[at][3 * at])
        person.click(form.button)
        asking = next(step for step in schedule(study, 0) if isinstance(step, Asking))
        other = lay_out_form(SIZE, items_of(False, asking.questions))
        person.window()
        person.click_until(lambda: person.lit(other.answers[0][5]), other.answers[0][5], "the other page")
        xdotool(x_server, "key", "Return")
        out, said = person.process.communicate(timeout=PATIENCE_S)
        assert (person.process.returncode, out) == (0, ""), said
    done = {of.step: of for of in read_log(person.folder / "study.jsonl") if isinstance(of, Done)}
    assert list(done) == ["start-1", "run-blunt-1", "questions-blunt"]
    given = done["questions-blunt"].answers
    assert [given[scale.id] for scale in TLX[1:]] == [15, 30, 45, 60, 75]
    assert given["tlx.mental"] == 95
    assert given["trust"] == 6
    recording = read_recording(SessionFolder(person.folder / "sessions" / done["run-blunt-1"].session).recording, TYPES)
    settings = recording.config.settings
    assert (settings["participant"], settings["condition"], settings["blind"]) == ("P1", "blunt", True)
    assert recording.config.settings["pace"] == "realtime"
    assert len(np.unique(blind.reshape(-1, 3), axis=0)) > 100


def drives(server: XServer) -> bool:
    return pixels(server, AUTHORITY[Authority.POLICY]) > BAND_PIXELS


def test_leaving_a_page_leaves_the_study_where_it_is(x_server: XServer, tmp_path: Path) -> None:
    written(tmp_path, QUICK)
    with sitting(x_server, tmp_path) as person:
        person.came_to("start-1")
        person.ready()
        person.window()
        xdotool(x_server, "key", "ctrl+q")
        _, said = person.process.communicate(timeout=PATIENCE_S)
        assert person.process.returncode == 130
        assert said.splitlines()[-1] == "P1 left in the middle of 'start-1': the same command begins it again"
    with sitting(x_server, tmp_path) as person:
        until(lambda: sum(isinstance(of, Began) for of in person.events()) == 2, "the same page")
        assert [type(of) for of in person.events()[1:]] == [Began, Cut, Began]
        person.button()
        person.came_to("run-blunt-1")
