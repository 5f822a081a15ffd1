from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.sessions.records import Authority, Segment
from mereq_teleop.sessions.segments import SegmentCutter, segments_of
from tests.sessions.made import deciding, episode_of, step_of

authorities_of_an_episode = st.lists(deciding, min_size=1, max_size=30)
round_starts = st.sets(st.integers(0, 30))


@given(authorities=authorities_of_an_episode, starts=round_starts)
def test_segments_tile_the_episode(authorities: list[Authority], starts: set[int]) -> None:
    episode = episode_of(authorities)
    segments = segments_of(episode, round_starts=starts)
    assert tuple(t for segment in segments for t in segment.transitions) == episode.transitions
    assert [segment.executed_before for segment in segments] == [tuple(range(s.start)) for s in segments]


@given(authorities=authorities_of_an_episode, starts=round_starts)
def test_segments_are_as_long_as_authority_and_round_allow(authorities: list[Authority], starts: set[int]) -> None:
    for before, after in pairwise(segments_of(episode_of(authorities), round_starts=starts)):
        assert before.authority is not after.authority or after.start in starts
        assert (after.round > before.round) == any(before.start < start <= after.start for start in starts)
        assert not any(before.start < start < before.stop for start in starts)


@given(authorities=authorities_of_an_episode, starts=round_starts)
def test_cutting_live_gives_the_same_segments(authorities: list[Authority], starts: set[int]) -> None:
    cutter = SegmentCutter()
    live: list[Segment] = [*cutter.begin(0, 3)]
    for step, authority in enumerate(authorities):
        if step in starts:
            live += cutter.end_round()
        live += cutter.add(step_of(step, authority))
    live += cutter.close()
    assert tuple(live) == segments_of(episode_of(authorities), round_starts=starts)


def test_the_end_of_an_episode_closes_at_once() -> None:
    cutter = SegmentCutter()
    cutter.begin(3, 9)
    assert cutter.add(step_of(0)) == ()
    first, second = cutter.add(step_of(1, Authority.HUMAN, ends=True))
    assert (first.id, first.authority, second.id, second.authority) == ("e3-s0", "policy", "e3-s1", "human")
    assert cutter.close() == ()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), deciding), max_size=60))
def test_ids_stay_unique_through_restarts_and_rewinds(moves: list[tuple[bool, int, Authority]]) -> None:
    cutter, done = SegmentCutter(), 0
    segments: list[Segment] = [*cutter.begin(0, 3)]
    for restart, back, authority in moves:
        if restart:
            segments += cutter.begin(0, 3)
            done = 0
        step = max(0, done - back)
        segments += cutter.add(step_of(step, authority))
        done = step + 1
    segments += cutter.close()
    ids = [segment.id for segment in segments]
    assert len(ids) == len(set(ids))
    assert sum(segment.stop - segment.start for segment in segments) == len(moves)


def test_a_step_left_out_is_refused() -> None:
    cutter = SegmentCutter()
    with pytest.raises(ValueError, match="step 0 came after 0 steps of episode -1"):
        cutter.add(step_of(0))
    cutter.begin(0, 3)
    with pytest.raises(ValueError, match="step 2 came after 0 steps"):
        cutter.add(step_of(2))
