"""An episode that a fork takes up midway is recorded, cut, read and verified like the rest of a whole one."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.sessions.events import EpisodeStart, SegmentMark, Topic
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Authority, Episode, Segment, Transition
from mereq_teleop.sessions.segments import SegmentCutter, segments_of
from mereq_teleop.sessions.verify import verify
from tests.sessions.made import FINGERPRINT, HORIZON, Event, ToyPolicy, ToyWorld, deciding, drive, record

wholes = st.lists(deciding, min_size=HORIZON, max_size=HORIZON)
places = st.integers(0, HORIZON - 1)


def midway(authorities: Sequence[Authority], at: int, back: int | None = None) -> tuple[Recording, list[Transition]]:
    """The toy session from a step on, and all its steps; `back` takes some of them again from an earlier one."""
    steps = [event for _, event, _ in drive(authorities) if isinstance(event, Transition)]
    before = tuple(step.decision.executed for step in steps[:at])
    begun = EpisodeStart(index=0, seed=100, task="toy-v0", executed_before=before)
    cutter = SegmentCutter()
    cutter.begin(0, 100, before)
    events: list[Event] = [(Topic.EPISODE, begun, 1)]
    taken = steps[at:] if back is None else [*steps[at:-1], *steps[back:]]
    for time_ns, step in enumerate(taken, 2):
        if time_ns == HORIZON - at + 1 and back is not None:
            # Who goes back closes what is open first.
            events += [(Topic.SEGMENT, SegmentMark.of(segment), time_ns) for segment in cutter.close()]
        closed = cutter.add(step)
        events.append((Topic.TRANSITION, step, time_ns))
        events += [(Topic.SEGMENT, SegmentMark.of(segment), time_ns) for segment in closed]
    events += [(Topic.SEGMENT, SegmentMark.of(segment), 10**6) for segment in cutter.close()]
    with tempfile.TemporaryDirectory() as folder:
        return read_recording(record(Path(folder) / "session.mcap", events)), steps


def tiles(segments: Sequence[Segment]) -> list[int]:
    return [step for segment in segments for step in range(segment.start, segment.stop)]


@given(authorities=wholes, at=places)
def test_the_rest_of_an_episode_is_read_as_it_was(authorities: list[Authority], at: int) -> None:
    recording, steps = midway(authorities, at)
    (episode,) = recording.episodes
    assert list(episode.transitions) == steps[at:]
    assert episode.executed == tuple(step.decision.executed for step in steps)
    assert len(episode.observations) == len(steps) - at + 1
    assert tiles(recording.segments) == [*range(at, HORIZON)]
    assert recording.segments == segments_of(episode)
    assert all(segment.executed_before == episode.executed[: segment.start] for segment in recording.segments)
    assert verify(recording, ToyWorld(), ToyPolicy, FINGERPRINT).ok


@given(authorities=wholes, at=st.integers(0, HORIZON - 2), back=st.integers(0, HORIZON - 2))
def test_it_may_be_rewound_also_behind_where_it_began(authorities: list[Authority], at: int, back: int) -> None:
    recording, steps = midway(authorities, at, back)
    executed = tuple(step.decision.executed for step in steps)
    assert recording.episodes[-1].executed == executed
    assert all(segment.executed_before == executed[: segment.start] for segment in recording.segments)
    assert verify(recording, ToyWorld(), ToyPolicy, FINGERPRINT).ok


def test_another_action_before_it_is_found() -> None:
    recording, _ = midway([Authority.POLICY] * HORIZON, 5)
    episode = recording.episodes[0]
    other = tuple((int(str(action)) + 1) % 3 for action in episode.executed_before)
    changed = msgspec.structs.replace(episode, executed_before=other)
    found = verify(
        Recording(**{**vars(recording), "episodes": (changed,)}), ToyWorld(), ToyPolicy, FINGERPRINT
    ).difference
    assert found is not None
    assert (found.step, found.field[:3]) == (5, "obs")


def test_steps_count_on_from_what_was_executed_before() -> None:
    _, steps = midway([Authority.POLICY] * HORIZON, 5)
    with pytest.raises(ValueError, match="lacks some of its steps"):
        Episode(task="toy-v0", index=0, seed=3, transitions=tuple(steps[5:]), executed_before=(0,) * 4)


def test_an_episode_from_its_reset_is_written_as_ever() -> None:
    begun = EpisodeStart(index=0, seed=3, task="toy-v0")
    assert msgspec.json.encode(begun) == b'{"index":0,"seed":3,"task":"toy-v0"}'
