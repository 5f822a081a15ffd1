"""Real sessions on the real simulators, quickly: hands that follow a script, a learner whose answers are known."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.learner import Rest, State
from mereq_teleop.agents.records import LearnerReport, PolicyMaker, PolicySnapshot, RewardWeights
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.clock import FakeClock
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.fork import Start
from mereq_teleop.app.learning.in_process import InProcessBus
from mereq_teleop.app.loops import run_lockstep
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id, make_batch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.config import SessionConfig, SessionHeader
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import AnySegment, Segment, Transition
from mereq_teleop.teleop.scripted import ScriptedDevice, parse_script

HIGHWAY = "3 LANE_LEFT\n6 release\n12 LANE_LEFT\n14 release"
"""Two corrections; what follows from the first comes after step 6, from the second after step 14."""


def network(card: TaskCard, seed: int, version: int = 0) -> PolicySnapshot:
    """A policy of one random layer, another one for each seed; on the highway a slow one, which seldom crashes."""
    random = np.random.default_rng(seed)
    leaning = np.array([0, 0, 0, 0, 6]) if card.discrete else 0
    stem, outputs, kind = ("prior", len(card.actions), "dqn") if card.discrete else ("actor", 2 * len(card.axes), "sac")
    tensors = {
        "input.shift": np.zeros(card.inputs, np.float32),
        "input.scale": np.full(card.inputs, 0.1, np.float32),
        f"{stem}.0.weight": random.normal(size=(card.inputs, outputs)).astype(np.float32),
        f"{stem}.0.bias": (leaning + random.normal(size=outputs)).astype(np.float32),
    }
    weights = RewardWeights(theta=(0.1 * seed,) * len(card.features), feature_names=card.feature_names, round=1)
    maker = PolicyMaker(task=card.name, method="made", gamma=0.9, alpha=0.1, weights=weights)
    return PolicySnapshot(version, kind, maker, tensors)  # type: ignore[arg-type]


def whole(told: AnySegment) -> Segment:
    """A segment with its steps, wherever they are."""
    return Segment(**{name: getattr(told, name) for name in Segment.__struct_fields__})


@dataclass
class Teacher:
    """Answers each update with another random network; remembers what it was shown."""

    card: TaskCard
    lessons: list[tuple[Segment, ...]] = field(default_factory=list)

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        self.lessons.append(tuple(map(whole, segments)))
        return LearnerReport(
            cause=cause,
            round=segments[-1].round,
            policy_version=0,
            weights=None,
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
        return network(self.card, version, version)

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        raise AssertionError("nothing was kept")


def drive(
    root: Path,
    decisions: int,
    script: str = "",
    *,
    env: str = "highway",
    start: Start | None = None,
    teacher: Teacher | None = None,
    end: Callable[[Actor], None] = lambda actor: None,
    **chosen: Any,
) -> SessionFolder:
    """Drive so many decisions; `end` may do something to the actor then. Returns the folder of the session."""
    config = OperateConfig(**{"env": env, "steps_per_round": 1000, "update": "segment", **chosen})
    card = card_of(env)
    folder = SessionFolder.create(root, card.name, datetime.now(UTC))
    made = SessionConfig(
        task=card.name,
        env=env_id(env),
        method=config.method,
        device="script",
        seed=config.seed,
        started_utc="2030-01-02T03:04:05+00:00",
        command_line=("mereq-teleop",),
        settings={"env": env} | ({} if start is None else {"fork": str(start.point)}),
        versions={},
        parent=None if start is None else start.point.session,
    )
    folder.write_config(made)
    header = SessionHeader(config=made, fingerprint=take_fingerprint())
    with (
        closing(InProcessBus(teacher or Teacher(card), config.learns_each)) as bus,
        Recorder.create(folder.recording, header) as recorder,
        closing(PolicyShelf(policy_of(network(card, 0), card), card, folder)) as shelf,
    ):
        actor = Actor(
            config,
            card,
            batch=make_batch(env, 1),
            shelf=shelf,
            device=ScriptedDevice(parse_script(script, card)),
            bus=bus,
            recorder=recorder,
            session=folder.name,
            start=start,
        )
        clock = FakeClock()
        run_lockstep(actor, lambda now_s: None, lambda: actor.tally.total.steps >= decisions, clock)
        end(actor)
        actor.finish(clock.monotonic())
    return folder


def read(folder: SessionFolder) -> Recording:
    return read_recording(folder.recording, TYPES)


def steps(recording: Recording) -> list[Transition]:
    return [transition for episode in recording.episodes for transition in episode.transitions]
