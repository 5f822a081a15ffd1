from datetime import UTC, datetime, timedelta
from pathlib import Path

from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.listing import SessionState, list_sessions
from mereq_teleop.sessions.records import Authority
from tests.sessions.made import CONFIG, drive, record

EVENTS = drive([Authority.POLICY] * 6 + [Authority.HUMAN] * 4)


def make(root: Path, day: int) -> SessionFolder:
    folder = SessionFolder.create(root, "toy", datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=day))
    folder.write_config(CONFIG)
    return folder


def test_each_session_is_one_line(tmp_path: Path) -> None:
    whole, cut, damaged, empty, stray = (make(tmp_path, day) for day in range(5))
    record(whole.recording, EVENTS)
    size = record(cut.recording, EVENTS, flush_every=4).stat().st_size
    with cut.recording.open("r+b") as file:
        file.truncate(int(size * 0.35))
    damaged.recording.write_bytes(whole.recording.read_bytes()[:-200].replace(b"\x28\xb5\x2f\xfd", b"oops"))
    empty.recording.write_bytes(b"")
    (stray.path / "config.json").unlink()

    lines = list_sessions(tmp_path)
    assert [line.name for line in lines] == [folder.name for folder in (whole, cut, damaged, empty, stray)]
    first = lines[0]
    assert (first.state, first.task, first.method) == (SessionState.COMPLETE, "toy", "mereq")
    assert (first.steps, first.human_steps) == (10, 4)
    assert first.duration_s == (len(EVENTS) - 1) / 1e9
    assert first.size_bytes == whole.recording.stat().st_size
    assert first.started_utc == CONFIG.started_utc
    assert lines[1].state is SessionState.CUT
    assert 0 < lines[1].steps < 10
    assert lines[2].state is SessionState.BROKEN
    assert "session.mcap" in lines[2].problem
    assert (lines[3].state, lines[3].steps) == (SessionState.CUT, 0)
    assert lines[4].state is SessionState.BROKEN
    assert "config.json" in lines[4].problem


def test_a_place_without_sessions_lists_none(tmp_path: Path) -> None:
    assert list_sessions(tmp_path / "nowhere") == ()
