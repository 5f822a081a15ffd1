"""A person at the real window of the real application, whose keys xdotool presses."""

import subprocess
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

from mereq_teleop.app.replay import TYPES, verify_session
from mereq_teleop.app.window.palette import AUTHORITY, RGB
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Authority
from tests.app.conftest import XServer
from tests.app.test_end_to_end import PATIENCE_S, running, steps, surroundings, until

BAND_PIXELS = 30_000
"""The band that says who drives is 1200 x 58 pixels; letters cover some."""


@dataclass
class Drive:
    """What a short drive left behind."""

    code: int
    recording: Recording
    folder: SessionFolder
    takeover: "np.ndarray[Any, np.dtype[np.uint8]]"
    """The screen while the person drove."""


def xdotool(server: XServer, *command: str) -> str:
    environment = surroundings(DISPLAY=server.display)
    done = subprocess.run(["xdotool", *command], env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    return done.stdout.strip()


def windows(server: XServer) -> list[str]:
    """Every window that is seen, the whole screen first."""
    return xdotool(server, "search", "--onlyvisible", "--class", ".*").split()


def pixels(server: XServer, colour: RGB) -> int:
    return int((server.screen() == colour).all(axis=2).sum())


def executed_by_hand(action: int, recording: Recording) -> bool:
    return any(
        step.decision.authority is Authority.HUMAN and step.decision.executed == action for step in steps(recording)
    )


@pytest.fixture(scope="module")
def drive(x_server: XServer, tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """Right takes over, Up goes on, Escape gives back, q quits."""
    root = tmp_path_factory.mktemp("window")
    # At the world's own speed: under load, a faster one could crash between two keys.
    with running(root, "--env", "highway", DISPLAY=x_server.display) as session:
        window = until(lambda: windows(x_server)[1:], "the window")[0]
        session.until(steps, "the first step")
        xdotool(x_server, "windowfocus", "--sync", window)
        until(lambda: pixels(x_server, AUTHORITY[Authority.POLICY]) > BAND_PIXELS, "the policy's colour")
        for key, action in (("Right", "LANE_RIGHT"), ("Up", "FASTER")):
            xdotool(x_server, "key", key)
            number = CARD.actions.index(action)
            session.until(partial(executed_by_hand, number), action)
        until(lambda: pixels(x_server, AUTHORITY[Authority.HUMAN]) > BAND_PIXELS, "the human's colour")
        takeover = x_server.screen().copy()
        xdotool(x_server, "key", "Escape")
        session.until(lambda recording: steps(recording)[-1].decision.authority is Authority.POLICY, "the release")
        xdotool(x_server, "key", "q")
        code, said = session.end()
        assert "Traceback" not in said, said
        # How smoothly it ran is for the recording: a person at a terminal can do nothing with it.
        assert "interval" not in said
        folder = session.folder
    return Drive(code, read_recording(folder.recording, TYPES), folder, takeover)


def test_the_window_records_the_takeover_the_actions_and_the_release(drive: Drive) -> None:
    recording = drive.recording
    assert (drive.code, recording.loss) == (0, "")
    assert len([note for note in recording.notes if "interval p50" in note]) == 1
    assert [(command.action, command.engaged) for command in recording.commands] == [
        (CARD.actions.index("LANE_RIGHT"), True),
        (CARD.actions.index("FASTER"), True),
        (None, False),
    ]
    assert [(change.before, change.after, change.event) for change in recording.authority_changes] == [
        (Authority.POLICY, Authority.HUMAN, "engage"),
        (Authority.HUMAN, Authority.POLICY, "release"),
    ]
    by_hand = [step.decision for step in steps(recording) if step.decision.authority is Authority.HUMAN]
    names = [CARD.actions[decision.executed] for decision in by_hand if isinstance(decision.executed, int)]
    assert names[0] == "LANE_RIGHT"
    assert names.count("LANE_RIGHT") == names.count("FASTER") == 1
    assert set(names) <= {"LANE_RIGHT", "FASTER", "IDLE"}


def test_the_window_offers_what_the_person_did_as_segments(drive: Drive) -> None:
    recording = drive.recording
    corrections = [segment for segment in recording.segments if segment.authority is Authority.HUMAN]
    taught = [step for segment in corrections for step in segment.transitions]
    assert taught == [step for step in steps(recording) if step.decision.authority is Authority.HUMAN]
    assert verify_session(drive.folder) == 0


def test_the_screen_shows_who_drives(drive: Drive) -> None:
    assert drive.takeover.mean() > 10
    assert len(np.unique(drive.takeover.astype(np.uint32) @ (1 << 16, 1 << 8, 1))) > 100
    band = (drive.takeover == AUTHORITY[Authority.HUMAN]).all(axis=2)
    assert band.sum() > BAND_PIXELS
    rows = np.flatnonzero(band.sum(axis=1) > 600)
    assert len(rows) >= 40
