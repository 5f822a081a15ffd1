"""The last minute: its spans tile it, whatever came, and it never grows."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.timeline import MINUTE_S, Mark, Moment, Span, Timeline
from mereq_teleop.sessions.records import Authority

EVENTS = st.lists(
    st.tuples(st.integers(0, 160), st.sampled_from(Authority), st.lists(st.sampled_from(Mark), max_size=2)),
    min_size=1,
    max_size=60,
)


@given(EVENTS, st.integers(0, 400))
def test_spans_tile_what_is_known_of_the_last_minute(
    events: list[tuple[int, Authority, list[Mark]]], later: int
) -> None:
    timeline, now_s, at = Timeline(), 0.0, list[tuple[float, Authority]]()
    for quarters, authority, marks in events:
        now_s += quarters / 4
        timeline.add(authority, now_s, marks)
        at.append((now_s, authority))
    now_s += later / 4
    seen = timeline.last_minute(now_s)
    assert seen.spans[-1].stop_s == 0.0
    assert seen.spans[0].start_s == min(now_s - at[0][0], MINUTE_S)
    for one, other in pairwise(seen.spans):
        assert one.stop_s == other.start_s
    # Of two at one moment the later one counts.
    for begun_s, authority in dict(at).items():
        ago_s = now_s - begun_s
        if 0.0 < ago_s < MINUTE_S:
            assert [span.authority for span in seen.spans if span.start_s >= ago_s > span.stop_s] == [authority]


def test_a_takeover_in_the_middle() -> None:
    timeline = Timeline()
    for step in range(100):
        human = 50 <= step < 60
        marks = [Mark.SWAP] if step == 60 else []
        timeline.add(Authority.HUMAN if human else Authority.POLICY, float(step), marks)
    seen = timeline.last_minute(100.0)
    assert seen.spans == (
        Span(Authority.POLICY, 60.0, 50.0),
        Span(Authority.HUMAN, 50.0, 40.0),
        Span(Authority.POLICY, 40.0, 0.0),
    )
    assert seen.moments == (Moment(Mark.SWAP, 40.0),)
    timeline.add(Authority.POLICY, 130.0)
    assert timeline.last_minute(130.0).moments == ()


def test_nothing_was_seen_yet() -> None:
    assert Timeline().last_minute(5.0).spans == ()


def test_a_session_of_hours_costs_no_more_than_a_minute() -> None:
    timeline = Timeline()
    for tick in range(50_000):
        timeline.add(tuple(Authority)[tick % 4], tick / 60, [Mark.ROUND])
    seen = timeline.last_minute(50_000 / 60)
    assert len(seen.spans) <= 256
    assert len(seen.moments) <= 64
