"""A task of continuous actions through the whole actor: hands, recording, learner's answers, verification, results."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.evaluate import evaluate, intervention_rate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.learner import Rest, State
from mereq_teleop.agents.records import LearnerReport, PolicyMaker, PolicySnapshot
from mereq_teleop.agents.shipped import load_policy, load_prior
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.cast import make_device, make_expert, make_prior, preference_of, resolve
from mereq_teleop.app.clock import FakeClock
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.learning.in_process import InProcessBus
from mereq_teleop.app.loops import run_lockstep
from mereq_teleop.app.operator_view import scene_of
from mereq_teleop.app.replay import TYPES, verify_session
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.envs import card, make_batch
from mereq_teleop.envs.mountain_car.card import CARD, ENV_ID
from mereq_teleop.sessions.config import SessionConfig, SessionHeader
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Action, AnySegment, Authority, Transition
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.scripted import ScriptedDevice, parse_script


def roller(strength: float, version: int = 0, task: str = CARD.name) -> PolicySnapshot:
    """A policy that pushes the way the car rolls, at most so strongly: tanh(tanh^-1(strength) * softened sign)."""
    weight = np.zeros((CARD.inputs, 2), np.float32)
    weight[2, 0] = np.arctanh(strength)
    tensors = {
        "input.shift": np.zeros(CARD.inputs, np.float32),
        "input.scale": np.ones(CARD.inputs, np.float32),
        "actor.0.weight": weight,
        "actor.0.bias": np.array([0.0, -1.0], np.float32),
    }
    return PolicySnapshot(version, "sac", PolicyMaker(task=task, method="made", gamma=0.99, alpha=0.1), tensors)


class Weakener:
    """Each lesson halves the force."""

    def __init__(self) -> None:
        self.lessons = 0

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        self.lessons += 1
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
        return roller(0.99 * 0.5**self.lessons, version)

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        raise AssertionError("nothing was kept")


@contextmanager
def acting(folder: Path, **chosen: Any) -> Iterator[Actor]:
    """An actor in a session folder; the prior is a strong roller, the simulated expert a weak one."""
    for name, strength in (("strong", 0.99), ("weak", 0.3)):
        (folder / f"{name}.safetensors").write_bytes(roller(strength).to_bytes())
    asked = {"prior": folder / "strong.safetensors", "expert": folder / "weak.safetensors", **chosen}
    config = resolve(OperateConfig(**{"env": "mountain-car", "headless": True, **asked}), windowed=False)
    session = SessionFolder(folder / "session")
    for inner in (session.policies, session.learner):
        inner.mkdir(parents=True)
    made = SessionConfig(
        task=CARD.name,
        env=ENV_ID,
        method=config.method,
        device=config.device,
        seed=config.seed,
        started_utc="2030-01-02T03:04:05+00:00",
        command_line=("mereq-teleop",),
        settings={},
        versions={},
    )
    expert = make_expert(config, CARD) if config.device == "simulated" else None
    with (
        closing(InProcessBus(Weakener(), config.learns_each)) as bus,
        closing(PolicyShelf(make_prior(config, CARD), CARD, session)) as shelf,
        Recorder.create(session.recording, SessionHeader(config=made, fingerprint=take_fingerprint())) as recorder,
    ):
        actor = Actor(
            config,
            CARD,
            batch=make_batch("mountain-car", 1),
            shelf=shelf,
            device=make_device(config, CARD, Keyboard(CARD), expert),
            bus=bus,
            recorder=recorder,
            session="session",
        )
        yield actor
        actor.finish(0.0)


def drive(actor: Actor, until: Callable[[], bool]) -> None:
    run_lockstep(actor, lambda now_s: None, until, FakeClock())


def transitions(folder: Path) -> list[Transition]:
    recording = read_recording(SessionFolder(folder / "session").recording, TYPES)
    return [transition for episode in recording.episodes for transition in episode.transitions]


def test_an_unattended_session_is_recorded_learned_from_and_verified_bit_by_bit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with acting(tmp_path, rounds=3, steps_per_round=120) as actor:
        drive(actor, lambda: False)
        assert actor.wheel.updates
        assert actor.shelf.driving.snapshot.version > 0
    steps = transitions(tmp_path)
    assert len(steps) == 360
    by_hand = [step for step in steps if step.decision.authority is Authority.HUMAN]
    assert by_hand
    for step in by_hand:
        assert isinstance(step.decision.executed, tuple)
        assert step.decision.executed == step.decision.human_action
        assert abs(step.decision.executed[0]) <= 0.3001
    assert verify_session(SessionFolder(tmp_path / "session")) == 0
    assert "verified 360 steps" in capsys.readouterr().out


def test_reaching_the_flag_is_a_success_that_needs_no_words(tmp_path: Path) -> None:
    with acting(tmp_path, device="simulated") as actor:
        actor.device = ScriptedDevice(())
        drive(actor, lambda: actor.episode > 0)
        assert list(actor.journal.announcements) == []
    last = transitions(tmp_path)[-1]
    assert last.terminated
    assert last.reward > 99.0


def test_a_script_drives_with_numbers_and_the_scene_names_them(tmp_path: Path) -> None:
    with acting(tmp_path) as actor:
        actor.device = ScriptedDevice(parse_script("1 -0.5", CARD))
        drive(actor, lambda: actor.step == 1)
        assert scene_of(actor, 0.0, 0.5).human_action is None
        actor.poll_device(0.0)
        assert scene_of(actor, 0.0, 0.5).pending == "force -0.5"
        actor.control_step(0.0)
        scene = scene_of(actor, 0.0, 0.5)
        assert (scene.human_action, scene.executed) == ("force -0.5", "force -0.5")
        assert isinstance(scene.policy_action, str)
        assert scene.policy_action.startswith("force ")
        # A hand that asks for nothing holds still.
        actor.control_step(0.0)
        assert scene_of(actor, 0.0, 0.5).executed == "force 0"


def test_a_demonstrator_drives_every_step(tmp_path: Path) -> None:
    with acting(tmp_path, demonstrations=True, rounds=1) as actor:
        drive(actor, lambda: False)
    assert {step.decision.authority for step in transitions(tmp_path)} == {Authority.HUMAN}


def test_the_preference_is_the_tasks_first_unless_one_is_named() -> None:
    config = OperateConfig(env="mountain-car", headless=True)
    assert preference_of(config, CARD) == CARD.preferences[0]
    assert resolve(config, windowed=False).preference == CARD.preferences[0].name


def test_the_experts_noise_is_the_sessions_own() -> None:
    def said(seed: int) -> list[Action | None]:
        config = OperateConfig(preference="right-lane-noisy", demonstrations=True, seed=seed)
        expert, obs = make_expert(config, card("highway")), make_batch("highway", 1).reset([0])[0]
        return [expert.watch(obs, 1) for _ in range(40)]

    assert said(1) == said(1) != said(2)


def test_evaluation_counts_successes_and_the_rule_measures_distances() -> None:
    strong, weak = policy_of(roller(0.99), CARD), policy_of(roller(0.3), CARD)
    theta, expert = CARD.preferences[0].theta, SimulatedExpert(weak, CARD.preferences[0])
    found = evaluate(strong, CARD.name, theta, 20, expert=expert)
    assert (found.crash_rate, found.success_rate) == (None, 1.0)
    assert found.intervention_rate is not None
    assert found.intervention_rate > 0.5
    assert intervention_rate(strong, CARD.name, expert, 500, 3) > 0.5
    assert intervention_rate(weak, CARD.name, expert, 500, 3) == 0.0
    gentle = evaluate(weak, CARD.name, theta, 20)
    assert gentle.features["effort"] < found.features["effort"] / 3
    assert gentle.return_true > found.return_true


def test_a_prior_of_a_continuous_task_is_a_sac(tmp_path: Path) -> None:
    path = tmp_path / "policy.safetensors"
    path.write_bytes(roller(0.5).to_bytes())
    assert load_prior(path, CARD).snapshot.hash == roller(0.5).hash
    path.write_bytes(roller(0.5, task="highway").to_bytes())
    with pytest.raises(BadPolicy, match="is for task 'highway'"):
        load_policy(path, CARD)
