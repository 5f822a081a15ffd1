from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mereq_teleop.envs.registry import make_batch
from mereq_teleop.sessions.events import EpisodeStart, Topic
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority, Decision, Transition
from mereq_teleop.sessions.verify import verify
from mereq_teleop.sessions.world import OneWorld
from tests.sessions.made import FINGERPRINT, Event, flat, record


def act(obs: npt.NDArray[np.float32]) -> int:
    return int(obs.sum() * 1000) % 5


def test_a_drive_on_the_highway_is_verified_bit_by_bit(tmp_path: Path) -> None:
    world, events = OneWorld(make_batch("highway", 1)), list[Event]()
    for episode in range(3):
        obs, ended, step = world.reset(episode), False, 0
        events.append((Topic.EPISODE, EpisodeStart(index=episode, seed=episode, task="highway-basic-v0"), 0))
        while not ended:
            action = act(obs)
            next_obs, features, reward, terminated, truncated = world.step(action)
            transition = Transition(
                step=step,
                obs=flat(obs),
                decision=Decision(policy_action=action, human_action=None, authority=Authority.POLICY, executed=action),
                next_obs=flat(next_obs),
                features=flat(features),
                reward=reward,
                terminated=terminated,
                truncated=truncated,
                policy_version=0,
            )
            events.append((Topic.TRANSITION, transition, 0))
            obs, ended, step = next_obs, terminated or truncated, step + 1
    recording = read_recording(record(tmp_path / "session.mcap", events))
    found = verify(recording, OneWorld(make_batch("highway", 1)), lambda _: act, FINGERPRINT)
    assert found.ok, str(found)
    assert found.steps == len(events) - 3


def test_one_world_is_one() -> None:
    with pytest.raises(ValueError, match="wanted a batch of one world, got 2"):
        OneWorld(make_batch("highway", 2))
