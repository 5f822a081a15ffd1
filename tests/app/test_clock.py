"""Pacing is arithmetic: with a clock that only passes when told to, every tick's time is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.clock import FakeClock, RateKeeper, SystemClock

WORK_S = st.lists(st.floats(0.0, 0.2), min_size=1, max_size=60)


def test_quick_work_gives_ticks_on_the_grid_and_none_late() -> None:
    clock = FakeClock(100.0)
    keeper = RateKeeper(clock, rate_hz=50.0)
    ticks = []
    for _ in range(1000):
        clock.advance(0.013)
        ticks.append(keeper.wait())
    assert ticks == pytest.approx([100.0 + (k + 1) / 50.0 for k in range(1000)], abs=1e-9)
    assert keeper.late == 0


def test_a_late_tick_comes_at_once_and_missed_ones_are_dropped() -> None:
    clock = FakeClock()
    keeper = RateKeeper(clock, rate_hz=10.0)
    clock.advance(0.35)
    assert keeper.wait() == 0.35
    assert keeper.late == 1
    assert keeper.wait() == pytest.approx(0.4)
    assert keeper.wait() == pytest.approx(0.5)
    assert keeper.late == 1


@given(WORK_S)
def test_a_tick_comes_within_a_period_after_the_work_and_a_late_one_at_once(work_s: list[float]) -> None:
    clock, period_s = FakeClock(), 0.05
    keeper = RateKeeper(clock, 1 / period_s)
    for seconds in work_s:
        clock.advance(seconds)
        done, late = clock.now, keeper.late
        tick = keeper.wait()
        assert done <= tick <= done + period_s + 1e-9
        assert keeper.late == late or tick == done


@given(WORK_S)
def test_after_a_hitch_the_grid_is_where_it_was(work_s: list[float]) -> None:
    clock = FakeClock()
    keeper = RateKeeper(clock, rate_hz=10.0)
    for seconds in work_s:
        clock.advance(seconds)
        keeper.wait()
    keeper.wait()
    assert (keeper.wait() * 10.0) == pytest.approx(round(clock.now * 10.0), abs=1e-6)


def test_the_system_clock_passes_at_least_what_was_asked() -> None:
    clock = SystemClock()
    start = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() - start >= 0.01


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="positive, got 0"):
        RateKeeper(FakeClock(), rate_hz=0.0)
    with pytest.raises(ValueError, match="go back"):
        FakeClock().advance(-1.0)
