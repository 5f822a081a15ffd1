"""The readers of what others wrote. Each takes any bytes, and may refuse them only by its own room's error."""

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from mcap.writer import CompressionType, Writer

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.archive import read_archive
from mereq_teleop.agents.foreign.description import describe
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.bus.errors import BadMessage
from mereq_teleop.app.bus.messages import Hello, Snapshot, decode
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.learning.checkpoint import Checkpoint
from mereq_teleop.app.learning.errors import BadCheckpoint
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.results import read_results
from mereq_teleop.app.study.answers import read_answers
from mereq_teleop.app.study.check import mistakes_in
from mereq_teleop.app.study.file import Study, read_study
from mereq_teleop.app.study.log import read_log
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.errors import FolderError, RecordingError
from mereq_teleop.sessions.events import TYPES as EVENTS
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.labels import read_labels
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.errors import BadMapping, BadScript
from mereq_teleop.teleop.mapping import read_mapping
from mereq_teleop.teleop.scripted import parse_script
from tests.sessions.made import HEADER

__all__ = ["DRIVE", "HIGHWAY", "STUDY", "TARGETS", "TOPICS", "Target", "shelf"]

Target = Callable[[bytes], None]
HIGHWAY = card_of("highway")
TOPICS = sorted({*EVENTS, *TYPES})
DRIVE = [Authority.POLICY, Authority.POLICY, Authority.HUMAN, Authority.POLICY]


class _Place(msgspec.Struct):
    """Where a tensor lies in its file."""

    data_offsets: tuple[int, int] = (0, 0)


_places = msgspec.json.Decoder(dict[str, _Place])


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


def frame(data: bytes) -> None:
    """JSON, as the frame that says the same: what a decoder makes of frames that are sound as such."""
    try:
        said = msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return
    with suppress(OverflowError, RecursionError, ValueError):
        data = msgspec.msgpack.encode(said)
    wire(data)


def header(data: bytes) -> None:
    """A tensor file's header, in a file that is sound as such."""
    size = 0
    with suppress(msgspec.MsgspecError, ValueError, RecursionError):
        size = max((told.data_offsets[1] for told in _places.decode(data).values()), default=0)
    policy(len(data).to_bytes(8, "little") + data + bytes(min(max(size, 0), 2**20)))


def policy(data: bytes) -> None:
    """A policy's file, as far as a decision of it."""
    try:
        drives = policy_of(PolicySnapshot.from_bytes(data), HIGHWAY)
    except BadPolicy:
        return
    drives.act(np.zeros((1, *HIGHWAY.observation_shape), np.float32))


def archive(data: bytes) -> None:
    """A zip of stable-baselines3, as far as its weights, which a process of their own reads."""
    try:
        describe(read_archive(data).data, HIGHWAY, Reading())
    except BadPolicy:
        return


def description(data: bytes) -> None:
    """What such a zip says of itself, in a sound zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in {"data": data, "policy.pth": b"", "_stable_baselines3_version": b"2.9.2"}.items():
            made.writestr(name, content)
    archive(buffer.getvalue())


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


STUDY = (
    b'title = "t"\nparticipants = ["P1"]\ntlx = false\n[flags]\nrounds = 1\n[practice]\nseed = 3\n[[start]]\n'
    b'title = "a"\ntext = "b"\n[[conditions]]\nname = "x"\n[[conditions]]\nname = "y"\n[[questions]]\n'
    b'id = "q"\ntext = "c"\nkind = "choice"\nchoices = ["d", "e"]\nat = "end"\n'
)


@cache
def _study() -> Study:
    path = shelf() / "sound.toml"
    path.write_bytes(STUDY)
    return read_study(path)


def answers(data: bytes) -> None:
    """Answers to a study's questions."""
    path = shelf() / "answers.toml"
    path.write_bytes(data)
    try:
        read_answers(path, _study())
    except Usage:
        return


def studylog(data: bytes) -> None:
    """What happened in a study."""
    path = shelf() / "study.jsonl"
    path.write_bytes(data)
    try:
        read_log(path)
    except AppError:
        return


def labels(data: bytes) -> None:
    """Tags and notes of a session."""
    (shelf() / "labels.json").write_bytes(data)
    try:
        read_labels(SessionFolder(shelf()))
    except FolderError:
        return


def results(data: bytes) -> None:
    """What a session came to."""
    (shelf() / "results.json").write_bytes(data)
    try:
        read_results(SessionFolder(shelf()))
    except FolderError:
        return


TARGETS: Mapping[str, Target] = {
    target.__name__: target
    for target in (
        *(wire, frame, policy, header, archive, description, recording, events),
        *(mapping, script, config, checkpoint, study, answers, studylog, labels, results),
    )
}
"""By their names."""
