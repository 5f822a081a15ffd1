"""Laws of the lessons: only what is new is learned, and what was taken back costs every round anew."""

import time

from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.rounds import Lesson, Rounds
from mereq_teleop.sessions.records import Authority, Segment
from tests.agents.made import span

P, H, S = Authority.POLICY, Authority.HUMAN, Authority.SAFE


def segments(*rounds: int) -> list[Segment]:
    """One segment of two steps each, in these rounds."""
    return [span(0, 2, H, round=round, episode=index) for index, round in enumerate(rounds)]


def told(lesson: Lesson) -> tuple[int, bool, bool, int]:
    return lesson.round, lesson.afresh, lesson.opens, len(lesson.segments)


ascending = st.lists(st.integers(1, 5), min_size=1, max_size=8).map(sorted)


@given(rounds=ascending)
def test_the_last_round_is_learned_and_opens_once(rounds: list[int]) -> None:
    keeper, seen = Rounds(), segments(*rounds)
    for count in range(1, len(seen) + 1):
        [lesson] = keeper.lessons(seen[:count], "x")
        opens = count == 1 or rounds[count - 1] > rounds[count - 2]
        assert told(lesson) == (rounds[count - 1], False, opens, count)
        assert [segment.round for segment in lesson.current] == [r for r in rounds[:count] if r == lesson.round]
        assert lesson.earlier_steps == 2 * sum(r < lesson.round for r in rounds[:count])


@given(rounds=ascending, data=st.data())
def test_after_a_retraction_every_round_that_remains_is_learned_afresh(rounds: list[int], data: st.DataObject) -> None:
    keeper, seen = Rounds(), segments(*rounds)
    keeper.lessons(seen, "x")
    gone = data.draw(st.integers(0, len(seen) - 1))
    kept = seen[:gone] + seen[gone + 1 :]
    lessons = keeper.lessons(kept, "retract")
    left = sorted({segment.round for segment in kept}) or [0]
    assert [told(lesson)[:3] for lesson in lessons] == [(r, r == left[0], True) for r in left]
    assert all(lesson.segments == tuple(s for s in kept if s.round <= lesson.round) for lesson in lessons)
    # Once unlearned, it is as if it had never been.
    fresh = Rounds()
    fresh.lessons(kept, "retract")
    assert (fresh.round, fresh.learned_from) == (keeper.round, keeper.learned_from)
    assert [told(lesson) for lesson in keeper.lessons(kept, "y")] == [(left[-1], False, False, len(kept))]


def test_a_restored_keeper_knows_what_it_learned_from() -> None:
    keeper, restored = Rounds(), Rounds()
    keeper.lessons(segments(1, 1, 2), "x")
    restored.restore(keeper.state())
    assert (restored.round, restored.learned_from) == (2, keeper.learned_from)
    assert restored.lessons(segments(1, 1), "retract")[0].afresh


def test_the_report_speaks_of_the_lessons_round() -> None:
    mixed = [span(0, 6, P, round=2), span(6, 8, H, round=2), span(8, 9, S, round=2), span(0, 3, H, round=1)]
    [lesson] = Rounds().lessons(mixed, "e0-s6")
    report = lesson.report(time.monotonic(), weights=None, losses=[1.0, 3.0], updates=2)
    assert (report.cause, report.round, report.intervention_rate, report.loss) == ("e0-s6", 2, 0.25, 2.0)
    assert lesson.report(time.monotonic(), weights=None, losses=[], updates=0).loss == 0.0
