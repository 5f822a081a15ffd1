"""What an actor keeps of a long session, and that what it let go comes back from the disk."""

import gc
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mereq_teleop.app.curves import Curves
from mereq_teleop.app.shelf import IN_MEMORY
from mereq_teleop.app.tally import StepCount, Tally
from mereq_teleop.sessions.events import SegmentMark
from mereq_teleop.sessions.rates import judge_rate
from mereq_teleop.sessions.records import Authority, Transition
from mereq_teleop.sessions.segments import SegmentCutter
from tests.app.bus.samples import make_report, make_segment
from tests.app.test_actor import Rig, Teacher, acting, always
from tests.app.test_tally import Session
from tests.sessions.made import step_of

CORRECTIONS = "\n".join(f"{at} LANE_RIGHT\n{at + 3} release" for at in range(3, 400, 10))


def several(rig: Rig, count: int) -> None:
    """So many policies drive, one after the other."""
    for version in range(1, count + 1):
        rig.shelf.stage(always(version % 5, version))
        rig.shelf.swap()


def test_rollbacks_go_all_the_way_back_though_few_policies_are_in_memory(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        several(rig, 12)
        assert len(rig.shelf._at_hand) == IN_MEMORY
        for version in reversed(range(12)):
            wanted = always(version % 5 if version else 4, version)
            swapped = rig.shelf.roll_back()
            assert swapped is not None
            assert (swapped.policy.snapshot.version, swapped.policy.snapshot.hash) == (version, wanted.hash)
            assert swapped.policy.snapshot.maker == wanted.maker
            found = swapped.policy.snapshot.tensors
            assert all(found[name].tobytes() == wanted.tensors[name].tobytes() for name in wanted.tensors)
        assert rig.shelf.roll_back() is None
        assert rig.shelf.fault == ""


def test_a_rollback_passes_over_a_policy_whose_file_is_gone_and_says_so(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        several(rig, 6)
        lost = always(2, 2)
        assert rig.shelf.policy(2, lost.hash) is not None
        rig.folder.policy_path(2, lost.hash).unlink()
        versions = [swapped.policy.snapshot.version for swapped in iter(rig.shelf.roll_back, None)]
        assert versions == [5, 4, 3, 1, 0]
        assert rig.shelf.fault.startswith("cannot read ")
        assert rig.shelf.policy(2, lost.hash) is None


def test_the_updates_of_a_session_are_on_its_disk_bit_for_bit(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow(CORRECTIONS)
        rig.until(100)
        assert len(rig.actor.wheel.updates) > IN_MEMORY
        for update in rig.actor.wheel.updates:
            policy = rig.shelf.policy(update.version, update.hash)
            assert policy is not None
            assert (policy.snapshot.version, policy.snapshot.hash) == (update.version, update.hash)


def steps_in_memory() -> int:
    gc.collect()
    # Not `isinstance`, which asks every lazy module for its class.
    return sum(type(thing) is Transition for thing in gc.get_objects())


def test_no_step_stays_in_memory_once_its_episode_is_over(tmp_path: Path) -> None:
    teacher, before = Teacher(), steps_in_memory()
    with acting(tmp_path, teacher) as rig:
        rig.follow(CORRECTIONS)
        for at in range(50, 401, 50):
            rig.until(at)
            rig.actor.new_episode(0.0)
        teacher.lessons.clear()
    # The recorder has written all that waited.
    assert steps_in_memory() - before < 20
    assert rig.actor.tally.total.human_steps > 100


def test_corrections_can_be_taken_back_to_the_first(tmp_path: Path) -> None:
    with acting(tmp_path, steps_per_round=20) as rig:
        rig.follow(CORRECTIONS)
        for at in range(50, 201, 50):
            rig.until(at)
            rig.actor.new_episode(0.0)
        assert rig.actor.tally.total.human_steps > 0
        for _ in range(100):
            rig.actor.retract(0.0)
        assert rig.actor.tally.total.human_steps == 0
        assert all(round_.human_steps == 0 for round_ in rig.actor.tally.rounds)
        assert rig.said[-1] == ("there is no correction to take back", True)


def grown(work: Callable[[int], None], count: int) -> float:
    """Bytes that each turn leaves behind, after as many of a warm-up."""
    for turn in range(count):
        work(turn)
    gc.collect()
    tracemalloc.start()
    for turn in range(count, 2 * count):
        work(turn)
    gc.collect()
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return left / count


def test_an_episode_is_counted_in_a_hundred_bytes() -> None:
    count = StepCount()

    def drive(episode: int) -> None:
        for step, letter in enumerate("pppphhhppphp"):
            count.add(Authority.HUMAN if letter == "h" else Authority.POLICY, episode, step)

    for episode in range(2000):
        drive(episode)
    assert sys.getsizeof(count._runs) / 2000 < 100
    assert len(count.episodes) == 2000


def test_a_verdict_looks_at_no_more_rounds_than_it_needs_and_says_the_same() -> None:
    session = Session().drive(*["/".join(["pphppp", "ssss", "hh", "pppp"] * 3)] * 5)
    tally: Tally = session.tally
    for correction in session.corrections[-4:]:
        tally.retract(correction)
    everything = [round_.episodes for round_ in tally.rounds[:-1]]
    wanted = judge_rate(tally.since_swap.episodes, everything, 0.05, np.random.default_rng(0), 3)
    assert tally.verdict == wanted


def test_a_cutter_forgets_the_names_of_episodes_that_are_over() -> None:
    cutter = SegmentCutter(round=1)

    def drive(episode: int) -> None:
        cutter.begin(episode, 0)
        for step in range(6):
            cutter.add(step_of(step, Authority.HUMAN if step % 2 else Authority.POLICY))

    assert grown(drive, 500) < 20
    with pytest.raises(ValueError, match="episode 3 came after episode 999"):
        cutter.begin(3, 0)


def test_curves_forget_what_was_asked_before_an_answer() -> None:
    curves = Curves()

    def correct(turn: int) -> None:
        for id_ in (f"p{turn}", f"h{turn}"):
            list(curves.take(SegmentMark.of(make_segment(id_)), turn))
        found = {point.tag: point.value for point in curves.take(make_report(turn, f"h{turn}"), turn + 10**9)}
        assert found["update/seconds_since_asked"] == 1.0

    assert grown(correct, 300) < 20


def test_what_no_policy_answered_is_forgotten_with_what_was_asked_after_it(tmp_path: Path) -> None:
    with acting(tmp_path, swap="episode") as rig:
        rig.follow(CORRECTIONS)
        rig.until(38)
        assert len(rig.actor._lessons._asked) > 2
        rig.actor.new_episode(0.0)
        rig.until(39)
        assert len(rig.actor._lessons._asked) <= 1
