"""What a histogram of frames says is what the list of them would have said, to a tenth of a millisecond."""

import math

from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.framelog import FrameLog

intervals = st.lists(st.floats(0.0, 3.0), min_size=1, max_size=60)


def logged(gaps: list[float]) -> tuple[FrameLog, list[float]]:
    """A log of frames with these gaps, and the intervals as they came out in floats."""
    log, now_s, seen = FrameLog(), 0.0, []
    log.shown(now_s)
    for gap in gaps:
        seen.append(now_s + gap - now_s)
        now_s += gap
        log.shown(now_s)
    return log, sorted(seen)


@given(intervals, st.floats(0.01, 1.0))
def test_a_quantile_is_exact_to_a_tenth_of_a_millisecond(gaps: list[float], share: float) -> None:
    log, ordered = logged(gaps)
    exact = ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
    if exact < 1.0:
        assert exact <= log.quantile(share) + 1e-12
        assert log.quantile(share) <= exact + 1.001e-4
    else:
        assert log.quantile(share) == ordered[-1]
    assert log.quantile(1.0) == ordered[-1]


@given(intervals)
def test_late_frames_are_counted_one_by_one(gaps: list[float]) -> None:
    log, ordered = logged(gaps)
    assert str(log).startswith(f"{len(gaps) + 1} frames: ")
    assert str(log).endswith(f" {sum(gap > 0.020 for gap in ordered)} over 20 ms")


def test_a_count_down_counts_for_nothing() -> None:
    log = FrameLog()
    assert log.shown(0.0, counted=False)
    assert not log.shown(9.0)
    assert not log.shown(9.016)
    assert str(log) == "2 frames: interval p50 16.0 ms, p99 16.0 ms, worst 16.0 ms, 0 over 20 ms"
    assert FrameLog().quantile(0.5) == 0.0
