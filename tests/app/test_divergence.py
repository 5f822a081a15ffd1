"""A session in which the simulation breaks down goes on, keeps what led there once, and still verifies."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import ArrayLike

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.clock import FakeClock
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.learning.in_process import InProcessBus
from mereq_teleop.app.loops import run_lockstep
from mereq_teleop.app.replay import TYPES, policies_of
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.envs.batch import BatchStep
from mereq_teleop.envs.fanuc.batch import FanucBatch
from mereq_teleop.envs.fanuc.control import STEP
from mereq_teleop.envs.fanuc.pusher.card import BASIC, CARD
from mereq_teleop.envs.fanuc.pusher.task import pusher_batch
from mereq_teleop.envs.fanuc.state import FanucState
from mereq_teleop.sessions.config import SessionHeader
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.verify import verify
from mereq_teleop.sessions.world import OneWorld
from mereq_teleop.teleop.scripted import ScriptedDevice, parse_script
from tests.app.test_actor import made_config
from tests.app.test_continuous import Weakener

LAST = 7
"""The step of every episode in which the simulation breaks down."""


class Storm(FanucBatch):
    """The real pusher; something pulls at its bottle with a million meganewtons once an episode is some steps old."""

    def __init__(self) -> None:
        super().__init__(pusher_batch(1, BASIC).task, 1, BASIC)
        self._pull = self._batch.bind("qfrc_applied")

    def step(self, actions: ArrayLike) -> BatchStep:
        self._pull[0, 6] = 1e12 if self._user[0, STEP] == LAST else 0.0
        return super().step(actions)


def still() -> PolicySnapshot:
    """A policy that leaves the arm where it is."""
    tensors = {
        "input.shift": np.zeros(CARD.inputs, np.float32),
        "input.scale": np.ones(CARD.inputs, np.float32),
        "actor.0.weight": np.zeros((CARD.inputs, 6), np.float32),
        "actor.0.bias": np.zeros(6, np.float32),
    }
    return PolicySnapshot(0, "sac", PolicyMaker(task=CARD.name, method="made", gamma=0.99, alpha=0.1), tensors)


@contextmanager
def acting(path: Path, **chosen: Any) -> Iterator[Actor]:
    """An actor in the storm, whose recording can be read once the block is left."""
    config = OperateConfig(env="pusher", headless=True, steps_per_round=1000, **chosen)
    folder = SessionFolder(path)
    for inner in (folder.policies, folder.learner):
        inner.mkdir(parents=True)
    made = msgspec.structs.replace(made_config(config), task=CARD.name, env=BASIC)
    with (
        closing(InProcessBus(Weakener(), config.learns_each)) as bus,
        closing(PolicyShelf(policy_of(still(), CARD), CARD, folder)) as shelf,
        Recorder.create(folder.recording, SessionHeader(config=made, fingerprint=take_fingerprint())) as recorder,
    ):
        yield Actor(
            config,
            CARD,
            batch=Storm(),
            shelf=shelf,
            device=ScriptedDevice(parse_script("2 0.1,0,0\n5 release\n11 0,0.2,-0.1\n13 release", CARD)),
            bus=bus,
            recorder=recorder,
            session=folder.name,
        )


def recorded(path: Path) -> Recording:
    return read_recording(SessionFolder(path).recording, TYPES)


def drive(actor: Actor, episodes: int) -> None:
    run_lockstep(actor, lambda now_s: None, lambda: actor.episode >= episodes, FakeClock())


def test_the_session_goes_on_and_verifies_and_the_first_ones_states_are_kept(tmp_path: Path) -> None:
    with acting(tmp_path / "session") as actor:
        drive(actor, 3)
        actor.finish(0.0)
        said = [(one.text, one.warning) for one in actor.journal.announcements if "broke down" in one.text]
    folder, recording = SessionFolder(tmp_path / "session"), recorded(tmp_path / "session")
    ends = [episode.transitions[-1] for episode in recording.episodes if episode.transitions]
    assert [(end.step, end.terminated, end.truncated) for end in ends] == [(LAST, False, True)] * 3
    assert len(recording.episodes) == 4
    assert {segment.authority.value for segment in recording.segments} == {"human", "policy"}

    assert [warning for _, warning in said] == [True] * 3
    assert [text for text, _ in said] == [note for note in recording.notes if "broke down" in note]
    first, second, _ = (text for text, _ in said)
    assert first.startswith("the simulation broke down in episode 0, step 7 (bottle at ")
    assert first.endswith(f"a new episode begins; its last states: {folder.divergence}")
    assert second.endswith(f"the first one's states: {folder.divergence}")

    with np.load(folder.divergence, allow_pickle=False) as kept:
        assert (kept["episode"], kept["step"]) == (0, LAST)
        assert str(kept["where"]) in first
        assert len(kept["states"]) == LAST + 1
        executed = [transition.decision.executed for transition in recording.episodes[0].transitions]
        np.testing.assert_array_equal(kept["actions"], executed)
        again = pusher_batch(1, BASIC)
        again.restore(FanucState(kept["states"][-1:]))
        assert again.step(kept["actions"][-1:]).truncated.all()

    found = verify(recording, OneWorld(Storm()), policies_of(folder, recording), take_fingerprint())
    assert found.ok, str(found)
    assert (found.steps, found.tolerance) == (3 * (LAST + 1), 0.0)


def test_a_file_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path / "session")
    with acting(folder.path) as actor:
        folder.divergence.mkdir()
        drive(actor, 2)
        actor.finish(0.0)
        last = actor.journal.announcements[-1]
    assert last.warning
    assert last.text.startswith(f"cannot write {folder.divergence}: ")
    assert last.text in recorded(folder.path).notes


@pytest.mark.parametrize("watched", [False, True])
def test_what_is_drawn_of_it_is_finite(tmp_path: Path, watched: bool) -> None:
    with acting(tmp_path / "session") as actor:
        if watched:
            actor._batch.watch()
        drive(actor, 1)
        assert np.isfinite(actor.frames.at(0.5)).all()
        actor.finish(0.0)
