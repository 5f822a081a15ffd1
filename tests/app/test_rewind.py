"""The last seconds taken again: the world is exactly what it was, and what was rewound teaches and counts nothing."""

from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mereq_teleop.app.replay import verify_session
from mereq_teleop.app.rewind import BACK_S, READY_S, Past
from mereq_teleop.envs import card, make_batch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.events import Rewind
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Action, Authority, Segment
from tests.app.test_actor import LANE_LEFT, Rig, Teacher, acting, authorities, steps
from tests.app.test_loops import FRAME_S, Stopwatch


def rewound(recording: Recording) -> list[tuple[int, int]]:
    return [(one.from_step, one.to_step) for one in recording.on("/rewind") if isinstance(one, Rewind)]


def kept(recording: Recording) -> list[Segment]:
    """The segments that somebody may learn from."""
    return [segment for segment in recording.segments if segment.id not in recording.retracted]


def test_five_seconds_are_taken_again_from_the_very_same_world(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.until(8)
        rig.actor.rewind(0.0)
        assert (rig.actor.step, rig.actor.episode) == (3, 0)
        assert rig.said[-1] == ("5 s back, to step 3", False)
        rig.until(12)
    recording = rig.recording()
    before, after = recording.episodes
    assert (len(before.transitions), len(after.transitions)) == (8, 7)
    assert before.index == after.index == 0
    # The same policy in the same world does the same.
    assert after.transitions == before.transitions[:7]
    assert rewound(recording) == [(8, 3)]
    assert verify_session(rig.folder) == 0


def test_a_rewind_goes_no_further_than_the_episodes_start_and_another_one_goes_on_from_there(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.until(12)
        for step in (7, 2, 0):
            rig.actor.rewind(0.0)
            assert rig.actor.step == step
        rig.actor.rewind(0.0)
        assert rig.said[-1] == ("the episode has just begun: there is nothing to take again", True)
        rig.until(14)
        rig.actor.new_episode(0.0)
        rig.actor.rewind(0.0)
        assert rig.said[-1][1]
        rig.until(16)
    assert rewound(rig.recording()) == [(12, 7), (7, 2), (2, 0)]
    assert verify_session(rig.folder) == 0


def test_a_correction_that_is_taken_again_is_taken_back_as_a_whole(tmp_path: Path) -> None:
    teacher = Teacher()
    with acting(tmp_path, teacher) as rig:
        rig.follow("1 FASTER\n2 release\n5 LANE_RIGHT\n8 release\n14 LANE_LEFT\n16 release")
        rig.until(11)
        rig.actor.rewind(0.0)
        assert rig.said[-1][0] == "5 s back, to step 6; 1 correction taken back"
        assert rig.actor.arbiter.authority is Authority.POLICY
        rig.until(18)
        tally = rig.actor.tally.total
        # Steps 5 (of the correction) and what came after are gone; 6 to 12 were taken again, three of them by hand.
        assert (tally.steps, tally.human_steps) == (5 + 7, 1 + 2)
        assert [episode.takeovers for episode in tally.episodes] == [(1, 2)]
        rig.actor.finish(0.0)
        rig.actor.bus.end_round(99)
        rig.actor.service(0.0)
    recording = rig.recording()
    assert [(s.start, s.stop, s.authority.value[0]) for s in kept(recording)] == [
        (0, 1, "p"),
        (1, 2, "h"),
        (2, 5, "p"),
        (6, 9, "p"),
        (9, 11, "h"),
        (11, 13, "p"),
    ]
    assert teacher.lessons[-1] == tuple(kept(recording))


def test_of_a_demonstration_only_what_is_taken_again_goes(tmp_path: Path) -> None:
    teacher = Teacher()
    with acting(tmp_path, teacher, demonstrations=True) as rig:
        rig.until(12)
        rig.actor.rewind(0.0)
        assert rig.said[-1][0] == "5 s back, to step 7"
        rig.until(15)
        assert rig.actor.tally.total.human_steps == 7 + 3
        rig.actor.finish(0.0)
        rig.actor.bus.end_round(99)
        rig.actor.service(0.0)
    recording = rig.recording()
    assert [(s.start, s.stop, s.authority.value[0]) for s in kept(recording)] == [(0, 7, "h"), (7, 10, "h")]
    assert teacher.lessons[-1] == tuple(kept(recording))


def test_what_the_policy_did_before_the_rewound_steps_stays_and_the_rest_teaches_nothing(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("9 LANE_RIGHT")
        rig.until(11)
        rig.actor.rewind(0.0)
        rig.until(13)
    recording = rig.recording()
    assert [(s.id, s.start, s.stop) for s in kept(recording)] == [("e0-s0-2", 0, 6), ("e0-s6", 6, 8)]
    assert kept(recording)[0].transitions == recording.episodes[0].transitions[:6]
    assert recording.retracted == {"e0-s0", "e0-s9"}


def test_who_drives_when_it_is_rewound_has_to_take_over_anew(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("2 FASTER\n9 LANE_LEFT\n10 release")
        rig.until(5)
        rig.actor.rewind(0.0)
        rig.until(11)
    # Five decisions were made before; the script's ninth is the fifth step after it.
    recording = rig.recording()
    assert authorities(recording) == "pphhh" + "pppphp"
    assert [step.decision.executed for step in steps(recording)][9] == LANE_LEFT
    assert [change.event for change in recording.authority_changes] == ["engage", "release", "engage", "release"]


def test_after_a_rewind_the_world_waits_a_little(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        watch = Stopwatch(rig)
        watch.at = [(8.5, lambda: rig.actor.rewind(8.5))]
        watch.run(12.1)
    assert watch.times[8:] == pytest.approx([8.5 + READY_S + 0.5, 9.5 + READY_S + 0.5], abs=4 * FRAME_S)


def test_a_rewind_over_a_rounds_end_and_a_swap_counts_in_the_rounds_and_policies_it_was_of(tmp_path: Path) -> None:
    with acting(tmp_path, steps_per_round=6) as rig:
        rig.follow("4 FASTER\n5 release")
        rig.until(8)
        assert [tally.steps for tally in rig.actor.tally.rounds] == [6, 2]
        rig.actor.rewind(0.0)
        assert [(tally.steps, tally.human_steps) for tally in rig.actor.tally.rounds] == [(3, 0), (0, 0)]
        assert rig.actor.tally.since_swap.steps == 0
        rig.until(14)
        assert [tally.steps for tally in rig.actor.tally.rounds] == [3, 6, 0]
    recording = rig.recording()
    assert len({swap.version for swap in recording.swaps}) > 2
    assert verify_session(rig.folder) == 0


def taught(segments: list[Segment], authority: Authority) -> int:
    """Their steps under one authority."""
    return sum(segment.stop - segment.start for segment in segments if segment.authority is authority)


@pytest.mark.parametrize("task", ["highway", "mountain-car", "pusher", "eraser", "gripper"])
def test_the_world_of_every_task_goes_the_same_way_again(task: str) -> None:
    batch, known = make_batch(task, 1), card(task)
    past, random = Past(batch, known.control_rate_hz), np.random.default_rng(0)
    seen = [batch.reset([3])[0]]
    actions = [action_of(known, random) for _ in range(ceil(BACK_S * known.control_rate_hz) + 9)]
    for step, action in enumerate(actions):
        past.keep(step)
        seen.append(batch.step([action]).observation[0])
    back = past.go_back(len(actions))
    assert back is not None
    step, observation = back
    assert step == 9
    again = [observation, *(batch.step([action]).observation[0] for action in actions[step:])]
    assert [obs.tobytes() for obs in again] == [obs.tobytes() for obs in seen[step:]]


def action_of(known: TaskCard, random: np.random.Generator) -> Action:
    """Any action of the task."""
    if known.discrete:
        return int(random.integers(len(known.actions)))
    return tuple(float(random.uniform(axis.low, axis.high)) for axis in known.axes)


words = st.sampled_from(["drive", "drive", "engage", "release", "rewind", "retract", "pause", "new", "lost"])


def obey(rig: Rig, word: str) -> None:
    """What a person, a device or the world does next."""
    actor = rig.actor
    requests: dict[str, Callable[[float], None]] = {
        "rewind": actor.rewind,
        "retract": actor.retract,
        "pause": actor.pause,
        "new": actor.new_episode,
    }
    if word in requests:
        requests[word](0.0)
    elif word != "drive":
        rig.follow(f"0 {word}")
    for _ in range(3 if word == "drive" else 1):
        actor.service(0.0)
        actor.poll_device(0.0)
        actor.control_step(0.0)


@given(happened=st.lists(words, max_size=30), steps_per_round=st.integers(3, 20))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_every_number_is_found_again_and_the_counts_are_those_of_what_was_kept(
    tmp_path: Path, happened: list[str], steps_per_round: int
) -> None:
    with acting(tmp_path, crashes=True, steps_per_round=steps_per_round) as rig:
        for word in happened:
            obey(rig, word)
        rig.actor.finish(0.0)
        tally = rig.actor.tally
    recording = rig.recording()
    assert verify_session(rig.folder) == 0
    mine = kept(recording)
    for count, theirs in ((tally.total, mine), *((r, [s for s in mine if s.round == r.round]) for r in tally.rounds)):
        assert taught(theirs, Authority.POLICY) == count.steps - count.human_steps
        assert taught(theirs, Authority.HUMAN) == count.human_steps
    # No step of an episode as it went on belongs to two lessons.
    taken = [(s.episode, step) for s in mine for step in range(s.start, s.stop)]
    assert len(taken) == len(set(taken))
