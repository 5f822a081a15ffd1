"""Every control step of a recording, in the order in which they were taken, with what belongs to it."""

from dataclasses import dataclass

import msgspec

from mereq_teleop.sessions.events import EpisodeStart, Retraction, SegmentMark
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Transition

__all__ = ["RecordedStep", "steps_of"]


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One control step and its place in the recording."""

    line: int
    """Its index in the recording's timeline."""
    take: int
    """Index of its episode in the recording's `episodes`: one that is restarted or rewound goes on as another take."""
    episode: int
    """Number of its episode, as recorded."""
    transition: Transition
    mark: SegmentMark | None
    """Its segment; None if the recording ends before that was closed."""
    retracted: bool
    """Whether the operator took its segment back."""


class _Draft(msgspec.Struct):
    line: int
    take: int
    episode: int
    transition: Transition
    mark: SegmentMark | None = None


def steps_of(recording: Recording) -> tuple[RecordedStep, ...]:
    """All steps, in the order in which they were taken; none is there twice."""
    drafts: list[_Draft] = []
    unmarked: list[_Draft] = []
    retracted: set[str] = set()
    take, episode, step = -1, -1, 0
    for line, logged in enumerate(recording.timeline):
        record = logged.record
        if isinstance(record, EpisodeStart):
            take, episode, step = take + 1, record.index, 0
        elif isinstance(record, Transition):
            take += record.step < step
            step = record.step + 1
            drafts.append(_Draft(line, take, episode, record))
            unmarked.append(drafts[-1])
        elif isinstance(record, SegmentMark):
            unmarked = _marked(unmarked, record)
        elif isinstance(record, Retraction):
            retracted.add(record.segment)
    return tuple(
        RecordedStep(
            line=draft.line,
            take=draft.take,
            episode=draft.episode,
            transition=draft.transition,
            mark=draft.mark,
            retracted=draft.mark is not None and draft.mark.id in retracted,
        )
        for draft in drafts
    )


def _marked(unmarked: list[_Draft], mark: SegmentMark) -> list[_Draft]:
    """Give the mark to its steps; returns those that still have none."""
    left: list[_Draft] = []
    wanted = mark.start
    for draft in unmarked:
        # A step that was taken again after a rewind may be there already: the mark is that of the earlier one.
        if draft.episode == mark.episode and draft.transition.step == wanted < mark.stop:
            draft.mark = mark
            wanted += 1
        else:
            left.append(draft)
    return left
