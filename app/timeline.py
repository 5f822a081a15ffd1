"""The last minute of a session at one glance: who had control when, and what happened."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from mereq_teleop.sessions.records import Authority

__all__ = ["MINUTE_S", "Happening", "Mark", "Moment", "Span", "Timeline"]

MINUTE_S = 60.0
_MOST_SPANS = 256
_MOST_MARKS = 64


class Mark(StrEnum):
    """What happened, of which a person may want to see when."""

    SWAP = "another policy"
    ROUND = "another round"
    RETRACTED = "correction taken back"
    REWOUND = "rewound"
    LOST = "device lost"
    CRASHED = "crashed"


class Span(NamedTuple):
    """A time under one authority."""

    authority: Authority
    start_s: float
    """Seconds ago that it began, at most a minute."""
    stop_s: float
    """Seconds ago that it ended; 0 for the one that lasts."""


class Moment(NamedTuple):
    """A mark and how long ago it was."""

    mark: Mark
    ago_s: float


@dataclass(frozen=True, slots=True)
class Happening:
    """The last minute, oldest first."""

    spans: tuple[Span, ...] = ()
    moments: tuple[Moment, ...] = ()


class Timeline:
    """Remembers a minute, and no more than a bounded number of changes and marks, however fast they come."""

    def __init__(self) -> None:
        self._begun: deque[tuple[float, Authority]] = deque(maxlen=_MOST_SPANS)
        """When each time under one authority began (s)."""
        self._marks: deque[tuple[float, Mark]] = deque(maxlen=_MOST_MARKS)

    def add(self, authority: Authority, now_s: float, marks: Iterable[Mark] = ()) -> None:
        """This is how it is now (s, never going back), and what happened since the call before."""
        if not self._begun or self._begun[-1][1] is not authority:
            self._begun.append((now_s, authority))
        self._marks.extend((now_s, mark) for mark in marks)
        # The time that was going on a minute ago is still seen.
        while len(self._begun) > 1 and self._begun[1][0] <= now_s - MINUTE_S:
            self._begun.popleft()
        while self._marks and self._marks[0][0] <= now_s - MINUTE_S:
            self._marks.popleft()

    def last_minute(self, now_s: float) -> Happening:
        """What there is to see of it now."""
        starts = [min(now_s - begun_s, MINUTE_S) for begun_s, _ in self._begun]
        # The last one has not ended.
        stops = (*starts[1:], 0.0)
        spans = tuple(Span(authority, *ends) for (_, authority), *ends in zip(self._begun, starts, stops, strict=False))
        return Happening(spans, tuple(Moment(mark, now_s - at_s) for at_s, mark in self._marks))
