from pathlib import Path

import pytest

from mereq_teleop.sessions.effort import effort_of, paused_seconds
from mereq_teleop.sessions.events import AuthorityChange, Topic
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.timeline import lived_steps
from tests.sessions.made import record
from tests.sessions.told import NOBODY, POLICY, told


def test_effort_is_what_one_counts_by_hand(tmp_path: Path) -> None:
    recording = read_recording(record(tmp_path / "told.mcap", told().events))
    effort = effort_of(recording, lived_steps(recording), control_rate_hz=2.0)
    assert (effort.steps, effort.human_steps, effort.safe_steps, effort.retracted_steps) == (11, 5, 1, 3)
    # PPHHPP (the safe step aside) has two switches, HHHP one.
    assert (effort.takeovers, effort.median_takeover, effort.switches) == (2, 2.5, 3)
    assert effort.seconds_by_hand == 2.5
    assert (effort.duration_s, effort.paused_s) == (13.5, 2.0)
    assert effort.reward == pytest.approx(11 * 0.25)
    assert effort.return_on_effort == pytest.approx(11 * 0.25 / (1 + 5))


def test_without_a_known_rate_there_are_no_seconds(tmp_path: Path) -> None:
    recording = read_recording(record(tmp_path / "told.mcap", told().events))
    assert effort_of(recording, lived_steps(recording), None).seconds_by_hand is None


def test_a_pause_at_the_end_lasts_to_the_last_event(tmp_path: Path) -> None:
    teller = told()
    teller.say(Topic.AUTHORITY, AuthorityChange(before=POLICY, after=NOBODY, event="pause"))
    teller.wait(4.0)
    teller.segment(1, 3, 4, POLICY, 2)
    assert paused_seconds(read_recording(record(tmp_path / "paused.mcap", teller.events))) == 6.0
