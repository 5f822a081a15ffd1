"""What comes of a verdict: the session's end, lines on standard error, the results, the scene; and demonstrations."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.operator_view import scene_of
from mereq_teleop.app.results import Results, summarise
from mereq_teleop.app.summary import Summary
from mereq_teleop.app.wording import in_words, percent, percents
from mereq_teleop.sessions.folder import SessionFolder, find_session, has_step, sessions_in
from mereq_teleop.sessions.rates import Interval, Standing, Verdict
from mereq_teleop.sessions.records import Authority
from tests.app.test_actor import LANE_RIGHT, SLOWER, acting, authorities, steps

DELTA = 0.2
CLEAN_STEPS = 47
"""Steps without a takeover that put the interval's upper end under 20 %: z^2 * 3 * 0.8 / 0.2 = 46.1."""


def test_a_session_ends_at_the_step_that_settles_it_and_keeps_that_policy(tmp_path: Path) -> None:
    # The learner answers late: the policy that it makes of the correction comes when another one was judged.
    with acting(tmp_path, stop_when_aligned=True, delta=DELTA, pace="realtime", swap="episode") as rig:
        rig.follow("0 LANE_RIGHT\n1 release")
        rig.until(1000)
        actor = rig.actor
        assert actor.done
        assert actor.aligned
        assert rig.said[-1] == ("aligned under 20 %: the session ends", False)
        driving = actor.shelf.driving.snapshot.version
        made = rig.made
        rig.until(1000)
    assert rig.made == made
    assert actor.shelf.driving.snapshot.version == driving
    recording = rig.recording()
    assert set(authorities(recording)[-CLEAN_STEPS:]) == {"p"}
    assert len(steps(recording)) == made < 100
    assert recording.notes[-1] == "aligned under 20 %: the session ends"


def test_clean_steps_settle_it_as_soon_as_the_interval_says(tmp_path: Path) -> None:
    with acting(tmp_path, stop_when_aligned=True, delta=DELTA) as rig:
        rig.until(1000)
        assert rig.made == CLEAN_STEPS
        assert rig.actor.tally.verdict.standing is Standing.ALIGNED


def test_the_policy_that_was_judged_is_the_last_even_where_a_newer_one_waits(tmp_path: Path) -> None:
    with acting(tmp_path, stop_when_aligned=True, delta=DELTA, steps_per_round=CLEAN_STEPS) as rig:
        rig.until(1000)
        actor = rig.actor
        # The round ended with the same step and asked for an update.
        assert len(actor.tally.rounds) == 2
        actor.service(0.0)
        actor.finish(0.0)
        assert actor.shelf.staged is not None
        assert actor.shelf.driving.snapshot.version == 0


def test_without_the_flag_nobody_ends_it(tmp_path: Path) -> None:
    with acting(tmp_path, delta=DELTA) as rig:
        rig.until(60)
        assert not rig.actor.done
        assert rig.actor.tally.verdict.standing is Standing.ALIGNED
        scene = scene_of(rig.actor, 0.0, 1.0)
        assert (scene.verdict, scene.delta) == (rig.actor.tally.verdict, DELTA)


def test_in_demonstrations_the_human_drives_every_step_of_every_episode(tmp_path: Path) -> None:
    with acting(tmp_path, demonstrations=True, steps_per_round=30) as rig:
        rig.follow("5 LANE_RIGHT")
        rig.until(90)
        actor = rig.actor
        assert [round_.intervention_rate for round_ in actor.tally.rounds[:-1]] == [1.0] * 3
        assert scene_of(actor, 0.0, 1.0).verdict is None
        results = summarise(actor, "s", None)
        assert (results.standing, results.intervention_interval) == (None, None)
    recording = rig.recording()
    assert authorities(recording) == "h" * 90
    assert [step.decision.policy_action for step in steps(recording)][:6] == [SLOWER] * 6
    assert steps(recording)[5].decision.executed == LANE_RIGHT
    assert len(recording.episodes) == 3


def test_in_demonstrations_the_human_has_control_after_a_pause_a_release_and_a_reset_but_not_while_lost(
    tmp_path: Path,
) -> None:
    with acting(tmp_path, demonstrations=True) as rig:
        rig.follow("5 IDLE\n6 release\n7 lost\n9 release")
        for stop, disturb in ((4, rig.actor.pause), (11, rig.actor.new_episode), (12, rig.actor.retract)):
            rig.until(stop)
            disturb(0.0)
            if rig.actor.paused:
                rig.actor.pause(0.0)
            rig.actor.poll_device(0.0)
            assert rig.actor.arbiter.authority is Authority.HUMAN
        rig.until(14)
    assert authorities(rig.recording()) == "hhhhhhhsshhhhh"


def test_each_demonstrated_episode_can_be_taken_back_alone(tmp_path: Path) -> None:
    with acting(tmp_path, demonstrations=True) as rig:
        rig.until(3)
        rig.actor.new_episode(0.0)
        rig.until(5)
        rig.actor.retract(0.0)
        assert rig.actor.tally.total.human_steps == 3
        assert rig.said[-1][0] == "the last correction (2 steps) was taken back; 1 remains"


def test_a_session_without_a_step_tells_of_no_rate_and_advertises_nothing(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path / "20300101T000000Z-highway-empty1")
    with acting(folder.path) as rig:
        told: list[str] = []
        results = summarise(rig.actor, folder.name, None)
    assert not has_step(folder)
    Summary(rig.actor, told.append).say_end(results, recorded=False)
    assert told == ["no step was taken: there is nothing to watch again or to keep"]
    assert results.judged_version is None


def test_the_last_session_is_the_last_that_has_a_step(tmp_path: Path) -> None:
    names = [f"2030010{day}T000000Z-highway-{what}" for day, what in enumerate(("first1", "empty1", "none11"), start=1)]
    for name, until in zip(names[:2], (3, 0), strict=True):
        with acting(tmp_path / name) as rig:
            rig.until(until)
    (tmp_path / names[2]).mkdir()
    assert [has_step(folder) for folder in sessions_in(tmp_path)] == [True, False, False]
    assert find_session(tmp_path, "last").name == names[0]
    assert find_session(tmp_path, "last", newest=True).name == names[2]
    # One that is damaged is somebody's: to be told of it is better than to be shown another.
    (tmp_path / names[2] / "session.mcap").write_bytes(b"no MCAP file")
    assert find_session(tmp_path, "last").name == names[2]


def test_each_round_is_told_once_and_then_what_the_policy_came_to(tmp_path: Path) -> None:
    with acting(tmp_path, steps_per_round=20, rounds=3, update="round") as rig:
        told: list[str] = []
        summary = Summary(rig.actor, told.append)
        rig.follow("3 LANE_RIGHT\n5 release\n41 FASTER\n42 release")
        rig.until(50)
        for _ in range(2):
            summary.say_rounds()
        summary.say_end(summarise(rig.actor, "s", None))
        verdict = rig.actor.tally.last_verdict
    assert told[0].startswith("round 1: 2 of 20 steps by hand (10 %, ")
    assert told[0].endswith(" %), policy 0")
    assert told[1].startswith("round 2: 0 of 20 steps by hand (0 %, 0-")
    assert told[1].endswith(" %), policy 1")
    assert told[2].startswith("round 3: 1 of 10 steps by hand (10 %, ")
    assert told[2].endswith(", policy 2, not over")
    known = f"{percent(verdict.rate)} ({percents(verdict.interval)}) by hand, {in_words(verdict, 0.05)}"
    assert told[3] == f"policy 2's steps: {known}"
    assert told[4].startswith("policy 2: collision ")
    assert len(told) == 5


@pytest.mark.parametrize(
    ("chosen", "hinted"),
    [
        ({"sessions": None}, True),
        # A fork from a replay's window names the folder of its parent.
        ({"sessions": Path("here/mereq-teleop/sessions")}, True),
        ({}, False),
        *(({"sessions": None, flag: True}, False) for flag in ("blind", "headless")),
    ],
)
def test_who_drove_in_a_window_of_their_own_hears_what_can_be_done_next(
    tmp_path: Path, chosen: dict[str, Any], hinted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `last` would be another session than this one, and in studies and scripts, nothing is said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "here"))
    with acting(tmp_path, **chosen) as rig:
        told: list[str] = []
        rig.until(3)
        Summary(rig.actor, told.append).say_end(summarise(rig.actor, "s", None))
    assert ("mereq policy save last" in told[-1]) is hinted


def test_the_results_tell_of_the_last_policy_that_drove(tmp_path: Path) -> None:
    with acting(tmp_path, steps_per_round=60, rounds=1, delta=DELTA) as rig:
        rig.until(1000)
        actor = rig.actor
        assert actor.tally.since_swap.steps == 0
        results = summarise(actor, "s", None)
    told = msgspec.json.decode(msgspec.json.encode(results))
    assert told["standing"] == "aligned"
    assert told["intervention_interval"] == pytest.approx([0.0, 3.8415 / (20 + 3.8415)], abs=1e-4)
    assert msgspec.convert(told, Results) == results


@pytest.mark.parametrize(
    ("standing", "rate", "more_steps", "words"),
    [
        (Standing.ALIGNED, 0.0, None, "aligned under 5 %"),
        (Standing.UNSETTLED, 0.0, 127, "about 130 more steps to tell that it is aligned"),
        (Standing.UNSETTLED, 0.1, 8, "about 8 more steps to tell that it is not aligned"),
        (Standing.UNSETTLED, 0.04, 1, "about 1 more step to tell that it is aligned"),
        (Standing.UNSETTLED, 0.06, 9_949, "about 9900 more steps to tell that it is not aligned"),
        (Standing.UNSETTLED, 0.1, None, "too few steps to tell"),
        (Standing.UNSETTLED, None, None, "too few steps to tell"),
        (Standing.NOT_ALIGNED, 0.1, None, "not aligned"),
        (Standing.NO_LONGER_IMPROVING, 0.1, None, "no longer improving"),
    ],
)
def test_a_verdict_in_words(standing: Standing, rate: float | None, more_steps: int | None, words: str) -> None:
    assert in_words(Verdict(rate, Interval(0.0, 0.2), standing, more_steps), 0.05) == words


def test_rates_in_words() -> None:
    assert (percent(None), percent(0.034), percents(Interval(0.002, 0.11))) == ("-", "3 %", "0-11 %")


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"delta": 0.0}, "--delta is 0.0: it must lie between 0 and 1"),
        ({"delta": 1.0}, "--delta is 1.0"),
        ({"delta": float("nan")}, "--delta is nan"),
        ({"demonstrations": True, "stop_when_aligned": True}, "leave it out, or --demonstrations"),
    ],
)
def test_a_flag_that_makes_no_sense_is_refused(chosen: dict[str, Any], words: str) -> None:
    with pytest.raises(Usage, match=words) as caught:
        OperateConfig(**chosen)
    assert "\n" not in str(caught.value)
