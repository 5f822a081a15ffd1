"""What the endurance run makes of its samples, and a short one of it."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.soak import MOST_MB_PER_HOUR, Sample, Slope, WindowedLog, judge


def test_a_slope_is_found_and_its_interval_holds_it() -> None:
    hours = np.linspace(0.3, 2.0, 16)
    noise = np.random.default_rng(0).normal(0.0, 0.5, (200, 16))
    slopes = [Slope.of(hours.tolist(), (100 + 4.0 * hours + wobble).tolist()) for wobble in noise]
    exact = Slope.of(hours.tolist(), (100 + 4.0 * hours).tolist())
    assert exact.per_hour == pytest.approx(4.0)
    held = np.mean([slope.low <= 4.0 <= slope.high for slope in slopes])
    assert 0.9 < held < 0.99


def windows(mb_per_hour: float, handles: int = 0) -> list[list[Sample]]:
    """Two hours in which the learner grows so much, and opens so many files in a window."""
    return [
        [
            Sample(
                at * 300.0 + second,
                (200.0, 400.0 + mb_per_hour * (at * 300 + second) / 3600),
                (18, 20 + at * handles),
                (6, 4),
            )
            for second in range(0, 300, 25)
        ]
        for at in range(24)
    ]


@pytest.mark.parametrize(
    ("grows", "handles", "good"),
    [(0.0, 0, True), (MOST_MB_PER_HOUR - 0.1, 0, True), (MOST_MB_PER_HOUR + 0.1, 0, False), (0.0, 1, False)],
)
def test_growth_of_memory_or_handles_fails_the_run(
    grows: float, handles: int, good: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge(windows(grows, handles), 4) is good
    actor, learner = capsys.readouterr().out.splitlines()
    assert actor.startswith("actor: memory +0.0 MB/hour")
    assert learner.startswith(f"learner: memory {grows:+.1f} MB/hour")
    assert learner.endswith("flat" if good else "GROWS")


def test_each_window_has_its_own_line_and_the_session_all_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WindowedLog, "path", tmp_path / "frames")
    monkeypatch.setattr(WindowedLog, "window_s", 1.0)
    log = WindowedLog()
    for frame in range(101):
        log.shown(frame / 50 + (frame > 75) * 0.5)
    first, second = (tmp_path / "frames").read_text().splitlines()
    assert first == "51 20.0 20.0 20.0"
    assert second.endswith(" 520.0")
    assert str(log).startswith("101 frames: ")
