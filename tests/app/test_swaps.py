"""When another policy takes the wheel, how an operator calls the last one back, and what they take back."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from mereq_teleop.app.bus.seam import Arrived
from mereq_teleop.sessions.reader import Recording
from tests.app.test_actor import IDLE, Teacher, acting, always, authorities, does, steps

SCRIPT = "3 LANE_RIGHT\n6 release\n12 LANE_RIGHT\n14 release"
"""Two corrections; what follows from the first comes after step 6, from the second after step 14."""


def swaps(recording: Recording) -> list[tuple[int, int, int]]:
    """(version, episode, step) of each swap after the session's first policy."""
    return [(swap.version, swap.episode, swap.step) for swap in recording.swaps[1:]]


@pytest.mark.parametrize(
    ("swap", "where"),
    [
        # A segment is known to be over when the first step of the next one was taken.
        ("now", [(1, 0, 7), (2, 0, 15)]),
        # The next segments begin with the second correction and its end; the policy of that end comes later.
        ("segment", [(1, 0, 12), (2, 1, 0)]),
        ("episode", [(2, 1, 0)]),
    ],
)
def test_a_policy_takes_the_wheel_where_the_operator_wants_it(
    tmp_path: Path, swap: str, where: list[tuple[int, int, int]]
) -> None:
    with acting(tmp_path, swap=swap) as rig:
        rig.follow(SCRIPT)
        rig.until(20)
        rig.actor.new_episode(0.0)
        rig.until(24)
    recording = rig.recording()
    assert swaps(recording) == where
    assert authorities(recording) == "ppphhhpppppphhpppppp" + "pppp"
    driven = [
        (step.policy_version, episode.index, step.step)
        for episode in recording.episodes
        for step in episode.transitions
    ]
    changes = [after for before, after in pairwise(driven) if before[0] != after[0]]
    assert changes == where
    assert all(step.decision.policy_action == does(step.policy_version) for step in steps(recording))


def test_each_policy_that_drove_is_kept_by_its_version_and_content(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow(SCRIPT)
        rig.until(20)
    kept = sorted(path.stem for path in (tmp_path / "policies").iterdir())
    assert kept == sorted(f"{swap.version}-{swap.hash}" for swap in rig.recording().swaps)


def test_a_rollback_lets_the_previous_policy_drive_until_a_newer_one_comes(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow(SCRIPT)
        rig.until(9)
        rig.actor.roll_back(0.0)
        rig.until(10)
        rig.actor.roll_back(0.0)
        assert rig.said[-1] == ("there is no earlier policy to go back to", True)
        rig.until(20)
    recording = rig.recording()
    assert swaps(recording) == [(1, 0, 7), (0, 0, 9), (2, 0, 15)]
    assert [swap.reason for swap in recording.swaps] == ["", "", "rollback", ""]
    assert [step.policy_version for step in steps(recording)] == [0] * 7 + [1] * 2 + [0] * 6 + [2] * 5


def test_the_correction_in_hand_is_taken_back(tmp_path: Path) -> None:
    teacher = Teacher()
    with acting(tmp_path, teacher, steps_per_round=15, rounds=1) as rig:
        rig.follow("3 LANE_RIGHT")
        rig.until(6)
        rig.actor.retract(0.0)
        rig.until(1000)
    recording = rig.recording()
    # What was taken back counts for neither side, so the round has three steps more.
    assert authorities(recording) == "ppphhh" + 12 * "p"
    assert recording.retracted == {"e0-s3"}
    assert [segment.id for segment in teacher.lessons[-1]] == ["e0-s0", "e0-s6"]


def test_a_correction_is_taken_back_between_its_release_and_the_next_step(tmp_path: Path) -> None:
    teacher = Teacher()
    with acting(tmp_path, teacher) as rig:
        rig.follow("3 LANE_RIGHT\n5 release\n9 LANE_RIGHT\n11 release")
        rig.until(11)
        rig.actor.poll_device(0.0)
        rig.actor.retract(0.0)
        rig.until(13)
    assert rig.recording().retracted == {"e0-s9"}


def test_a_correction_in_two_rounds_is_taken_back_whole(tmp_path: Path) -> None:
    teacher = Teacher()
    with acting(tmp_path, teacher, steps_per_round=5) as rig:
        rig.follow("3 LANE_RIGHT\n7 release")
        rig.until(9)
        rig.actor.retract(0.0)
        rig.until(10)
    assert rig.recording().retracted == {"e0-s3", "e0-s5"}


def test_corrections_are_taken_back_one_by_one_and_then_there_is_none(tmp_path: Path) -> None:
    teacher = Teacher()
    with acting(tmp_path, teacher, swap="now") as rig:
        rig.follow(SCRIPT)
        rig.until(20)
        assert [len(lesson) for lesson in teacher.lessons] == [2, 4]
        for taken in ("e0-s12", "e0-s3"):
            rig.actor.retract(0.0)
            rig.until(rig.made + 1)
            assert taken not in {segment.id for segment in teacher.lessons[-1]}
        assert rig.said[-1][0].startswith("policy 4")
        rig.actor.retract(0.0)
        assert rig.said[-1] == ("there is no correction to take back", True)
    recording = rig.recording()
    assert [logged.record.segment for logged in recording.timeline if logged.topic == "/retract"] == ["e0-s12", "e0-s3"]
    assert [segment.id for segment in teacher.lessons[-1]] == ["e0-s0", "e0-s6"]
    assert teacher.weights is not None
    assert set(teacher.weights.theta) == {0.0}


def test_what_was_rolled_back_does_not_come_back_refined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(tmp_path) as rig:
        rig.follow(SCRIPT)
        rig.until(10)
        rejected = rig.shelf.driving.snapshot
        rig.actor.roll_back(0.0)
        for cause, taken in ((rejected.maker.cause, False), ("another", True)):
            answer = replace(always(IDLE, 9), maker=msgspec.structs.replace(rejected.maker, cause=cause))
            monkeypatch.setattr(rig.actor.bus, "poll", lambda now_s, answer=answer: [Arrived(answer)])
            rig.actor.service(0.0)
            assert (rig.shelf.driving.snapshot is answer) is taken


def test_a_rollback_goes_behind_an_answer_that_was_refined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(tmp_path) as rig:
        first = rig.shelf.driving.snapshot
        for action in (IDLE, 0, 2):
            made = always(action, 9 + action)
            answer = replace(made, maker=msgspec.structs.replace(made.maker, cause="e0-s3"))
            monkeypatch.setattr(rig.actor.bus, "poll", lambda now_s, answer=answer: [Arrived(answer)])
            rig.actor.service(0.0)
            assert rig.shelf.driving.snapshot is answer
        rig.actor.roll_back(0.0)
        assert rig.shelf.driving.snapshot is first


def test_the_policy_of_the_first_step_is_remembered(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        opening = rig.actor.wheel.opening
        assert opening.snapshot.version == 0
        rig.follow(SCRIPT)
        rig.until(20)
        assert rig.shelf.driving.snapshot.version == 2
        assert rig.actor.wheel.opening is opening
