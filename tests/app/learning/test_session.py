"""What asks for an update, what an update is given, and what a restart remembers."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.agents.records import PolicySnapshot, Trial
from mereq_teleop.app.bus.messages import NewSegment, Retract, RoundEnd, Stream, UpdateMode
from mereq_teleop.app.learning.checkpoint import Checkpoint
from mereq_teleop.app.learning.session import LearningSession
from mereq_teleop.app.learning.store import SegmentStore
from tests.app.bus.samples import make_policy, make_segment
from tests.app.learning.fake_learner import FakeLearner


class Desk:
    """Opens sessions in one folder, one after another, as restarted learners would."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._store: SegmentStore | None = None

    def open(
        self, update: UpdateMode = "segment", *, slices: int = 0, settle: bool = False
    ) -> tuple[LearningSession, FakeLearner]:
        if self._store is not None:
            self._store.close()
        self._store = self._stack.enter_context(closing(SegmentStore(self._folder / "store")))
        learner = FakeLearner(LearnerConfig(task="toy"), make_policy())
        learner.slices = slices
        checkpoint = self._folder / "c"
        return LearningSession(self._store, learner, update=update, checkpoint=checkpoint, settle=settle), learner


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path, stack)


def test_each_policy_is_tried_and_a_restart_remembers_how_it_went(tmp_path: Path) -> None:
    def session(store: SegmentStore, *failures: float) -> LearningSession:
        left = list(failures)

        def try_(policy: PolicySnapshot, pulse: Callable[[], None]) -> Trial:
            return Trial(failures=left.pop(0), prior_failures=0.0, episodes=10)

        learner = FakeLearner(LearnerConfig(task="toy"), make_policy())
        return LearningSession(store, learner, update="segment", checkpoint=tmp_path / "c", try_=try_)

    with closing(SegmentStore(tmp_path / "store")) as store:
        first = session(store, 0.1, 0.7)
        post(first, "h1", "h2")
        serve(first)
        told = first.current()
        again = session(store).current()
    assert told is not None
    assert again is not None
    assert told[0].trial == told[1].maker.trial == Trial(failures=0.7, prior_failures=0.0, episodes=10)
    assert (again[0], again[1].maker) == (told[0], told[1].maker)


def post(session: LearningSession, *what: str) -> None:
    """Store messages: `h1` is a human's segment, `p1` a policy's, `-h1` retracts, `|` ends a round."""
    for word in what:
        seq = session.store.stored + 1
        message: Stream = NewSegment(seq=seq, segment=make_segment(word, human=word[0] == "h"))
        if word == "|":
            message = RoundEnd(seq=seq, round=seq)
        elif word[0] == "-":
            message = Retract(seq=seq, segment_id=word[1:])
        session.store.commit([message])


def serve(session: LearningSession, above: int = 0) -> list[str]:
    """Update until nothing asks for it; returns the causes."""
    causes = []
    while (trigger := session.pending()) is not None:
        report, policy = session.update(trigger, above=above, pulse=lambda: None)
        assert report.cause == policy.maker.cause == trigger.key
        assert report.policy_version == policy.version == session.served.version
        causes.append(report.cause)
    return causes


@pytest.mark.parametrize(
    ("update", "posted", "causes", "learned"),
    [
        ("segment", ["p1"], [], []),
        ("segment", ["p1", "h1"], ["h1"], [("p1", "h1")]),
        ("segment", ["h1", "p1", "h2", "p2"], ["h1", "h2"], [("h1",), ("h1", "p1", "h2")]),
        ("segment", ["h1", "p1", "|"], ["h1", "round:3"], [("h1",), ("h1", "p1")]),
        ("round", ["h1", "p1"], [], []),
        ("round", ["h1", "|", "h2"], ["round:2"], [("h1",)]),
        ("segment", ["h1", "-h1"], [], []),
        ("segment", ["h1", "p1", "-p1"], ["h1"], [("h1",)]),
    ],
)
def test_each_trigger_is_served_in_order_with_all_before_it(
    desk: Desk, update: UpdateMode, posted: list[str], causes: list[str], learned: list[tuple[str, ...]]
) -> None:
    session, learner = desk.open(update)
    post(session, *posted)
    assert serve(session) == causes
    assert learner.lessons == learned


def test_retracting_what_was_learned_from_asks_for_an_update_without_it(desk: Desk) -> None:
    session, learner = desk.open()
    post(session, "h1", "p1", "h2")
    serve(session)
    post(session, "-h1")
    assert serve(session) == ["retract:h1"]
    assert learner.lessons[-1] == ("p1", "h2")
    post(session, "-h1", "-h3")
    assert serve(session) == []


def test_a_restarted_learner_goes_on_where_the_checkpoint_is(desk: Desk) -> None:
    session, _ = desk.open()
    post(session, "h1")
    serve(session)
    before = session.current()
    post(session, "h2")
    session, learner = desk.open()
    after = session.current()
    assert before is not None
    assert after is not None
    assert before[0] == after[0]
    assert (before[1].version, before[1].hash, before[1].maker) == (after[1].version, after[1].hash, after[1].maker)
    # Total 1 of the first update, and 2 segments in this one.
    assert serve(session) == ["h2"]
    assert float(learner.total) == 3


def test_versions_rise_over_what_the_actor_saw_and_what_was_made(desk: Desk) -> None:
    session, _ = desk.open()
    post(session, "h1")
    serve(session, above=7)
    assert session.served.version == 8
    post(session, "h2")
    serve(session, above=3)
    assert session.served.version == 9
    session, _ = desk.open()
    post(session, "h3")
    serve(session)
    assert session.served.version == 10


def test_background_work_that_made_the_policy_better_is_served_as_the_next_version_and_kept(desk: Desk) -> None:
    session, _ = desk.open(slices=3)
    post(session, "h1")
    serve(session)
    given = [session.rest(above=7, pulse=lambda: None) for _ in range(4)]
    assert [(rest.busy, rest.detail) for rest, _ in given] == [
        (True, "2 left"),
        (True, "1 left"),
        (False, "0 left"),
        (False, ""),
    ]
    assert [served is not None for _, served in given] == [False, False, True, False]
    assert given[2][1] is not None
    report, policy = given[2][1]
    assert (report.cause, policy.maker.cause, policy.maker.segments) == ("h1", "h1", ("h1",))
    assert report.policy_version == policy.version == 8
    assert policy.tensors["input.shift"][0] == 1.5
    again, _ = desk.open()
    current = again.current()
    assert current is not None
    assert (current[1].version, current[1].hash) == (8, policy.hash)


def test_an_update_that_settles_is_served_once_with_all_its_background_work(desk: Desk) -> None:
    session, learner = desk.open(slices=3, settle=True)
    pulses: list[int] = []
    post(session, "h1")
    trigger = session.pending()
    assert trigger is not None
    _, policy = session.update(trigger, above=0, pulse=lambda: pulses.append(1))
    assert (learner.left, policy.version, policy.tensors["input.shift"][0]) == (0, 1, 1.5)
    assert len(pulses) >= 3
    assert session.rest(above=0, pulse=lambda: None)[1] is None


def test_a_learner_that_starts_from_nothing_gives_its_policy_before_it_learns(desk: Desk) -> None:
    session, learner = desk.open()
    report, policy = session.open(above=0, pulse=lambda: None)
    assert (report.cause, policy.version, policy.maker.segments) == ("start", 1, ())
    assert learner.lessons == [()]
    post(session, "h1")
    assert serve(session) == ["h1"]
    assert session.served.version == 2


def test_a_process_that_has_no_handle_left_waits_for_one_and_keeps_its_checkpoint(desk: Desk, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    session, _ = desk.open()
    post(session, "h1")
    trigger = session.pending()
    assert trigger is not None
    taken: list[int] = []
    pulses = 0

    def pulse() -> None:
        nonlocal pulses
        pulses += 1
        if pulses == 1:
            while True:
                try:
                    taken.append(os.open(os.devnull, os.O_RDONLY))
                except OSError:
                    return
        if len(taken) and pulses > 5:
            while taken:
                os.close(taken.pop())

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    try:
        session.update(trigger, above=0, pulse=pulse)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for handle in taken:
            os.close(handle)
    assert pulses > 5
    assert session.served.version == 1
    assert Checkpoint.read(tmp_path / "c") is not None
