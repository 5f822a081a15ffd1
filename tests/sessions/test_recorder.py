import errno
import gc
import io
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest
from mcap.reader import make_reader

import mereq_teleop.sessions.recorder as recorder_module
from mereq_teleop.sessions.errors import FolderError
from mereq_teleop.sessions.events import Note, Topic
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.recorder import MAX_WAITING, Recorder, RecordingState
from mereq_teleop.sessions.records import Authority, Record
from tests.sessions.made import HEADER, drive, record


class SmallDisk(io.FileIO):
    """A file on a disk that holds so many bytes; some of what does not fit is written all the same."""

    def __init__(self, path: Path, capacity: int) -> None:
        super().__init__(path, "xb")
        self.capacity = capacity

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
        left = self.capacity - self.tell()
        if left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(bytes(data)[:left])


class StuckDisk(io.FileIO):
    """A file whose writes hang while `stuck` is set."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "xb")
        self.free = threading.Event()
        self.free.set()

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
        self.free.wait(30)
        return super().write(bytes(data))


def test_other_tools_read_the_file(tmp_path: Path) -> None:
    events = drive([Authority.POLICY] * 9 + [Authority.HUMAN] * 9)
    path = record(tmp_path / "session.mcap", events)
    with path.open("rb") as file:
        reader = make_reader(file)
        assert reader.get_header().profile == "mereq_teleop"
        messages = list(reader.iter_messages())
        summary = reader.get_summary()
    assert [(channel.topic, message.log_time) for _, channel, message in messages] == [
        (topic, time_ns) for topic, _, time_ns in events
    ]
    assert all(schema is not None and schema.encoding == "jsonschema" for schema, _, _ in messages)
    assert all(channel.message_encoding == "json" for _, channel, _ in messages)
    assert summary is not None
    assert summary.statistics is not None
    assert summary.statistics.message_count == len(events)


def test_log_times_never_go_back(tmp_path: Path) -> None:
    events = [(Topic.NOTE, Note(text=str(time_ns)), time_ns) for time_ns in (5, 9, 7, 8, 10)]
    recording = read_recording(record(tmp_path / "session.mcap", events))
    assert [logged.time_ns for logged in recording.timeline] == [5, 9, 9, 9, 10]
    assert recording.notes == ("5", "9", "7", "8", "10")


@pytest.mark.parametrize("capacity", [1100, 2500, 4000])
def test_a_full_disk_stops_the_recording_and_harms_nothing(tmp_path: Path, capacity: int) -> None:
    events = drive([Authority.POLICY] * 60)
    disk = SmallDisk(tmp_path / "session.mcap", capacity)
    recorder = Recorder(disk, HEADER, flush_interval_s=3600)
    for event in events:
        recorder.write(*event)
        recorder._guarded(recorder._drain)
    assert recorder.state is RecordingState.STOPPED
    assert recorder.fault.startswith("recording stopped: No space left on device")
    recorder.close()
    assert recorder.state is RecordingState.STOPPED
    recording = read_recording(tmp_path / "session.mcap")
    kept = len(recording.timeline)
    assert [tuple(logged) for logged in recording.timeline] == [(t, topic, r) for topic, r, t in events[:kept]]
    assert "the recording was cut" in recording.loss
    assert (tmp_path / "session.mcap").stat().st_size <= capacity


def test_a_disk_with_room_again_gets_the_rest_and_an_end(tmp_path: Path) -> None:
    events = drive([Authority.POLICY] * 30)
    disk = SmallDisk(tmp_path / "session.mcap", 2500)
    recorder = Recorder(disk, HEADER, flush_interval_s=3600)
    for event in events:
        recorder.write(*event)
        recorder._guarded(recorder._drain)
    assert recorder.state is RecordingState.STOPPED
    disk.capacity = 1 << 20
    recorder.close()
    recording = read_recording(tmp_path / "session.mcap")
    assert 0 < len(recording.timeline) < len(events)
    assert recording.loss == recorder.fault


def test_no_room_for_the_header_is_said_at_once() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(FolderError, match="cannot write the recording: No space left on device"):
        Recorder(full.open("wb", buffering=0), HEADER)


def test_a_place_that_takes_no_file_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match=r"cannot make .*session\.mcap: Not a directory"):
        Recorder.create(tmp_path / "file" / "session.mcap", HEADER)
    Recorder.create(tmp_path / "session.mcap", HEADER).close()
    with pytest.raises(FolderError, match="File exists"):
        Recorder.create(tmp_path / "session.mcap", HEADER)


def test_a_disk_that_hangs_never_holds_up_the_writer(tmp_path: Path) -> None:
    disk = StuckDisk(tmp_path / "session.mcap")
    with Recorder(disk, HEADER, flush_interval_s=0.001) as recorder:
        disk.free.clear()
        note = Note(text="x")
        for _ in range(2 * MAX_WAITING + 2):
            recorder.write(Topic.NOTE, note, 1)
            if recorder.fault:
                break
        assert recorder.fault.startswith("recording stopped: the disk does not keep up")
        disk.free.set()
    assert read_recording(tmp_path / "session.mcap").loss == recorder.fault


def test_closing_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "CLOSE_TIMEOUT_S", 0.05)
    disk = StuckDisk(tmp_path / "session.mcap")
    recorder = Recorder(disk, HEADER, flush_interval_s=3600)
    disk.free.clear()
    recorder.write(Topic.NOTE, Note(text="x"), 1)
    recorder.close()
    assert recorder.fault.startswith("recording stopped: the disk does not answer")
    disk.free.set()
    recorder._thread.join()


def test_a_record_that_cannot_be_encoded_stops_the_recording_alone(tmp_path: Path) -> None:
    class Odd(Record):
        thing: object

    with Recorder.create(tmp_path / "session.mcap", HEADER) as recorder:
        recorder.write(Topic.NOTE, Note(text="before"), 1)
        recorder.write("/odd", Odd(thing=object()), 2)
    assert recorder.fault.startswith("recording stopped: ")
    recording = read_recording(tmp_path / "session.mcap")
    assert recording.notes == ("before",)
    assert recording.loss == recorder.fault


def test_writing_after_the_end_does_nothing(tmp_path: Path) -> None:
    recorder = Recorder.create(tmp_path / "session.mcap", HEADER)
    recorder.close()
    recorder.close()
    recorder.write(Topic.NOTE, Note(text="late"), 1)
    assert recorder.state is RecordingState.CLOSED
    assert read_recording(tmp_path / "session.mcap").timeline == ()


KILLED = """
import sys, time
from pathlib import Path
from mereq_teleop.sessions.recorder import Recorder
from tests.sessions.made import HEADER, drive
from mereq_teleop.sessions.records import Authority
events = drive([Authority.POLICY] * 5000)
recorder = Recorder.create(Path(sys.argv[1]), HEADER)
for topic, record, _ in events:
    now = time.time_ns()
    recorder.write(topic, record, now)
    sys.stdout.buffer.write(now.to_bytes(8, "big"))
    sys.stdout.buffer.flush()
    time.sleep(0.001)
"""


def test_kill_9_loses_less_than_a_second(tmp_path: Path) -> None:
    path = tmp_path / "session.mcap"
    command = [sys.executable, "-c", KILLED, str(path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as child:
        assert child.stdout is not None
        first = int.from_bytes(child.stdout.read(8), "big")
        last = first
        while last - first < 1_700_000_000:
            last = int.from_bytes(child.stdout.read(8), "big")
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read()
        last = int.from_bytes(rest[-8:], "big") if rest else last
    recording = read_recording(path)
    assert recording.timeline[0].time_ns == first
    assert last - recording.timeline[-1].time_ns < 1_000_000_000
    assert "the recording was cut" in recording.loss


def test_hours_of_chunks_are_indexed_in_a_few_bytes_each(tmp_path: Path) -> None:
    recorder = Recorder((tmp_path / "session.mcap").open("xb", buffering=0), HEADER, flush_interval_s=1e6)

    def chunk(at: int) -> None:
        for topic, of, _ in drive([Authority.POLICY] * 2):
            recorder.write(topic, of, at)
        recorder._drain()

    for at in range(20):
        chunk(at)
    gc.collect()
    tracemalloc.start()
    for at in range(20, 120):
        chunk(at)
    gc.collect()
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    recorder.close()
    assert left / 100 < 300
    with (tmp_path / "session.mcap").open("rb") as file:
        summary = make_reader(file).get_summary()
        file.seek(0)
        found = [message.log_time for _, _, message in make_reader(file).iter_messages(topics=[Topic.TRANSITION])]
    assert summary is not None
    assert summary.statistics is not None
    assert len(summary.chunk_indexes) == summary.statistics.chunk_count == 120
    assert found == [at for at in range(120) for _ in range(2)]
