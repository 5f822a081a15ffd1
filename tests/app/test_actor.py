"""The actor on the real simulator, with hands that follow a script and a learner whose lessons are known."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from mereq_teleop.agents.learner import Rest, State
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import LearnerReport, PolicyMaker, PolicySnapshot, RewardWeights
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.bus.seam import BusEvent
from mereq_teleop.app.clock import FakeClock
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.learning.in_process import InProcessBus
from mereq_teleop.app.loops import run_lockstep
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.envs.batch import BatchStep
from mereq_teleop.envs.highway.batch import HighwayBatch
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.config import SessionConfig, SessionHeader
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import AnySegment, Authority, Segment, Transition
from mereq_teleop.teleop.scripted import ScriptedDevice, parse_script
from tests.app.driven import whole

LANE_LEFT, IDLE, LANE_RIGHT, FASTER, SLOWER = range(5)
TAUGHT = (FASTER, IDLE, LANE_LEFT)
"""What the learner's policies 1, 2, 3, 4 (the first again) ... always do; the prior always does SLOWER."""


def always(action: int, version: int = 0, outputs: int = 5, weights: RewardWeights | None = None) -> PolicySnapshot:
    """A policy that does one thing."""
    tensors = {
        "input.shift": np.zeros(CARD.inputs, np.float32),
        "input.scale": np.ones(CARD.inputs, np.float32),
        "prior.0.weight": np.zeros((CARD.inputs, outputs), np.float32),
        "prior.0.bias": (np.arange(outputs) == action).astype(np.float32),
    }
    round_ = 0 if weights is None else weights.round
    maker = PolicyMaker(task="highway", method="mereq", gamma=0.9, alpha=0.1, round=round_, weights=weights)
    return PolicySnapshot(version, "dqn", maker, tensors)


def does(version: int) -> int:
    return SLOWER if version == 0 else TAUGHT[(version - 1) % len(TAUGHT)]


class Teacher:
    """Takes the mean features of the human's steps for reward weights, and a known action for each policy."""

    def __init__(self, outputs: int = 5) -> None:
        self.lessons: list[tuple[Segment, ...]] = []
        self.weights: RewardWeights | None = None
        self._outputs = outputs

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        self.lessons.append(tuple(map(whole, segments)))
        by_hand = [t.features for s in segments if s.authority is Authority.HUMAN for t in s.transitions]
        theta = tuple(np.mean(by_hand, axis=0).tolist()) if by_hand else (0.0, 0.0, 0.0)
        round_ = segments[-1].round if segments else 1
        self.weights = RewardWeights(theta=theta, feature_names=CARD.feature_names, round=round_)
        return LearnerReport(
            cause=cause,
            round=round_,
            policy_version=0,
            weights=self.weights,
            feature_gap=(),
            loss=0.0,
            inner_steps=1,
            updates=1,
            intervention_rate=0.0,
            seconds=0.0,
        )

    def rest(self) -> Rest:
        return Rest(busy=False)

    def snapshot(self, version: int) -> PolicySnapshot:
        return always(does(version), version, self._outputs, self.weights)

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        raise AssertionError("nothing was kept")


class LateBus(InProcessBus):
    """Answers so many seconds after it was told something."""

    def __init__(self, teacher: Teacher, config: OperateConfig, delay_s: float) -> None:
        super().__init__(teacher, config.learns_each)
        self._delay_s = delay_s
        self._due_s: float | None = None

    def poll(self, now: float) -> list[BusEvent]:
        if self.waiting and self._due_s is None:
            self._due_s = now + self._delay_s
        if self._due_s is not None and now < self._due_s:
            return []
        self._due_s = None
        return super().poll(now)


class Road(HighwayBatch):
    """The real simulator, counting its steps; without crashes an episode lasts forty steps, whatever happens in it."""

    def __init__(self, *, crashes: bool) -> None:
        super().__init__(1, "highway-basic-v0", None)
        self.steps = 0
        self._crashes = crashes

    def step(self, actions: ArrayLike) -> BatchStep:
        self.steps += 1
        after = super().step(actions)
        return after if self._crashes else after._replace(terminated=np.zeros(1, np.bool_))


class Rig:
    """An actor and all that it needs; time stands still but for the loop's own waiting."""

    def __init__(
        self, folder: SessionFolder, recorder: Recorder, bus: InProcessBus, config: OperateConfig, *, crashes: bool
    ) -> None:
        self.folder = folder
        self.road = Road(crashes=crashes)
        self.clock = FakeClock()
        self.shelf = PolicyShelf(Policy(always(SLOWER), CARD), CARD, folder)
        self.actor = Actor(
            config,
            CARD,
            batch=self.road,
            shelf=self.shelf,
            device=ScriptedDevice(()),
            bus=bus,
            recorder=recorder,
            session=folder.name,
        )

    def follow(self, script: str) -> None:
        """Put a script into the human's hands."""
        self.actor.device = ScriptedDevice(parse_script(script, CARD))

    def until(self, decisions: int) -> None:
        """Drive in lockstep until so many decisions were made in all."""
        run_lockstep(self.actor, lambda now_s: None, lambda: self.made >= decisions, self.clock)

    @property
    def made(self) -> int:
        return self.road.steps

    @property
    def said(self) -> list[tuple[str, bool]]:
        """What the operator was told, and whether as a warning."""
        return [(announced.text, announced.warning) for announced in self.actor.journal.announcements]

    def recording(self) -> Recording:
        """What was recorded; the session is over."""
        return read_recording(self.folder.recording, TYPES)


@contextmanager
def acting(
    folder: Path, teacher: Teacher | None = None, *, crashes: bool = False, delay_s: float = 0.0, **chosen: Any
) -> Iterator[Rig]:
    """A rig whose recording can be read once the block is left."""
    config = OperateConfig(**{"steps_per_round": 1000, "sessions": folder, **chosen})
    session = SessionFolder(folder)
    for inner in (session.policies, session.learner):
        inner.mkdir(parents=True, exist_ok=True)
    session.recording.unlink(missing_ok=True)
    header = SessionHeader(config=made_config(config), fingerprint=take_fingerprint())
    with (
        closing(LateBus(teacher or Teacher(), config, delay_s)) as bus,
        Recorder.create(session.recording, header) as recorder,
    ):
        rig = Rig(session, recorder, bus, config, crashes=crashes)
        with closing(rig.shelf):
            yield rig
            rig.actor.finish(rig.clock.monotonic())


def made_config(config: OperateConfig) -> SessionConfig:
    return SessionConfig(
        task="highway",
        env="highway-basic-v0",
        method=config.method,
        device="script",
        seed=config.seed,
        started_utc="2030-01-02T03:04:05+00:00",
        command_line=("mereq-teleop",),
        settings={},
        versions={},
    )


def steps(recording: Recording) -> list[Transition]:
    return [transition for episode in recording.episodes for transition in episode.transitions]


def authorities(recording: Recording) -> str:
    """One letter a step: p, h or s."""
    return "".join(step.decision.authority.value[0] for step in steps(recording))


def test_a_person_takes_over_at_the_step_of_the_script_and_gives_back(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("3 LANE_RIGHT\n4 FASTER\n6 release\n9 engage\n10 release")
        rig.until(12)
    recording = rig.recording()
    assert authorities(recording) == "ppphhhppphpp"
    assert [step.decision.executed for step in steps(recording)[3:6]] == [LANE_RIGHT, FASTER, IDLE]
    assert {step.decision.policy_action for step in steps(recording)[:7]} == {SLOWER}
    assert [(c.before.value, c.after.value, c.event) for c in recording.authority_changes] == [
        ("policy", "human", "engage"),
        ("human", "policy", "release"),
    ] * 2
    assert [command.action for command in recording.commands] == [LANE_RIGHT, FASTER, None, None, None]


def test_rounds_end_after_exactly_so_many_counted_steps_and_safe_ones_do_not_count(tmp_path: Path) -> None:
    with acting(tmp_path, steps_per_round=10, rounds=2) as rig:
        rig.follow("2 FASTER\n4 lost\n8 release\n15 LANE_RIGHT\n16 release")
        rig.until(1000)
        assert rig.actor.done
    recording = rig.recording()
    assert authorities(recording) == "pphhsssspppppp" + "phpppppppp"
    assert [(end.round, end.steps, end.human_steps) for end in recording.rounds] == [(1, 10, 2), (2, 10, 1)]
    first = next(i for i, logged in enumerate(recording.timeline) if logged.topic == "/round")
    assert sum(isinstance(logged.record, Transition) for logged in recording.timeline[:first]) == 14
    rounds = Counter(segment.round for segment in recording.segments for _ in segment.transitions)
    assert rounds == {1: 14, 2: 10}
    assert {s.decision.reason for s in steps(recording)} == {"", "the script says so"}
    assert [tally.intervention_rate for tally in rig.actor.tally.rounds] == [0.2, 0.1, None]


def test_nothing_moves_while_nobody_has_control(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("2 FASTER")
        rig.until(4)
        rig.actor.pause(0.0)
        for _ in range(5):
            rig.actor.poll_device(0.0)
            rig.actor.control_step(0.0)
        assert (rig.made, rig.actor.paused) == (4, True)
        rig.actor.pause(0.0)
        rig.until(6)
    recording = rig.recording()
    assert authorities(recording) == "pphhpp"
    assert [change.event for change in recording.authority_changes] == ["engage", "pause", "resume"]
    assert [(s.start, s.stop) for s in recording.segments] == [(0, 2), (2, 4), (4, 6)]


def test_a_new_episode_leaves_the_old_one_as_it_is(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.until(3)
        rig.actor.new_episode(0.0)
        rig.until(5)
    recording = rig.recording()
    assert [len(episode.transitions) for episode in recording.episodes] == [3, 2]
    first, second = recording.episodes
    assert first.seed != second.seed
    assert steps(recording)[3].obs != steps(recording)[0].obs


def test_a_policy_that_does_not_fit_is_refused_and_driving_goes_on(tmp_path: Path) -> None:
    with acting(tmp_path, Teacher(outputs=3)) as rig:
        rig.follow("2 FASTER\n3 release")
        rig.until(8)
        ((text, warning),) = rig.said
    recording = rig.recording()
    assert warning
    assert "unusable policy" in text
    assert "51 inputs and 5 outputs" in text
    assert text in recording.notes
    assert len(steps(recording)) == 8
    assert {step.policy_version for step in steps(recording)} == {0}
    assert [report.policy_version for report in recording.reports] == [1]


def test_in_lockstep_a_seed_gives_the_same_session_again(tmp_path: Path) -> None:
    def session(name: str, seed: int) -> tuple[list[Transition], list[Any], list[str]]:
        with acting(tmp_path / name, crashes=True, steps_per_round=20, rounds=3, seed=seed) as rig:
            rig.follow("3 LANE_RIGHT\n9 release\n30 LANE_RIGHT\n44 FASTER\n50 release")
            rig.until(1000)
        recording = rig.recording()
        return steps(recording), [tally.theta for tally in rig.actor.tally.rounds], [s.hash for s in recording.swaps]

    assert session("one", 1) == session("again", 1)
    assert session("another", 2)[0][0].obs != session("first", 1)[0][0].obs


words = st.sampled_from(["engage", "release", "lost", *CARD.actions])
scripts = st.lists(st.tuples(st.integers(0, 70), words), max_size=12).map(
    lambda events: "\n".join(f"{step} {word}" for step, word in sorted(events, key=lambda event: event[0]))
)


@given(script=scripts, steps_per_round=st.integers(1, 30), swap=st.sampled_from(["now", "segment", "episode"]))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_segments_tile_the_episodes_and_every_action_has_its_owner(
    tmp_path: Path, script: str, steps_per_round: int, swap: str
) -> None:
    teacher = Teacher()
    with acting(tmp_path, teacher, crashes=True, steps_per_round=steps_per_round, swap=swap) as rig:
        rig.follow(script)
        rig.until(80)
        rig.actor.finish(0.0)
        rig.actor.bus.end_round(99)
        rig.actor.service(0.0)
    recording = rig.recording()
    assert teacher.lessons[-1] == recording.segments
    tiles = [(segment.episode, segment.start, segment.stop) for segment in recording.segments]
    for episode in recording.episodes:
        mine = [(start, stop) for index, start, stop in tiles if index == episode.index]
        assert [step for start, stop in mine for step in range(start, stop)] == [*range(len(episode.transitions))]
    for step in steps(recording):
        decision = step.decision
        owner = {Authority.POLICY: does(step.policy_version), Authority.SAFE: IDLE}
        assert decision.policy_action == does(step.policy_version)
        assert decision.executed == owner.get(decision.authority, decision.human_action)
        assert (decision.human_action is None) == (decision.authority is not Authority.HUMAN)
    assert all(end.steps == steps_per_round for end in recording.rounds)
    versions = [swap.version for swap in recording.swaps]
    assert all(before < after for before, after in pairwise(versions))


def test_by_rounds_the_learner_is_asked_once_a_round(tmp_path: Path) -> None:
    teacher = Teacher()
    with acting(tmp_path, teacher, update="round", steps_per_round=10, rounds=1) as rig:
        rig.follow("2 FASTER\n3 release\n6 LANE_RIGHT\n8 release")
        rig.until(1000)
    assert [len(lesson) for lesson in teacher.lessons] == [5]
    assert [(update.human_steps, update.version) for update in rig.actor.wheel.updates] == [(3, 1)]
    assert rig.actor.tally.rounds[0].seconds_to_policy == pytest.approx([0.0])
