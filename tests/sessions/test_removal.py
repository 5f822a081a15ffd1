import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mereq_teleop.sessions.claim import is_recording
from mereq_teleop.sessions.errors import RecordingError, RemovalError
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.listing import SessionState, list_sessions
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.removal import remove, size_of
from mereq_teleop.sessions.repair import repair
from tests.sessions.made import CONFIG, HEADER, drive, record

RECORDS = """
import sys
from pathlib import Path
from mereq_teleop.sessions.recorder import Recorder
from tests.sessions.made import HEADER
Recorder.create(Path(sys.argv[1]), HEADER)
print("recording", flush=True)
sys.stdin.read()
"""


def made(root: Path) -> SessionFolder:
    folder = SessionFolder.create(root, "toy", datetime(2030, 1, 1, tzinfo=UTC))
    folder.write_config(CONFIG)
    return folder


def test_a_session_goes_with_everything_in_it(tmp_path: Path) -> None:
    folder, other = made(tmp_path), made(tmp_path)
    for each in (folder, other):
        record(each.recording, drive([Authority.POLICY] * 5))
    before = size_of(tmp_path)
    remove(folder, tmp_path)
    assert sessions_in(tmp_path) == (other,)
    assert size_of(tmp_path) == before - size_of(other.path)


def test_a_session_that_is_being_recorded_stays(tmp_path: Path) -> None:
    folder = made(tmp_path)
    with Recorder.create(folder.recording, HEADER):
        assert [line.state for line in list_sessions(tmp_path)] == [SessionState.RECORDING]
        with pytest.raises(RemovalError, match="is being recorded"):
            remove(folder, tmp_path)
        with pytest.raises(RecordingError, match="is being recorded"):
            repair(folder)
    assert [line.state for line in list_sessions(tmp_path)] == [SessionState.COMPLETE]
    remove(folder, tmp_path)


def test_a_kill_ends_the_claim(tmp_path: Path) -> None:
    path, root = tmp_path / "session.mcap", Path(__file__).parents[2]
    command = [sys.executable, "-c", RECORDS, str(path)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "recording\n"
        assert is_recording(path)
        child.send_signal(signal.SIGKILL)
    assert not is_recording(path)


def test_nothing_outside_of_the_root_is_deleted(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    inside, outside = made(root), made(elsewhere)
    link = root / "20300101T000000Z-toy-link"
    link.symlink_to(outside.path)
    nested = SessionFolder(inside.path / "policies")
    for folder in (outside, SessionFolder(link), nested, SessionFolder(root), SessionFolder(inside.path / "..")):
        with pytest.raises(RemovalError, match="does not lie in"):
            remove(folder, root)
    assert outside.path.is_dir()
    assert inside.path.is_dir()


def test_a_folder_that_is_no_session_stays(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    with pytest.raises(RemovalError, match="is no session"):
        remove(SessionFolder(photos), tmp_path)
    assert photos.is_dir()
