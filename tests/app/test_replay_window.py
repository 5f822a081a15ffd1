"""A person at the real window of a replay: keys, the mouse on the time line, and T."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mereq_teleop.app.replay import verify_session
from mereq_teleop.app.window.layout import DESIGN_SIZE, lay_out
from mereq_teleop.app.window.palette import AUTHORITY, TEXT
from mereq_teleop.app.window.replay_screen import REPLAY_SIZE
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Authority
from tests.app.conftest import XServer
from tests.app.driven import HIGHWAY, drive, read, steps
from tests.app.test_arm_window import corner
from tests.app.test_end_to_end import BIN, PATIENCE_S, surroundings, until
from tests.app.test_operator_window import BAND_PIXELS, pixels, windows, xdotool

STEPS = 30
STRIP_TOP = lay_out(*DESIGN_SIZE).keys.top
BAR_LEFT, BAR_WIDTH, BAR_MIDDLE = 18, REPLAY_SIZE[0] - 36, STRIP_TOP + 34 + 22 + 15


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> SessionFolder:
    return drive(tmp_path_factory.mktemp("replayed"), STEPS, HIGHWAY)


@dataclass
class Watching:
    """A replay that is shown."""

    server: XServer
    process: "subprocess.Popen[str]"
    window: str
    at: tuple[int, int]
    """The window's corner on the screen."""

    def press(self, *keys: str) -> None:
        for key in keys:
            xdotool(self.server, "key", key)

    def mouse(self, place: float, *then: str) -> None:
        """Move the mouse to a place on the time line, and do something there."""
        x = self.at[0] + BAR_LEFT + round(BAR_WIDTH * place / STEPS)
        xdotool(self.server, "mousemove", str(x), str(self.at[1] + BAR_MIDDLE), *then)

    def place(self) -> float | None:
        """Where the white cursor stands, in steps; None while it does not."""
        row = self.server.screen()[self.at[1] + BAR_MIDDLE, self.at[0] : self.at[0] + REPLAY_SIZE[0]]
        white = np.flatnonzero((row == TEXT).all(axis=1))
        return (white.mean() - BAR_LEFT) / BAR_WIDTH * STEPS if len(white) in (1, 2, 3) else None

    def until_at(self, place: float) -> None:
        def there() -> bool:
            now = self.place()
            return now is not None and abs(now - place) < 0.1

        until(there, f"step {place}")

    def until_colour(self, authority: Authority) -> None:
        until(lambda: pixels(self.server, AUTHORITY[authority]) > BAND_PIXELS, f"{authority}'s band")

    def until_gone(self) -> int:
        return self.process.wait(PATIENCE_S)


@contextmanager
def watching(server: XServer, *arguments: str | Path) -> Iterator[Watching]:
    command = [str(BIN / "mereq"), "replay", *map(str, arguments)]
    with subprocess.Popen(
        command, env=surroundings(DISPLAY=server.display), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            window = until(lambda: windows(server)[1:] or (process.poll() is not None and [""]), "the window")[0]
            assert process.poll() is None, process.communicate()[1]
            xdotool(server, "windowfocus", "--sync", window)
            yield Watching(server, process, window, corner(server, window))
        finally:
            process.kill()


def test_keys_and_mouse_go_to_any_place_of_the_session(x_server: XServer, session: SessionFolder) -> None:
    with watching(x_server, session.path, "--step", "0") as seen:
        seen.until_at(0)
        for key, place in (
            ("Right", 1),
            ("shift+Right", 3),
            ("shift+Right", 12),
            ("shift+Right", 12),
            ("shift+Left", 3),
            ("Left", 2),
            ("End", STEPS),
            ("Left", STEPS - 1),
            ("Home", 0),
            ("Left", 0),
        ):
            seen.press(key)
            seen.until_at(place)
        seen.mouse(20, "click", "1")
        seen.until_at(20)
        seen.mouse(25, "mousedown", "1")
        seen.mouse(13)
        seen.until_at(13)
        seen.until_colour(Authority.HUMAN)
        seen.mouse(7, "mouseup", "1")
        seen.until_at(7)
        seen.until_colour(Authority.POLICY)
        seen.mouse(9)
        bright = x_server.screen().mean()
        seen.press("h")
        until(lambda: x_server.screen().mean() < 0.7 * bright, "the help over a darker window")
        seen.press("h")
        until(lambda: x_server.screen().mean() > 0.9 * bright, "the window without help")
        seen.until_at(7)
        seen.press("Up", "Up", "space")
        until(lambda: (seen.place() or 0) > 12, "four steps a second")
        seen.press("space")
        seen.press("q")
        assert seen.until_gone() == 0
    assert read(session).loss == ""


def test_it_plays_from_the_start_by_itself_and_stops_at_the_end(x_server: XServer, session: SessionFolder) -> None:
    with watching(x_server, session.path, "--policy", "prior") as seen:
        until(lambda: 0.5 < (seen.place() or 0) < 20, "the first steps")
        seen.press(*["bracketright"] * 4)
        seen.until_at(STEPS)
        seen.press("q")
        assert seen.until_gone() == 0


def test_t_takes_over_from_this_very_frame(x_server: XServer, session: SessionFolder) -> None:
    root = session.path.parent
    with watching(x_server, session.path, "--at", "13s") as seen:
        seen.until_at(13)
        seen.until_colour(Authority.HUMAN)
        seen.press("t")
        fork = until(lambda: [f for f in sessions_in(root) if f.name != session.name], "the fork")[0]
        # The operator's window may have the number that the replay's had.
        seen.until_colour(Authority.NOBODY)
        xdotool(x_server, "windowfocus", "--sync", windows(x_server)[1])
        seen.press("p")
        seen.until_colour(Authority.HUMAN)
        seen.press("Down")
        until(lambda: by_hand(fork, CARD.actions.index("SLOWER")), "a step by hand")
        seen.press("q")
        _, said = seen.process.communicate(timeout=PATIENCE_S)
        assert "Traceback" not in said, said
        assert seen.process.returncode == 0
    recording, parent = read(fork), read(session)
    first = recording.episodes[0]
    assert recording.config.parent == session.name
    assert recording.config.settings["fork"] == f"{session.name}@0:13"
    assert first.executed_before == parent.episodes[0].executed[:13]
    assert first.transitions[0].obs == parent.episodes[0].transitions[13].obs
    assert first.transitions[0].decision.authority is Authority.HUMAN
    assert verify_session(fork) == 0


def by_hand(folder: SessionFolder, action: int) -> bool:
    try:
        recording: Recording = read(folder)
    except (RecordingError, ValueError):
        return False
    decisions = [step.decision for step in steps(recording)]
    return any(d.authority is Authority.HUMAN and d.executed == action for d in decisions)
