from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mereq_teleop.sessions.events import EpisodeStart, Retraction, SegmentMark, Topic
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Authority, Record
from mereq_teleop.sessions.segments import SegmentCutter
from mereq_teleop.sessions.steps import steps_of
from tests.sessions.made import deciding, drive, record, step_of


def read(folder: Path, events: list[tuple[str, Record, int]]) -> Recording:
    path = folder / "session.mcap"
    path.unlink(missing_ok=True)
    return read_recording(record(path, events))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(deciding, min_size=1, max_size=40))
def test_every_step_is_there_once_in_its_episode_and_its_segment(tmp_path: Path, authorities: list[Authority]) -> None:
    recording = read(tmp_path, drive(authorities))
    steps = steps_of(recording)
    assert [step.transition for step in steps] == list(recording.on(Topic.TRANSITION))
    for step in steps:
        assert recording.timeline[step.line].record is step.transition
        assert recording.episodes[step.take].index == step.episode
        assert recording.episodes[step.take].transitions[step.transition.step] is step.transition
        assert step.mark is not None
        assert step.mark.start <= step.transition.step < step.mark.stop
        assert step.mark.authority is step.transition.decision.authority
    marks = [segment.id for segment in recording.segments for _ in segment.transitions]
    assert [step.mark.id for step in steps if step.mark] == marks


def test_steps_that_were_rewound_keep_their_own_segments(tmp_path: Path) -> None:
    """Steps 0..4, back to 2, then 2..5: two takes."""
    cutter, events = SegmentCutter(), list[tuple[str, Record, int]]()

    def log(topic: str, entry: Record) -> None:
        events.append((topic, entry, len(events)))

    cutter.begin(0, 3)
    log(Topic.EPISODE, EpisodeStart(index=0, seed=3, task="toy-v0"))
    for number in (0, 1, 2, 3, 4, 2, 3, 4, 5):
        step = step_of(number)
        for segment in cutter.add(step):
            log(Topic.SEGMENT, SegmentMark.of(segment))
        log(Topic.TRANSITION, step)
    for segment in cutter.close():
        log(Topic.SEGMENT, SegmentMark.of(segment))
    log(Topic.RETRACT, Retraction(segment="e0-s2"))
    recording = read(tmp_path, events)
    steps = steps_of(recording)
    assert [step.take for step in steps] == [0] * 5 + [1] * 4
    assert [step.mark.id for step in steps if step.mark] == ["e0-s0"] * 5 + ["e0-s2"] * 4
    assert [step.retracted for step in steps] == [False] * 5 + [True] * 4
    assert all(recording.episodes[s.take].transitions[s.transition.step] is s.transition for s in steps)
