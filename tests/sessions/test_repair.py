from pathlib import Path

import pytest
from mcap.reader import SeekingReader, make_reader

from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.listing import SessionState, list_sessions
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.repair import repair
from tests.sessions.made import CONFIG, drive, record

EVENTS = drive([Authority.POLICY] * 20 + [Authority.HUMAN] * 10)


@pytest.fixture
def folder(tmp_path: Path) -> SessionFolder:
    made = SessionFolder(tmp_path / "20300101T000000Z-toy-abcdef")
    made.path.mkdir()
    made.write_config(CONFIG)
    record(made.recording, EVENTS, flush_every=3)
    return made


def messages(path: Path) -> list[tuple[str, bytes, str, int, int, bytes]]:
    with path.open("rb") as file:
        return [
            (schema.name, schema.data, channel.topic, message.log_time, message.publish_time, message.data)
            for schema, channel, message in make_reader(file).iter_messages()
            if schema is not None
        ]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_a_cut_file_becomes_whole_and_keeps_every_message(folder: SessionFolder, share: float) -> None:
    whole = messages(folder.recording)
    with folder.recording.open("r+b") as file:
        file.truncate(int(share * folder.recording.stat().st_size))
    before = read_recording(folder.recording)
    done = repair(folder)
    assert done.needed
    assert messages(folder.recording) == whole[: len(before.timeline)]
    after = read_recording(folder.recording)
    assert (after.timeline, after.episodes, after.segments) == (before.timeline, before.episodes, before.segments)
    assert after.loss == done.lost
    assert "was cut and was repaired" in done.lost
    assert (done.steps, done.events, done.kept) == (len(after.on("/transition")), len(after.timeline), None)
    with folder.recording.open("rb") as file:
        summary = SeekingReader(file).get_summary()
        assert summary is not None
        assert summary.chunk_indexes
    (line,) = list_sessions(folder.path.parent)
    assert (line.state, line.steps, line.problem) == (SessionState.CUT, done.steps, done.lost)
    assert not repair(folder).needed
    assert sorted(path.name for path in folder.path.iterdir()) == ["config.json", "session.mcap"]


def test_of_a_damaged_file_the_part_before_is_saved_and_the_file_kept(folder: SessionFolder) -> None:
    data = folder.recording.read_bytes()
    starts = [i for i in range(len(data)) if data.startswith(b"\x28\xb5\x2f\xfd", i)]
    middle = starts[len(starts) // 2] + 20
    hurt = data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]
    folder.recording.write_bytes(hurt)
    with pytest.raises(RecordingError):
        read_recording(folder.recording)
    done = repair(folder)
    assert "was damaged and was repaired" in done.lost
    assert 0 < done.steps < 30
    assert len(read_recording(folder.recording).timeline) == done.events
    assert done.kept is not None
    assert done.kept.read_bytes() == hurt


def test_a_whole_file_stays_as_it_is(folder: SessionFolder) -> None:
    before = folder.recording.read_bytes()
    assert not repair(folder).needed
    assert folder.recording.read_bytes() == before


@pytest.mark.parametrize("data", [b"", b"no recording at all", b"\x89MCAP0\r\n"])
def test_what_holds_nothing_stays_as_it_is(folder: SessionFolder, data: bytes) -> None:
    folder.recording.write_bytes(data)
    with pytest.raises(RecordingError, match=r"session\.mcap"):
        repair(folder)
    assert folder.recording.read_bytes() == data
    assert sorted(path.name for path in folder.path.iterdir()) == ["config.json", "session.mcap"]
