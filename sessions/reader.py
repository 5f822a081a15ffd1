"""Reads a session back, whole or cut, into the records that were written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from mereq_teleop.sessions.config import FORMAT, SessionConfig, SessionHeader
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.events import (
    TYPES,
    AuthorityChange,
    EpisodeStart,
    Note,
    Retraction,
    RoundEnd,
    SegmentMark,
    Swap,
    Topic,
)
from mereq_teleop.sessions.fingerprint import Fingerprint
from mereq_teleop.sessions.records import Episode, Record, Segment, Transition
from mereq_teleop.sessions.stream import MessageStream

__all__ = ["Logged", "Recording", "read_recording"]

Kind = TypeVar("Kind", bound=Record)


class Logged(NamedTuple):
    """One event with its time."""

    time_ns: int
    """Nanoseconds since the Unix epoch; never goes back."""
    topic: str
    record: Any
    """A record; a plain dict on a topic whose type the reader was not told."""


@dataclass(frozen=True)
class Recording:
    """One session as it was recorded."""

    path: Path
    config: SessionConfig
    fingerprint: Fingerprint
    timeline: tuple[Logged, ...]
    """Every event in order."""
    episodes: tuple[Episode, ...]
    """In order. One that was restarted or rewound is here twice: as it was left, and as it went on."""
    segments: tuple[Segment, ...]
    """Every segment that was closed, the retracted ones too, in order."""
    loss: str
    """What is missing, in words; empty for a whole recording."""

    def on(self, topic: str) -> tuple[Any, ...]:
        """What was recorded on one topic, in order."""
        return tuple(logged.record for logged in self.timeline if logged.topic == topic)

    def _all(self, kind: type[Kind]) -> tuple[Kind, ...]:
        return tuple(logged.record for logged in self.timeline if isinstance(logged.record, kind))

    @property
    def swaps(self) -> tuple[Swap, ...]:
        """Every policy that drove, in order."""
        return self._all(Swap)

    @property
    def commands(self) -> tuple[Any, ...]:
        """What the devices asked for."""
        return self.on(Topic.COMMAND)

    @property
    def authority_changes(self) -> tuple[AuthorityChange, ...]:
        """Every change of control."""
        return self._all(AuthorityChange)

    @property
    def reports(self) -> tuple[Any, ...]:
        """What the learner said."""
        return self.on(Topic.REPORT)

    @property
    def rounds(self) -> tuple[RoundEnd, ...]:
        """Every round that ended."""
        return self._all(RoundEnd)

    @property
    def retracted(self) -> frozenset[str]:
        """Ids of the segments that the operator took back."""
        return frozenset(retraction.segment for retraction in self._all(Retraction))

    @property
    def notes(self) -> tuple[str, ...]:
        """Words for the reader."""
        return tuple(note.text for note in self._all(Note))


def read_recording(path: Path, types: Mapping[str, type[Record]] | None = None) -> Recording:
    """Read a session's folder or its session.mcap.

    Args:
        path: The folder or the file.
        types: Types of topics that belong to other rooms, for instance /command and /report; without them those
            events are plain dicts.

    Raises:
        RecordingError: the file cannot be read, is none of ours, or is damaged; a cut one is read as far as it goes.
    """
    file = path / "session.mcap" if path.is_dir() else path
    known = {**TYPES, **(types or {})}
    decoders = {topic: msgspec.json.Decoder(kind) for topic, kind in known.items()}
    anything: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
    stream = MessageStream(file)
    timeline: list[Logged] = []
    story = _Story()
    for message in stream:
        # Before any event: those of a newer format may be unreadable, and the header is there first.
        if not timeline:
            _header(file, stream)
        try:
            record = decoders.get(message.topic, anything).decode(message.data)
            story.take(record)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            said = " ".join(str(error).split())
            raise RecordingError(f"{file} is damaged, or of another version: {message.topic}: {said}") from None
        timeline.append(Logged(message.time_ns, message.topic, record))
    header = _header(file, stream)
    # Asking for the episodes ends the story.
    loss = _loss(stream, timeline, story)
    return Recording(
        path=path,
        config=header.config,
        fingerprint=header.fingerprint,
        timeline=tuple(timeline),
        episodes=story.episodes(),
        segments=tuple(story.segments),
        loss=loss,
    )


class _Story:
    """Puts transitions back into their episodes and segments."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._done: list[Episode] = []
        self._start: EpisodeStart | None = None
        self._steps: list[Transition] = []

    def take(self, record: Any) -> None:
        """One event.

        Raises:
            ValueError: it does not fit what came before.
        """
        if isinstance(record, EpisodeStart):
            self._end_episode()
            self._start, self._steps = record, []
        elif isinstance(record, Transition):
            self._step(record)
        elif isinstance(record, SegmentMark):
            self._close(record)

    def episodes(self) -> tuple[Episode, ...]:
        """All episodes so far."""
        self._end_episode()
        self._start = None
        return tuple(self._done)

    def last(self) -> str:
        """Where the story stands, in words."""
        if self._start is None or not self._steps:
            return "no step of an episode yet" if self._start is None else f"episode {self._start.index}, no step"
        return f"step {self._steps[-1].step} of episode {self._start.index}"

    def _end_episode(self) -> None:
        if self._start is not None:
            self._done.append(self._episode(self._start))

    def _episode(self, start: EpisodeStart) -> Episode:
        return Episode(
            task=start.task,
            index=start.index,
            seed=start.seed,
            transitions=tuple(self._steps),
            executed_before=start.executed_before,
        )

    def _step(self, transition: Transition) -> None:
        first = 0 if self._start is None else len(self._start.executed_before)
        taken = first + len(self._steps)
        if self._start is None or transition.step > taken:
            raise ValueError(f"step {transition.step} comes after {taken} steps")
        if transition.step < taken:
            self._end_episode()
            self._steps = self._steps[: max(transition.step - first, 0)]
            # A fork may go back behind where it began.
            before = self._start.executed_before[: transition.step]
            self._start = msgspec.structs.replace(self._start, executed_before=before)
        self._steps.append(transition)

    def _close(self, mark: SegmentMark) -> None:
        of: Episode | None = None
        if self._start is not None and self._start.index == mark.episode:
            of = self._episode(self._start)
        else:
            # The next episode may have begun before the mark was written.
            of = next((episode for episode in reversed(self._done) if episode.index == mark.episode), None)
        executed, steps, first = ((), (), 0) if of is None else (of.executed, of.transitions, len(of.executed_before))
        self.segments.append(
            Segment(
                **{name: getattr(mark, name) for name in mark.__struct_fields__},
                executed_before=executed[: mark.start],
                transitions=steps[max(mark.start - first, 0) : max(mark.stop - first, 0)],
            )
        )


def _header(file: Path, stream: MessageStream) -> SessionHeader:
    text = stream.metadata.get("session", {}).get("header")
    if text is None:
        raise RecordingError(f"{file} ends before its header: there is nothing to read")
    try:
        header = msgspec.json.decode(text, type=SessionHeader)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise RecordingError(f"{file} has no header of a session: {error}") from None
    if header.format > FORMAT:
        raise RecordingError(
            f"{file} has format {header.format}, this is mereq-teleop for formats up to {FORMAT}: update it"
        )
    return header


def _loss(stream: MessageStream, timeline: list[Logged], story: _Story) -> str:
    fault = stream.metadata.get("fault", {}).get("fault", "")
    if not stream.cut:
        return fault
    when = ""
    if timeline:
        when = f", {datetime.fromtimestamp(timeline[-1].time_ns / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"the recording was cut: it ends after {story.last()}{when}; what came after that is lost "
        "(of a program that was killed, at most its last second)"
    )
