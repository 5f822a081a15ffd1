"""Makes a whole, indexed recording of one that was cut or damaged, without losing what is left of it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import msgspec
from mcap.writer import CompressionType, Writer

from mereq_teleop.sessions.claim import is_recording
from mereq_teleop.sessions.errors import FolderError, RecordingError
from mereq_teleop.sessions.events import EpisodeStart, Topic
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.stream import MessageStream, RawMessage

__all__ = ["Repair", "repair"]

Kind = TypeVar("Kind", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did."""

    needed: bool
    """False for a recording that was whole: nothing was done."""
    lost: str = ""
    """What is missing, in words."""
    steps: int = 0
    """Control steps that are there."""
    events: int = 0
    """All events that are there."""
    kept: Path | None = None
    """Where the damaged file lies now; None where all that was left of it is in the new one."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is left of a file: all messages up to its end, or to the first damaged place."""

    stream: MessageStream
    messages: list[RawMessage]
    damage: str


def repair(folder: SessionFolder) -> Repair:
    """Put a whole recording in the place of a cut or damaged one, once it was read back and found equal.

    What follows the first damaged place cannot be put into order, so it is left out; the damaged file is kept then.

    Raises:
        RecordingError: the session is being recorded, or nothing of the file can be read.
        FolderError: a file cannot be written; the old one is as it was.
    """
    file = folder.recording
    if is_recording(file):
        raise RecordingError(f"{folder.name} is being recorded: there is nothing to repair yet")
    rest = _rest_of(file)
    if not rest.damage and not rest.stream.cut:
        return Repair(needed=False)
    lost, draft, kept = _lost(rest), file.with_name(file.name + ".part"), None
    try:
        _write(draft, rest, lost)
        recording = _checked(draft, rest)
        if rest.damage:
            kept = _free(folder.path)
            os.link(file, kept)
        draft.replace(file)
    except OSError as error:
        raise FolderError(f"cannot repair {file}: {error.strerror}; it is as it was") from None
    finally:
        draft.unlink(missing_ok=True)
    steps = len(recording.on(Topic.TRANSITION))
    return Repair(needed=True, lost=lost, steps=steps, events=len(rest.messages), kept=kept)


def _rest_of(file: Path) -> _Rest:
    stream, messages, damage = MessageStream(file), list[RawMessage](), ""
    try:
        for message in stream:
            messages.append(message)
    except RecordingError as error:
        damage = str(error)
    if "header" not in stream.metadata.get("session", {}):
        raise RecordingError(damage or f"{file} ends before its header: there is nothing to repair")
    return _Rest(stream, messages, damage)


def _lost(rest: _Rest) -> str:
    """What is missing, in words."""
    episode, step = "no episode", ""
    for message in rest.messages:
        if message.topic == Topic.EPISODE:
            episode, step = f"episode {_decoded(message, EpisodeStart).index}", ""
        elif message.topic == Topic.TRANSITION:
            step = f"step {_decoded(message, _Step).step} of "
    what = "was damaged" if rest.damage else "was cut"
    return f"the recording {what} and was repaired: it ends after {step}{episode}; what came after that is lost"


class _Who(msgspec.Struct):
    authority: Authority


class _Step(msgspec.Struct):
    """As little of a transition as must be known here."""

    step: int
    decision: _Who


def _decoded(message: RawMessage, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(message.data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RecordingError(f"a message of {message.topic} is of another version: {error}") from None


def _write(draft: Path, rest: _Rest, lost: str) -> None:
    """Write every message as it was, and the file's end."""
    steps = [_decoded(message, _Step) for message in rest.messages if message.topic == Topic.TRANSITION]
    by_hand = sum(step.decision.authority is Authority.HUMAN for step in steps)
    channels: dict[str, int] = {}
    with draft.open("wb") as file:
        # Any: half of mcap's methods carry no annotations.
        writer: Any = cast(Any, Writer(cast(IO[Any], file), compression=CompressionType.ZSTD, enable_data_crcs=True))
        writer.start("mereq_teleop", "mereq_teleop repair")
        writer.add_metadata("session", rest.stream.metadata["session"])
        for message in rest.messages:
            if message.topic not in channels:
                schema = rest.stream.schemas[message.topic]
                number = writer.register_schema(schema.name, schema.encoding, schema.data)
                channels[message.topic] = writer.register_channel(message.topic, "json", number)
            writer.add_message(channels[message.topic], message.time_ns, message.data, message.publish_time_ns)
        writer.add_metadata("fault", {"fault": lost})
        writer.add_metadata("tally", {"steps": str(len(steps)), "human_steps": str(by_hand)})
        writer.finish()
        file.flush()
        os.fsync(file.fileno())


def _checked(draft: Path, rest: _Rest) -> Recording:
    """The new file as it reads.

    Raises:
        RecordingError: it does not hold what was left of the old one.
    """
    stream = MessageStream(draft)
    if list(stream) != rest.messages or stream.cut:
        raise RecordingError(
            f"the repaired copy of {draft.parent / 'session.mcap'} differs from it: nothing was changed"
        )
    return read_recording(draft)


def _free(folder: Path) -> Path:
    """A name for the damaged file."""
    names = ("session.damaged.mcap", *(f"session.damaged-{number}.mcap" for number in range(2, 100)))
    return next(path for name in names if not (path := folder / name).exists())
