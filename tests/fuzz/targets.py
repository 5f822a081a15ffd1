"""The readers of what others wrote. Each takes any bytes, and may refuse them only by its own room's error."""

import io
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from mcap.writer import CompressionType, Writer

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.app.bus.errors import BadMessage
from mereq_teleop.app.bus.messages import Hello, NewSegment, Snapshot, decode, encode
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.learning.checkpoint import Checkpoint, Served
from mereq_teleop.app.learning.errors import BadCheckpoint
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.study.check import mistakes_in
from mereq_teleop.app.study.file import read_study
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.errors import FolderError, RecordingError
from mereq_teleop.sessions.events import TYPES as EVENTS
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.errors import BadMapping, BadScript
from mereq_teleop.teleop.mapping import read_mapping
from mereq_teleop.teleop.scripted import parse_script
from tests.app.bus.samples import make_hello, make_policy, make_segment
from tests.sessions.made import HEADER, drive, record

__all__ = ["TARGETS", "Target", "seeds"]

Target = Callable[[bytes], None]
HIGHWAY = card_of("highway")
TOPICS = sorted({*EVENTS, *TYPES})
DRIVE = [Authority.POLICY, Authority.POLICY, Authority.HUMAN, Authority.POLICY]


@cache
def shelf() -> Path:
    """A folder that lasts as long as this process."""
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def wire(data: bytes) -> None:
    """A frame on the bus, and what it carries."""
    try:
        message = decode(data)
        if isinstance(message, Snapshot):
            PolicySnapshot.from_bytes(message.policy)
        if isinstance(message, Hello):
            PolicySnapshot.from_bytes(message.prior)
    except (BadMessage, BadPolicy):
        return


def policy(data: bytes) -> None:
    """A policy's file, as far as a decision of it."""
    try:
        drives = policy_of(PolicySnapshot.from_bytes(data), HIGHWAY)
    except BadPolicy:
        return
    drives.act(np.zeros((1, *HIGHWAY.observation_shape), np.float32))


def recording(data: bytes) -> None:
    """A session's recording."""
    path = shelf() / "session.mcap"
    path.write_bytes(data)
    try:
        read_recording(path, TYPES)
    except RecordingError:
        return


def events(data: bytes) -> None:
    """Lines of a topic's number and a message, as a sound file whose content is anything."""
    buffer = io.BytesIO()
    writer = Writer(buffer, compression=CompressionType.ZSTD)
    writer.start(profile="mereq_teleop")
    writer.add_metadata("session", {"header": msgspec.json.encode(HEADER).decode()})
    channels = [writer.register_channel(topic, "json", 0) for topic in TOPICS]
    for line in data.split(b"\n")[:200]:
        channel = channels[line[0] % len(TOPICS)] if line else channels[0]
        writer.add_message(channel, log_time=0, data=line[1:], publish_time=0)
    writer.finish()  # type: ignore[no-untyped-call]
    recording(buffer.getvalue())


def mapping(data: bytes) -> None:
    """A device's mapping."""
    path = shelf() / "device.toml"
    path.write_bytes(data)
    try:
        read_mapping(path, HIGHWAY)
    except BadMapping:
        return


def script(data: bytes) -> None:
    """A scripted device."""
    try:
        parse_script(data.decode(errors="replace"), HIGHWAY)
    except BadScript:
        return


def config(data: bytes) -> None:
    """A session's configuration."""
    (shelf() / "config.json").write_bytes(data)
    try:
        SessionFolder(shelf()).read_config()
    except FolderError:
        return


def checkpoint(data: bytes) -> None:
    """A learner's checkpoint."""
    path = shelf() / "checkpoint"
    path.write_bytes(data)
    try:
        Checkpoint.read(path)
    except BadCheckpoint:
        return


def study(data: bytes) -> None:
    """A study's file, and every flag in it."""
    path = shelf() / "study.toml"
    path.write_bytes(data)
    try:
        read = read_study(path)
    except Usage:
        return
    assert all("\n" not in mistake for mistake in mistakes_in(read))


TARGETS: Mapping[str, Target] = {
    target.__name__: target for target in (wire, policy, recording, events, mapping, script, config, checkpoint, study)
}
"""By their names."""


def seeds(name: str) -> list[bytes]:
    """What a reader likes, for a fuzzer to start from."""
    made: Mapping[str, Callable[[], list[bytes]]] = {
        "wire": lambda: [
            encode(make_hello()),
            encode(NewSegment(seq=1, segment=make_segment("e0-s0"))),
            encode(Snapshot(policy=make_policy().to_bytes())),
        ],
        "policy": lambda: [make_policy().to_bytes(), _small(shipped(HIGHWAY.prior, HIGHWAY).snapshot)],
        "recording": lambda: [_recorded()],
        "events": lambda: [_lines()],
        "mapping": lambda: [b'engage = ["a"]\n[axes.leftx]\ndead_zone = 0.1\n[tasks.highway]\nFASTER = []\n'],
        "script": lambda: [b"3 LANE_RIGHT\n4 FASTER # faster\n6 release\n9 engage\n10 lost\n"],
        "config": lambda: [msgspec.json.encode(HEADER.config)],
        "checkpoint": lambda: [_checkpoint()],
        "study": lambda: [
            b'title = "t"\nparticipants = ["P1"]\n[flags]\nrounds = 1\n[practice]\nseed = 3\n[[start]]\n'
            b'title = "a"\ntext = "b"\n[[conditions]]\nname = "x"\n[[conditions]]\nname = "y"\n[[questions]]\n'
            b'id = "q"\ntext = "c"\nkind = "choice"\nchoices = ["d", "e"]\nat = "end"\n'
        ],
    }
    return made[name]()


def _small(snapshot: PolicySnapshot) -> bytes:
    """The head of a real policy's file: its tensors' names and shapes, and few of their numbers."""
    return snapshot.to_bytes()[:4096]


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
