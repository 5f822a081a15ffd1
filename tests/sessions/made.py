"""Small sessions whose every number is known."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from mereq_teleop.sessions.config import SessionConfig, SessionHeader
from mereq_teleop.sessions.events import EpisodeStart, SegmentMark, Swap, Topic
from mereq_teleop.sessions.fingerprint import Fingerprint
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Action, Authority, Decision, Episode, Record, Transition
from mereq_teleop.sessions.segments import SegmentCutter

FINGERPRINT = Fingerprint(machine="m", cpu="c", libm="l", python="3", libraries={"numpy": "2"})
CONFIG = SessionConfig(
    task="toy",
    env="toy-v0",
    method="mereq",
    device="scripted",
    seed=7,
    started_utc="2030-01-02T03:04:05+00:00",
    command_line=("mereq-teleop", "--env", "toy"),
    settings={"rounds": 3, "swap": "now"},
    versions={"mereq-teleop": "0.1.0"},
)
HEADER = SessionHeader(config=CONFIG, fingerprint=FINGERPRINT)
HORIZON = 12

Event = tuple[str, Record, int]

deciding = st.sampled_from([Authority.POLICY, Authority.HUMAN, Authority.SAFE])
finite = st.floats(allow_nan=False, allow_infinity=False)


class ToyWorld:
    """A counter with noise from its seed; ends by itself after HORIZON steps."""

    def reset(self, seed: int) -> npt.NDArray[np.float32]:
        self.random = np.random.default_rng(seed)
        self.steps = 0
        self.obs = self.random.random((2, 2), np.float32)
        return self.obs

    def step(self, action: Action) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.floating[Any]], float, bool, bool]:
        assert isinstance(action, int)
        self.steps += 1
        self.obs = np.float32(0.5) * self.obs + self.random.random((2, 2), np.float32) * np.float32(action + 1)
        features = self.obs.astype(np.float64).sum(axis=1) / 3
        return self.obs, features, float(features.sum() * 0.1), False, self.steps == HORIZON


class ToyPolicy:
    def __init__(self, version: int) -> None:
        self.version = version

    def __call__(self, obs: npt.NDArray[np.float32]) -> int:
        assert obs.shape == (2, 2)
        assert obs.dtype == np.float32
        return int(obs.sum() * (self.version + 3)) % 3


def flat(values: npt.NDArray[np.floating[Any]]) -> tuple[float, ...]:
    return tuple(values.astype(np.float64).ravel().tolist())


def drive(authorities: Sequence[Authority], swap_every: int = 5, start_ns: int = 10**18) -> list[Event]:
    """A session on the toy world: one authority a step, a new episode at each end, a new policy now and then."""
    world, cutter, version, episode = ToyWorld(), SegmentCutter(), -1, -1
    events: list[Event] = []

    def log(topic: str, record: Record) -> None:
        events.append((topic, record, start_ns + len(events)))

    step = HORIZON
    for count, authority in enumerate(authorities):
        if step == HORIZON:
            step, episode = 0, episode + 1
            obs = world.reset(100 + episode)
            cutter.begin(episode, 100 + episode)
            log(Topic.EPISODE, EpisodeStart(index=episode, seed=100 + episode, task="toy-v0"))
        if count % swap_every == 0:
            version += 1
            log(Topic.SWAP, Swap(version=version, hash=f"{version:016x}", episode=episode, step=step))
        wanted = ToyPolicy(version)(obs)
        human = 2 if authority is Authority.HUMAN else None
        executed = {Authority.POLICY: wanted, Authority.HUMAN: 2}.get(authority, 1)
        decision = Decision(policy_action=wanted, human_action=human, authority=authority, executed=executed)
        next_obs, features, reward, terminated, truncated = world.step(executed)
        transition = Transition(
            step=step,
            obs=flat(obs),
            decision=decision,
            next_obs=flat(next_obs),
            features=flat(features),
            reward=reward,
            terminated=terminated,
            truncated=truncated,
            policy_version=version,
        )
        log(Topic.TRANSITION, transition)
        for segment in cutter.add(transition):
            log(Topic.SEGMENT, SegmentMark.of(segment))
        obs, step = next_obs, step + 1
    for segment in cutter.close():
        log(Topic.SEGMENT, SegmentMark.of(segment))
    return events


def record(path: Path, events: Sequence[Event], flush_every: int = 0) -> Path:
    """A whole recording of the events; `flush_every` events make a chunk."""
    with path.open("xb", buffering=0) as file, Recorder(file, HEADER, flush_interval_s=3600) as recorder:
        for count, event in enumerate(events, 1):
            recorder.write(*event)
            if flush_every and count % flush_every == 0:
                recorder._drain()
    assert not recorder.fault
    return path


def episode_of(authorities: Sequence[Authority], index: int = 0) -> Episode:
    """An episode in which each step is under the given authority."""
    return Episode(
        task="toy-v0",
        index=index,
        seed=3,
        transitions=tuple(step_of(step, authority) for step, authority in enumerate(authorities)),
    )


def step_of(step: int, authority: Authority = Authority.POLICY, *, ends: bool = False) -> Transition:
    """A step that executes its own number."""
    human = step if authority is Authority.HUMAN else None
    return Transition(
        step=step,
        obs=(float(step), 0.5),
        decision=Decision(policy_action=step, human_action=human, authority=authority, executed=step),
        next_obs=(step + 1.0, 0.5),
        features=(1.0, -1.0),
        reward=0.25,
        terminated=ends,
        truncated=False,
        policy_version=0,
    )
