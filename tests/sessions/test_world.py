from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mereq_teleop.envs import env_id, make_batch
from mereq_teleop.sessions.events import EpisodeStart, Topic
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Action, Authority, Decision
from mereq_teleop.sessions.verify import Act, verify
from mereq_teleop.sessions.world import OneWorld, as_action, as_transition
from tests.sessions.made import FINGERPRINT, Event, record


def choose(obs: npt.NDArray[np.float32]) -> Action:
    return int(obs.sum() * 1000) % 5


def push(obs: npt.NDArray[np.float32]) -> Action:
    return (0.9 if obs[1] >= 0.0 else -1.0 + float(obs[0]) / 10,)


@pytest.mark.parametrize(("task", "act"), [("highway", choose), ("mountain-car", push)])
def test_a_drive_is_verified_bit_by_bit(task: str, act: Act, tmp_path: Path) -> None:
    world, events = OneWorld(make_batch(task, 1)), list[Event]()
    for episode in range(3):
        obs, ended, step = world.reset(episode), False, 0
        events.append((Topic.EPISODE, EpisodeStart(index=episode, seed=episode, task=env_id(task)), 0))
        while not ended:
            action = act(obs)
            after = world.step(action)
            decision = Decision(policy_action=action, human_action=None, authority=Authority.POLICY, executed=action)
            events.append((Topic.TRANSITION, as_transition(step, obs, decision, after, 0), 0))
            obs, ended, step = after.observation, after.terminated or after.truncated, step + 1
    recording = read_recording(record(tmp_path / "session.mcap", events))
    found = verify(recording, OneWorld(make_batch(task, 1)), lambda _: act, FINGERPRINT)
    assert found.ok, str(found)
    assert found.steps == len(events) - 3


def test_a_transition_is_what_the_simulator_gave() -> None:
    world, decision = (
        OneWorld(make_batch("mountain-car", 1)),
        Decision(policy_action=(0.5,), human_action=(-1.0,), authority=Authority.HUMAN, executed=(-1.0,)),
    )
    obs = world.reset(7)
    after = world.step(decision.executed)
    made = as_transition(0, obs, decision, after, 4)
    assert (made.step, made.decision, made.policy_version) == (0, decision, 4)
    assert np.array_equal(np.array(made.obs, np.float32), obs)
    assert np.array_equal(np.array(made.next_obs, np.float32), after.observation)
    assert (*made.features, made.reward) == (*after.features, after.reward)
    assert (made.terminated, made.truncated) == (after.terminated, after.truncated)


def test_an_action_is_an_index_or_a_vector() -> None:
    assert as_action(np.array([3, 1])[0]) == 3
    assert as_action(np.array([[0.25, -1.0]])[0]) == (0.25, -1.0)
    assert isinstance(as_action(np.array([3])[0]), int)


def test_one_world_is_one() -> None:
    with pytest.raises(ValueError, match="wanted a batch of one world, got 2"):
        OneWorld(make_batch("highway", 2))
