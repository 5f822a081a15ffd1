"""What a session tells: events to its recording, and a few words to the operator."""

import time
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from mereq_teleop.sessions.events import Note, Topic
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Record

__all__ = ["Announcement", "Journal", "Subject"]


class Subject(StrEnum):
    """What an announcement is about, where the window marks it on its timeline, or must not tell of it."""

    OTHER = "other"
    SWAP = "swap"
    RETRACTED = "retracted"
    REWOUND = "rewound"
    CRASHED = "crashed"
    """Its words begin with this one, by which a recording's crashes are found again."""
    LEARNING = "learning"
    """Policies and the learner, by which conditions of a study can be told apart; swaps are too."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that the operator should hear of."""

    text: str
    time_s: float
    warning: bool = False
    subject: Subject = Subject.OTHER


class Journal:
    """Writes to the recording, stamped with the time of day."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.announcements: deque[Announcement] = deque(maxlen=4)
        """The latest words to the operator."""

    def record(self, topic: Topic, record: Record) -> None:
        """One event of the recording."""
        self.recorder.write(topic, record, time.time_ns())

    def note(self, text: str) -> None:
        """A word for whoever reads the recording."""
        self.record(Topic.NOTE, Note(text=text))

    def announce(self, text: str, now_s: float, *, warning: bool = False, subject: Subject = Subject.OTHER) -> None:
        """Tell the operator, and whoever reads the recording."""
        self.announcements.append(Announcement(text, now_s, warning, subject))
        self.record(Topic.NOTE, Note(text=text, told=True, warning=warning))

    def disclose(self, text: str, now_s: float, *, warning: bool = False) -> None:
        """Announce something of policies or the learner: a blind window keeps it to itself."""
        self.announce(text, now_s, warning=warning, subject=Subject.LEARNING)
