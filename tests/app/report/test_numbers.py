"""The report's numbers against what was counted by hand, and against what the running session counted itself."""

from pathlib import Path

import msgspec
import pytest

from mereq_teleop.agents.records import LearnerReport, RewardWeights, Trial
from mereq_teleop.app.errors import AppError
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.report.numbers import Latencies, SessionNumbers, numbers_of, read_numbers
from mereq_teleop.app.results import EvaluationResult, EvaluationResults, Results
from mereq_teleop.sessions.errors import FolderError, RecordingError
from mereq_teleop.sessions.events import EpisodeStart, Swap, Topic
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority
from tests.app.test_actor import acting
from tests.sessions.made import Event, record
from tests.sessions.told import POLICY, Teller, told

TRIAL = Trial(failures=0.25, prior_failures=0.5, episodes=64)
WEIGHTS = RewardWeights(theta=(0.5, -0.25), feature_names=("a", "b"), round=1, deviation=(0.1, 0.2))


def report_of(version: int, cause: str, trial: Trial | None = None) -> LearnerReport:
    return LearnerReport(
        trial=trial,
        cause=cause,
        round=1,
        policy_version=version,
        weights=WEIGHTS,
        feature_gap=(0.0, 0.0),
        loss=0.0,
        inner_steps=1,
        updates=20,
        intervention_rate=0.4,
        seconds=0.125,
    )


def learned() -> list[Event]:
    """The session of eleven steps, with reports: policy 1 answers the first round, 2 refines it, 0 is called back."""
    teller = told()
    at = next(i for i, (_, of, _) in enumerate(teller.events) if isinstance(of, Swap) and of.version == 1)
    teller.events.insert(at, (Topic.REPORT, report_of(1, "round:1"), teller.events[at][2]))
    teller.say(Topic.REPORT, report_of(2, "round:1", TRIAL))
    teller.say(Topic.REPORT, report_of(3, "round:1"))
    teller.say(Topic.SWAP, Swap(version=2, hash="2" * 16, episode=1, step=4))
    teller.steps("P", 4, version=2)
    teller.say(Topic.SWAP, Swap(version=0, hash="0" * 16, episode=1, step=5, reason="rollback"))
    teller.steps("P", 5, version=0)
    return teller.events


def counted(tmp_path: Path, events: list[Event]) -> SessionNumbers:
    return numbers_of("toy", read_recording(record(tmp_path / "session.mcap", events), TYPES))


def test_policies_are_told_with_their_steps_and_what_the_person_waited(tmp_path: Path) -> None:
    numbers = counted(tmp_path, learned())
    assert [drive.version for drive in numbers.drives] == [0, 1, 2, 0]
    assert [drive.since for drive in numbers.drives] == [0, 5, 11, 12]
    assert [drive.reason for drive in numbers.drives] == ["", "", "", "rollback"]
    # Half a second from the round's end to policy 1; what refines the same answer is no wait of its own.
    assert [drive.latency_s for drive in numbers.drives] == [None, 0.5, None, None]
    assert numbers.latencies == Latencies(count=1, median_s=0.5, p90_s=0.5, longest_s=0.5)
    assert [drive.learner_s for drive in numbers.drives] == [None, 0.125, 0.125, None]
    assert [drive.share.steps for drive in numbers.drives] == [5, 2, 1, 1]
    assert [drive.share.takeovers for drive in numbers.drives] == [(2,), (), (), ()]
    first, second, _, back = numbers.drives
    assert first.weights is None
    assert back.weights is None
    assert second.weights is not None
    assert (second.weights.theta, second.weights.deviation) == (WEIGHTS.theta, WEIGHTS.deviation)
    assert [drive.trial for drive in numbers.drives] == [None, None, TRIAL, None]
    # Policy 3 was told of, and never came.
    assert numbers.undriven == (3,)
    assert (second.cause, second.updates, second.cost_s) == ("round:1", 20, 0.001)


def test_what_was_said_is_told_once_with_how_often(tmp_path: Path) -> None:
    told_of = {(of.kind, of.text): (of.times, of.first_s) for of in counted(tmp_path, learned()).happenings}
    assert told_of == {
        ("note", "policy 1: feature 1 +0.50"): (1, 5.5),
        ("safe", "unplugged"): (1, 5.5),
        ("retraction", "the correction e1-s0 was taken back"): (1, 11.5),
        ("note", "hello"): (2, 13.5),
    }


def test_a_count_down_is_nothing_that_went_wrong(tmp_path: Path) -> None:
    with acting(tmp_path, countdown=3.0) as rig:
        rig.until(3)
    recording = rig.recording()
    assert "count-down: the world waits 3 s" in recording.notes
    assert numbers_of("toy", recording).happenings == ()


def test_a_task_that_nobody_knows_any_more_is_counted_all_the_same(tmp_path: Path) -> None:
    numbers = counted(tmp_path, learned())
    assert (numbers.title, numbers.termination, numbers.maps, numbers.true_theta) == ("toy", "", (), None)
    assert numbers.feature_names == ("feature 1", "feature 2")
    assert numbers.effort.seconds_by_hand is None


def test_a_session_of_the_actor_counts_the_same_when_it_is_read(tmp_path: Path) -> None:
    with acting(tmp_path, steps_per_round=15) as rig:
        rig.follow("3 LANE_RIGHT\n6 release\n12 LANE_LEFT\n17 release\n24 LANE_RIGHT\n26 release")
        rig.until(22)
        rig.actor.retract(0.0)
        rig.until(70)
        tally = rig.actor.tally
    numbers = read_numbers(SessionFolder(tmp_path))
    assert numbers.effort.retracted_steps > 0
    lived = [tallied for tallied in tally.rounds if tallied.steps]
    assert len(numbers.rounds) == len(lived) > 2
    for told_of, tallied in zip(numbers.rounds, lived, strict=True):
        assert (told_of.round, told_of.share.steps) == (tallied.round, tallied.steps)
        assert told_of.share.human_steps == tallied.human_steps
        assert (told_of.share.low, told_of.share.high) == tally.interval(tallied)
        assert told_of.share.rate == tallied.intervention_rate
    assert numbers.rounds[-1].expert_samples == tally.total.human_steps
    assert len(numbers.maps) == 2
    assert sum(map(sum, numbers.maps[0].human_steps)) == tally.total.human_steps
    assert numbers.title.startswith("Drive on a three-lane highway")
    theta = [drive.weights.theta for drive in numbers.drives if drive.weights is not None]
    assert theta
    assert all(len(of) == 3 for of in theta)


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    teller = Teller()
    teller.say(Topic.EPISODE, EpisodeStart(index=0, seed=3, task="toy-v0"))
    with pytest.raises(AppError, match="toy: there is nothing to report"):
        counted(tmp_path, teller.events)


def test_a_session_without_a_human_step_has_rates_of_nought(tmp_path: Path) -> None:
    teller = Teller()
    teller.say(Topic.EPISODE, EpisodeStart(index=0, seed=3, task="toy-v0"))
    teller.steps("PPP", 0, version=0)
    numbers = counted(tmp_path, teller.events)
    assert numbers.effort.takeovers == 0
    assert numbers.effort.median_takeover is None
    assert numbers.rounds[0].share.rate == 0.0
    assert [run.authority for run in numbers.runs] == [POLICY]
    assert numbers.drives == ()
    assert numbers.latencies is None


def test_the_evaluation_comes_from_the_sessions_results(tmp_path: Path) -> None:
    folder = session_folder(tmp_path)
    assert read_numbers(folder).evaluation is None
    of = EvaluationResult(
        return_true=2.5, crash_rate=0.1, intervention_rate=None, features={"a": 1.0}, success_rate=None
    )
    evaluation = EvaluationResults(policy=of, prior=of, expert=None)
    results = Results(
        task="toy",
        method="mereq",
        seed=7,
        session="toy",
        policy_version=1,
        rounds=[],
        expert_samples_to={},
        standing=None,
        intervention_interval=None,
        evaluation=evaluation,
    )
    folder.write_results(msgspec.json.encode(results))
    assert read_numbers(folder).evaluation == evaluation
    folder.write_results(b'{"task": 3}')
    with pytest.raises(FolderError, match=r"results\.json is no session's results"):
        read_numbers(folder)


def session_folder(tmp_path: Path) -> SessionFolder:
    tmp_path.mkdir(exist_ok=True)
    record(tmp_path / "session.mcap", learned())
    return SessionFolder(tmp_path)


def test_times_are_those_of_the_events(tmp_path: Path) -> None:
    numbers = counted(tmp_path, learned())
    assert numbers.effort.duration_s == 15.5
    assert [run.time_s for run in numbers.runs if run.authority is Authority.SAFE] == [6.5]


def test_every_policy_is_measured_once_when_that_is_asked_for(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("3 LANE_RIGHT\n6 release\n12 LANE_RIGHT\n14 release")
        rig.until(20)
    folder, said = SessionFolder(tmp_path), list[str]()
    numbers = read_numbers(folder, 4, said.append)
    assert [of.hash for of in numbers.policies] == list(dict.fromkeys(drive.hash for drive in numbers.drives))
    assert len(numbers.policies) == len(said) == 3
    assert {of.found.episodes for of in numbers.policies} == {4}
    # The prior slows down at each step, policy 1 drives as fast as it can.
    slow, fast, _ = (of.found.features["high_speed"] for of in numbers.policies)
    assert slow < 0.1 < 0.8 < fast
    # Nobody's preference is known: the return is the task's own.
    assert numbers.policies[0].found.intervention_rate is None
    one = numbers.drives[1]
    folder.policy_path(one.version, one.hash).write_bytes(b"nothing")
    with pytest.raises(RecordingError, match=r"1-.*\.safetensors: not a policy"):
        read_numbers(folder, 4)
