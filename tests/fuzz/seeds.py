"""What each reader likes, for a fuzzer to start from."""

import io
import zipfile
from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.app.bus.messages import Ack, Heartbeat, Message, NewSegment, Snapshot, Welcome, encode
from mereq_teleop.app.learning.checkpoint import Checkpoint, Served
from mereq_teleop.app.results import Results, RoundResult
from mereq_teleop.app.study.log import Done, Opened
from mereq_teleop.sessions.labels import Labels, Remark
from tests.app.bus.samples import make_hello, make_policy, make_segment
from tests.fuzz.targets import DRIVE, HIGHWAY, STUDY, TOPICS, shelf
from tests.sessions.made import HEADER, drive, record

__all__ = ["seeds"]


def seeds(name: str) -> list[bytes]:
    """What a reader likes, for a fuzzer to start from."""
    made: Mapping[str, Callable[[], list[bytes]]] = {
        "wire": lambda: [
            encode(make_hello()),
            encode(NewSegment(seq=1, segment=make_segment("e0-s0"))),
            encode(Snapshot(policy=make_policy().to_bytes())),
        ],
        "frame": lambda: [_as_json(encode(made)) for made in _frames()],
        "header": lambda: [
            _header(make_policy().to_bytes()),
            _header(_small(shipped(HIGHWAY.prior, HIGHWAY).snapshot)),
        ],
        "policy": lambda: [make_policy().to_bytes(), _small(shipped(HIGHWAY.prior, HIGHWAY).snapshot)],
        "archive": lambda: [_zipped()],
        "description": lambda: [msgspec.json.encode(_described())],
        "recording": lambda: [_recorded()],
        "events": lambda: [_lines()],
        "mapping": lambda: [b'engage = ["a"]\n[axes.leftx]\ndead_zone = 0.1\n[tasks.highway]\nFASTER = []\n'],
        "script": lambda: [b"3 LANE_RIGHT\n4 FASTER # faster\n6 release\n9 engage\n10 lost\n"],
        "config": lambda: [msgspec.json.encode(HEADER.config)],
        "checkpoint": lambda: [_checkpoint()],
        "answers": lambda: [b'[[answers]]\nparticipant = "P1"\n[answers.values]\nq = "d"\n'],
        "studylog": lambda: [_log()],
        "labels": lambda: [msgspec.json.encode(Labels(tags=("a",), notes=(Remark(time_utc="2030", text="b"),)))],
        "results": lambda: [_results()],
        "study": lambda: [STUDY],
    }
    return made[name]()


def _frames() -> list[Message]:
    small = (Ack(seq=1), Heartbeat(instance="l"), Welcome(instance="l", accepted=False, reason="no"))
    return [make_hello(), NewSegment(seq=1, segment=make_segment("e0-s0")), *small]


def _as_json(data: bytes) -> bytes:
    return msgspec.json.encode(msgspec.msgpack.decode(data))


def _header(data: bytes) -> bytes:
    return data[8 : 8 + int.from_bytes(data[:8], "little")]


def _log() -> bytes:
    opened = Opened(time_utc="2030", digest="0", content={"title": "t"}, unattended=False)
    done = Done(time_utc="2030", participant="P1", step="s", attempt=1, answers={"q": "d", "r": 3})
    return b"".join(msgspec.json.encode(event) + b"\n" for event in (opened, done))


def _results() -> bytes:
    done = RoundResult(
        round=1, steps=9, human_steps=2, intervention_rate=0.2, seconds_to_policy=1.0, theta={"right_lane": 0.5}
    )
    return msgspec.json.encode(
        Results(
            task="highway",
            method="mereq",
            seed=0,
            session="s",
            policy_version=1,
            rounds=[done],
            expert_samples_to={"0.05": None},
            standing=None,
            intervention_interval=None,
        )
    )


def _small(snapshot: PolicySnapshot) -> bytes:
    """The head of a real policy's file: its tensors' names and shapes, and few of their numbers."""
    return snapshot.to_bytes()[:4096]


def _described() -> dict[str, object]:
    """What stable-baselines3 writes of a DQN, as far as it is read."""
    box = {":type:": "<class 'gymnasium.spaces.box.Box'>", ":serialized:": "gA==", "dtype": "float32", "_shape": [5, 5]}
    discrete = {":type:": "<class 'gymnasium.spaces.discrete.Discrete'>", "n": "5", "start": "0", "_shape": []}
    kwargs = {":type:": "<class 'dict'>", "activation_fn": "<class 'torch.nn.modules.activation.Tanh'>"}
    made_by = {":type:": "<class 'abc.ABCMeta'>", "__module__": "stable_baselines3.dqn.policies", "__doc__": "Policy"}
    spaces = {"observation_space": box, "action_space": discrete}
    return {"policy_class": made_by, "policy_kwargs": kwargs, **spaces, "gamma": 0.99, "use_sde": False}


def _zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("data", msgspec.json.encode(_described()))
        made.writestr("policy.pth", b"weights")
        made.writestr("_stable_baselines3_version", b"2.9.2")
    return buffer.getvalue()


def _recorded() -> bytes:
    path = shelf() / "seed.mcap"
    path.unlink(missing_ok=True)
    return record(path, drive(DRIVE)).read_bytes()


def _lines() -> bytes:
    lines = [bytes([TOPICS.index(topic)]) + msgspec.json.encode(event) for topic, event, _ in drive(DRIVE)]
    return b"\n".join(lines)


def _checkpoint() -> bytes:
    path = shelf() / "seed"
    Checkpoint(Served(), {"total": np.zeros(3)}).write(path)
    return path.read_bytes()
