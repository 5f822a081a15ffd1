"""A whole session along one line: who had control, and what happened where. Places are counted in control steps."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from mereq_teleop.app.journal import Subject
from mereq_teleop.sessions.events import AuthorityChange, EpisodeStart, Note, Retraction, RoundEnd, Swap
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.steps import RecordedStep

__all__ = ["Mark", "MarkKind", "Span", "Track"]


class MarkKind(StrEnum):
    """What kind of event a mark is."""

    EPISODE = "episode"
    SWAP = "swap"
    ROUND = "round"
    RETRACTION = "retraction"
    FAULT = "fault"
    CRASH = "crash"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened before the decision of step `place`."""

    place: int
    kind: MarkKind
    words: str


@dataclass(frozen=True, slots=True)
class Span:
    """Steps [start, stop) in a row under one authority, in one run of an episode."""

    start: int
    stop: int
    authority: Authority
    retracted: bool
    """Whether the operator took them back later."""


class Track:
    """The steps of a recording in the order in which they were taken."""

    def __init__(self, recording: Recording, steps: Sequence[RecordedStep]) -> None:
        """Look through a recording and its `steps_of`."""
        self.steps = len(steps)
        self.spans = _spans(steps)
        self.marks = _marks(recording, steps)
        self.takeovers = tuple(_takeovers(self.spans))
        """Where somebody took over."""

    def marks_at(self, place: int, reach: int = 0) -> tuple[Mark, ...]:
        """The marks no further from a place than `reach` steps, the nearest first."""
        near = [mark for mark in self.marks if abs(mark.place - place) <= reach]
        return tuple(sorted(near, key=lambda mark: abs(mark.place - place)))


def _spans(steps: Sequence[RecordedStep]) -> tuple[Span, ...]:
    spans: list[Span] = []
    start = 0
    for (_, authority, retracted), group in groupby(
        steps, key=lambda step: (step.take, step.transition.decision.authority, step.retracted)
    ):
        stop = start + sum(1 for _ in group)
        spans.append(Span(start, stop, authority, retracted))
        start = stop
    return tuple(spans)


def _takeovers(spans: Sequence[Span]) -> list[int]:
    before = [None, *(span.authority for span in spans)]
    return [
        span.start
        for span, last in zip(spans, before, strict=False)
        if span.authority is Authority.HUMAN and last is not Authority.HUMAN
    ]


def _marks(recording: Recording, steps: Sequence[RecordedStep]) -> tuple[Mark, ...]:
    lines = [step.line for step in steps]
    marks: list[Mark] = []
    hashes: list[str] = []
    for line, logged in enumerate(recording.timeline):
        if (told := _told(logged.record, hashes)) is not None:
            marks.append(Mark(bisect_left(lines, line), *told))
    if recording.loss:
        marks.append(Mark(len(steps), MarkKind.FAULT, recording.loss))
    return tuple(marks)


def _told(record: object, hashes: list[str]) -> tuple[MarkKind, str] | None:
    """What a record is on the line; `hashes` remembers the policies so far."""
    match record:
        case EpisodeStart(index=index):
            return MarkKind.EPISODE, f"episode {index} begins"
        case Swap(version=version, hash=content, reason=reason):
            known, hashes[:] = content in hashes[-1:], [*hashes, content]
            why = f" ({reason})" if reason else ""
            return None if known else (MarkKind.SWAP, f"policy {version} drives from here{why}")
        case RoundEnd(round=round_, steps=steps, human_steps=by_hand):
            return MarkKind.ROUND, f"round {round_} ends: {by_hand} of {steps} steps by hand"
        case Retraction(segment=segment):
            return MarkKind.RETRACTION, f"segment {segment} is taken back"
        case AuthorityChange(after=Authority.SAFE, reason=reason):
            return MarkKind.FAULT, reason
        case Note(warning=True, text=text) if text.startswith(Subject.CRASHED):
            return MarkKind.CRASH, text
        case Note(warning=True, text=text):
            return MarkKind.FAULT, text
    return None
