from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.timeline import (
    counted,
    episode_counts,
    lived_steps,
    rounds_of,
    runs_of,
    share_of,
)
from tests.sessions.made import deciding, drive, record
from tests.sessions.told import HUMAN, LINE, POLICY, SAFE, told


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return read_recording(record(tmp_path / "told.mcap", told().events))


def test_steps_are_told_in_order_with_round_time_and_what_was_taken_back(recording: Recording) -> None:
    steps = lived_steps(recording)
    assert "".join(step.authority[0].upper() for step in steps) == LINE
    assert [step.at for step in steps] == list(range(11))
    assert [step.round for step in steps] == [1] * 5 + [2] * 6
    assert [step.visit for step in steps] == [0] * 7 + [1] * 4
    assert [step.time_s for step in steps] == [1, 2, 3, 4, 5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5]
    assert [step.at for step in steps if step.retracted] == [7, 8, 9]


def test_runs_end_where_control_or_the_episode_does(recording: Recording) -> None:
    runs = runs_of(lived_steps(recording))
    assert [(run.start, run.stop, run.authority) for run in runs] == [
        (0, 2, POLICY),
        (2, 4, HUMAN),
        (4, 5, POLICY),
        (5, 6, SAFE),
        (6, 7, POLICY),
        (7, 10, HUMAN),
        (10, 11, POLICY),
    ]
    assert [run.reason for run in runs if run.authority is SAFE] == ["unplugged"]
    assert [run.retracted for run in runs] == [False] * 5 + [True, False]


def test_a_round_counts_policy_and_human_but_not_what_was_taken_back(recording: Recording) -> None:
    first, second = rounds_of(recording, lived_steps(recording), typical=3)
    assert (first.round, first.over, first.expert_samples, first.until) == (1, True, 2, 5)
    assert (first.share.steps, first.share.human_steps, first.share.takeovers) == (5, 2, (2,))
    assert first.share.rate == 0.4
    assert first.share.low < 0.4 < first.share.high
    assert (second.round, second.over, second.expert_samples, second.until) == (2, False, 2, 11)
    assert (second.share.steps, second.share.human_steps, second.share.takeovers) == (2, 0, ())
    assert second.share.rate == 0.0


def test_of_no_step_nothing_is_known() -> None:
    share = share_of((), 3)
    assert (share.rate, share.low, share.high) == (None, 0.0, 1.0)


def test_a_step_that_is_taken_again_counts_twice_and_begins_another_visit(tmp_path: Path) -> None:
    teller = told()
    teller.steps("H", 2, version=1)
    steps = lived_steps(read_recording(record(tmp_path / "again.mcap", teller.events)))
    assert [(step.transition.step, step.visit) for step in steps[-2:]] == [(3, 1), (2, 2)]


@given(authorities=st.lists(deciding, min_size=1, max_size=60))
def test_runs_tile_the_session_and_counts_add_up(
    authorities: list[Authority], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = record(tmp_path_factory.mktemp("drive") / "drive.mcap", drive(authorities))
    steps = lived_steps(read_recording(path))
    runs = runs_of(steps)
    assert [at for run in runs for at in range(run.start, run.stop)] == list(range(len(authorities)))
    assert [run.authority for run in runs for _ in range(run.start, run.stop)] == authorities
    counts = episode_counts(steps)
    assert sum(count.steps for count in counts) == len(counted(steps)) == len(authorities) - authorities.count(SAFE)
    assert sum(chain.from_iterable(count.takeovers for count in counts)) == authorities.count(HUMAN)
