from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.writer import CompressionType, Writer

from mereq_teleop.sessions.config import SessionHeader
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.events import AuthorityChange, EpisodeStart, Note, Retraction, RoundEnd, SegmentMark, Topic
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Authority, Record
from mereq_teleop.sessions.segments import SegmentCutter, segments_of
from tests.sessions.made import CONFIG, FINGERPRINT, HEADER, Event, deciding, drive, record, step_of

sessions = st.lists(deciding, max_size=40)
reuse_folder = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Press(Record):
    key: str


def attempt(path: Path) -> Recording | str:
    """The recording, or what the user is told instead."""
    try:
        return read_recording(path)
    except RecordingError as error:
        return str(error)


def events_of(recording: Recording) -> list[Event]:
    return [(logged.topic, logged.record, logged.time_ns) for logged in recording.timeline]


@given(authorities=sessions)
@reuse_folder
def test_what_was_recorded_is_read(tmp_path: Path, authorities: list[Authority]) -> None:
    path = tmp_path / "session.mcap"
    path.unlink(missing_ok=True)
    events = drive(authorities)
    recording = read_recording(record(path, events, flush_every=7))
    assert events_of(recording) == events
    assert (recording.config, recording.fingerprint, recording.loss) == (CONFIG, FINGERPRINT, "")
    assert [t.decision.authority for episode in recording.episodes for t in episode.transitions] == authorities
    tiles = tuple(segment for episode in recording.episodes for segment in segments_of(episode))
    assert recording.segments == tiles


def test_other_rooms_records_are_typed_or_kept_raw(tmp_path: Path) -> None:
    change = AuthorityChange(before=Authority.HUMAN, after=Authority.SAFE, event="lost", reason="unplugged")
    events: list[Event] = [
        (Topic.COMMAND, Press(key="up"), 1),
        (Topic.AUTHORITY, change, 2),
        (Topic.ROUND, RoundEnd(id="r0", round=0, steps=100, human_steps=4), 3),
        (Topic.RETRACT, Retraction(segment="e0-s1"), 4),
        ("/strange", Note(text="hm"), 5),
        (Topic.REPORT, Press(key="loss"), 6),
    ]
    path = record(tmp_path / "session.mcap", events)
    raw = read_recording(tmp_path)
    assert raw.commands == ({"key": "up"},)
    assert raw.reports == ({"key": "loss"},)
    assert raw.on("/strange") == ({"text": "hm"},)
    assert raw.authority_changes == (change,)
    assert raw.rounds[0].human_steps == 4
    assert raw.retracted == {"e0-s1"}
    assert read_recording(path, {Topic.COMMAND: Press}).commands == (Press(key="up"),)


def test_an_episode_that_was_rewound_is_there_as_left_and_as_gone_on(tmp_path: Path) -> None:
    cutter = SegmentCutter()
    events: list[Event] = [(Topic.EPISODE, EpisodeStart(index=0, seed=3, task="toy-v0"), 0)]
    cutter.begin(0, 3)
    for step, authority in [(0, "policy"), (1, "policy"), (2, "policy"), (1, "human"), (2, "human")]:
        transition = step_of(step, Authority(authority))
        closed = cutter.add(transition)
        events += [(Topic.SEGMENT, SegmentMark.of(segment), 0) for segment in closed]
        events.append((Topic.TRANSITION, transition, 0))
    events.append((Topic.EPISODE, EpisodeStart(index=1, seed=4, task="toy-v0"), 0))
    events += [(Topic.SEGMENT, SegmentMark.of(segment), 0) for segment in cutter.begin(1, 4)]
    recording = read_recording(record(tmp_path / "session.mcap", events))
    assert [len(episode.transitions) for episode in recording.episodes] == [3, 3, 0]
    left, went_on, _ = recording.episodes
    assert left.transitions[0] == went_on.transitions[0]
    assert [(s.id, s.start, s.stop, s.authority) for s in recording.segments] == [
        ("e0-s0", 0, 3, "policy"),
        ("e0-s1", 1, 3, "human"),
    ]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Event]]:
    path = tmp_path_factory.mktemp("small") / "session.mcap"
    events = drive([Authority.POLICY] * 4 + [Authority.HUMAN] * 4)
    return record(path, events, flush_every=4).read_bytes(), events


def test_cut_at_any_byte_it_opens_as_far_as_it_goes_or_says_why_not(
    small: tuple[bytes, list[Event]], tmp_path: Path
) -> None:
    data, events = small
    path = tmp_path / "session.mcap"
    kept: list[int] = []
    # Five shares no factor with the sizes of MCAP's fields, so every field is cut somewhere.
    for size in range(0, len(data), 5):
        path.write_bytes(data[:size])
        recording = attempt(path)
        if isinstance(recording, str):
            assert recording == f"{path} ends before its header: there is nothing to read"
            assert not kept
            continue
        kept.append(len(recording.timeline))
        assert events_of(recording) == events[: kept[-1]]
        assert recording.loss.startswith("the recording was cut: it ends after ")
        assert "\n" not in recording.loss
    assert kept == sorted(kept)
    assert set(kept) == {0, 4, 8, 12, len(events)}


@given(where=st.integers(0, 1 << 20), flip=st.integers(1, 255))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_byte_is_never_read_as_truth(
    small: tuple[bytes, list[Event]], tmp_path: Path, where: int, flip: int
) -> None:
    data, events = small
    damaged = bytearray(data)
    damaged[where % len(data)] ^= flip
    path = tmp_path / "session.mcap"
    path.write_bytes(damaged)
    recording = attempt(path)
    if isinstance(recording, str):
        assert str(path) in recording
        assert "\n" not in recording
        return
    assert events_of(recording) == events[: len(recording.timeline)]
    assert recording.loss or len(recording.timeline) == len(events)


@given(data=st.binary(max_size=300))
@reuse_folder
def test_any_other_file_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "session.mcap"
    for content in (data, b"\x89MCAP0\r\n" + data):
        path.write_bytes(content)
        with pytest.raises(RecordingError, match=r"^[^\n]*session\.mcap[^\n]*$"):
            read_recording(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"cannot read .*session\.mcap: No such file"):
        read_recording(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    newer = SessionHeader(config=CONFIG, fingerprint=FINGERPRINT, format=2)
    Recorder.create(tmp_path / "session.mcap", newer).close()
    with pytest.raises(RecordingError, match=r"has format 2, .* up to 1: update it"):
        read_recording(tmp_path)


def test_steps_that_are_missing_are_noticed(tmp_path: Path) -> None:
    start = EpisodeStart(index=0, seed=3, task="toy-v0")
    path = record(tmp_path / "session.mcap", [(Topic.EPISODE, start, 0), (Topic.TRANSITION, step_of(1), 0)])
    with pytest.raises(RecordingError, match="step 1 comes after 0 steps"):
        read_recording(path)


def test_a_segment_of_steps_that_are_not_there_is_noticed(tmp_path: Path) -> None:
    start = EpisodeStart(index=0, seed=3, task="toy-v0")
    mark = SegmentMark(id="e0-s0", round=0, episode=0, seed=3, start=0, stop=2, authority=Authority.POLICY)
    events: list[Event] = [(Topic.EPISODE, start, 0), (Topic.TRANSITION, step_of(0), 0), (Topic.SEGMENT, mark, 0)]
    with pytest.raises(RecordingError, match="/segment: segment 'e0-s0' lacks some of its steps"):
        read_recording(record(tmp_path / "session.mcap", events))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "session.mcap"
    writer: Any = cast(Any, Writer(str(path), compression=CompressionType.ZSTD, chunk_size=1 << 30))
    writer.start("mereq_teleop", "bomb")
    channel = writer.register_channel("/note", "json", 0)
    writer.add_message(channel, 0, b" " * (65 << 20), 0)
    writer.finish()
    assert path.stat().st_size < 1 << 16
    with pytest.raises(RecordingError, match="unpacks to more"):
        read_recording(path)


def test_header_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "session.mcap"
    writer: Any = cast(Any, Writer(str(path)))
    writer.start("ros2", "other")
    writer.finish()
    with pytest.raises(RecordingError, match="its profile is 'ros2'"):
        read_recording(path)


def test_the_header_is_the_first_thing_on_disk(tmp_path: Path) -> None:
    with Recorder.create(tmp_path / "session.mcap", HEADER):
        assert read_recording(tmp_path).config == CONFIG
