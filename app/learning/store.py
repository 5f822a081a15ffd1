"""The learner's own copy of a session: every numbered message, in order, on disk before it is acked."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.app.bus.errors import BadMessage
from mereq_teleop.app.bus.messages import Hello, NewSegment, Retract, RoundEnd, Stream, decode, encode
from mereq_teleop.app.learning.errors import BadStore
from mereq_teleop.sessions.events import SegmentMark
from mereq_teleop.sessions.records import Action, Authority, Segment, Transition

__all__ = ["Entry", "SegmentStore", "StoredSegment", "lasting"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS stream (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    human INTEGER NOT NULL,
    retracted INTEGER NOT NULL DEFAULT 0,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS taken_back ON stream (key) WHERE retracted;
CREATE TABLE IF NOT EXISTS origin (one INTEGER PRIMARY KEY CHECK (one = 1), session BLOB NOT NULL);
"""


def lasting(config: LearnerConfig) -> LearnerConfig:
    """What a resumed session must share with the one before: its pace and its guard may be others."""
    return msgspec.structs.replace(config, settle=False, guard=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored message without its contents."""

    seq: int
    key: str
    kind: str
    """The message's tag: Segment, Retract or RoundEnd."""
    target: str
    """Id of the segment that it is or retracts; empty for a round's end."""
    human: bool
    """Whether it is a segment under a human's control."""
    retracted: bool


class _Mark(SegmentMark, forbid_unknown_fields=False):
    """As much of a segment as is read without its steps."""


class _Marked(msgspec.Struct, tag="Segment"):
    """As much of its message."""

    segment: _Mark


_marks = msgspec.msgpack.Decoder(_Marked)


@dataclass(frozen=True, slots=True, eq=False)
class StoredSegment:
    """An `AnySegment` in a store: where it was, and what it was read from; its steps stay on the disk."""

    id: str
    round: int
    episode: int
    seed: int
    start: int
    stop: int
    authority: Authority
    _seq: int
    _store: "SegmentStore"

    @property
    def executed_before(self) -> tuple[Action, ...]:
        """Actions `[0, start)`."""
        return self.whole.executed_before

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """Its steps, read from the disk."""
        return self.whole.transitions

    @property
    def whole(self) -> Segment:
        """The segment, read from the disk."""
        return self._store.segment(self._seq)


class SegmentStore:
    """One sqlite file; None keeps it in memory.

    Each commit is flushed to the disk, so that neither a kill nor a power cut loses what was acked.

    Raises:
        BadStore: the file cannot be opened, or another learner has it open.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(":memory:" if path is None else path, timeout=0)
        except (OSError, sqlite3.Error) as error:
            raise BadStore(f"cannot open the learner's store {path}: {error}") from None
        try:
            # Exclusive: the file's lock keeps a second learner out, until this process ends in whatever way.
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            self._db.close()
            if "locked" in str(error):
                raise BadStore(f"another learner uses {path}") from None
            raise BadStore(f"cannot use the learner's store {path}: {error}") from None
        self._stored = self._query_stored()
        self._marks: list[StoredSegment] = []
        self._marked = 0

    @property
    def stored(self) -> int:
        """Number up to which everything is stored."""
        return self._stored

    def claim(self, hello: Hello) -> None:
        """Keep the store for the session of this Hello.

        Raises:
            BadStore: it belongs to another session, or to the same one with other settings.
        """
        # The prior and the counts may differ between the Hellos of one session, its terms may not.
        terms = Hello(card=hello.card, session=hello.session, config=hello.config, update=hello.update, prior=b"")
        try:
            with self._db:
                self._db.execute("INSERT OR IGNORE INTO origin VALUES (1, ?)", (encode(terms),))
            found = decode(self._db.execute("SELECT session FROM origin").fetchone()[0])
        except sqlite3.Error as error:
            raise BadStore(f"cannot use the learner's store {self._path}: {error}") from None
        if not isinstance(found, Hello) or found.session != hello.session:
            other = found.session if isinstance(found, Hello) else "?"
            raise BadStore(f"the learner's folder belongs to session {other!r}, not to {hello.session!r}")
        if found != terms:
            raise BadStore(f"session {hello.session!r} was begun with another task card or configuration")

    def hand_over(self, hello: Hello) -> None:
        """Keep the store for the session of this Hello, which goes on with the one that it belonged to.

        Raises:
            BadStore: it was begun with another task card or configuration.
        """
        terms = Hello(card=hello.card, session=hello.session, config=hello.config, update=hello.update, prior=b"")
        try:
            row = self._db.execute("SELECT session FROM origin").fetchone()
            found = decode(row[0]) if row else terms
            terms_then = (found.card, found.update, lasting(found.config)) if isinstance(found, Hello) else None
            if terms_then != (hello.card, hello.update, lasting(hello.config)):
                raise BadStore(f"{self._path} was begun with another task card or configuration: it cannot go on here")
            with self._db:
                self._db.execute("INSERT OR REPLACE INTO origin VALUES (1, ?)", (encode(terms),))
        except (sqlite3.Error, BadMessage) as error:
            raise BadStore(f"cannot use the learner's store {self._path}: {error}") from None

    def messages(self) -> tuple[Stream, ...]:
        """Everything that was stored, in order.

        Raises:
            BadStore: something in it is none of ours.
        """
        try:
            rows = self._db.execute("SELECT body FROM stream ORDER BY seq").fetchall()
            found = [decode(body) for (body,) in rows]
        except (sqlite3.Error, BadMessage) as error:
            raise BadStore(f"cannot use the learner's store {self._path}: {error}") from None
        return tuple(message for message in found if isinstance(message, Stream))

    def commit(self, messages: list[Stream]) -> None:
        """Store messages for good, in order; a key that is known is not stored twice.

        Raises:
            OSError: the disk is full or fails; nothing of them was stored.
        """
        try:
            with self._db:
                for message in messages:
                    self._insert(message)
        except sqlite3.Error as error:
            where = "memory" if self._path is None else self._path.parent
            raise OSError(f"cannot write to {where} ({error}): segments wait in the actor") from None
        self._stored = max(self._stored, messages[-1].seq)

    def entries(self, after: int = 0) -> list[Entry]:
        """What was stored after number `after`, in order."""
        rows = self._db.execute(
            "SELECT seq, key, kind, target, human, retracted FROM stream WHERE seq > ? ORDER BY seq", (after,)
        )
        return [Entry(seq, key, kind, target, bool(human), bool(gone)) for seq, key, kind, target, human, gone in rows]

    def segments(self, through: int) -> list[Segment]:
        """The segments up to number `through` that nobody retracted, in order."""
        rows = self._db.execute(
            "SELECT body FROM stream WHERE kind = 'Segment' AND NOT retracted AND seq <= ? ORDER BY seq", (through,)
        )
        messages = (decode(body) for (body,) in rows)
        return [message.segment for message in messages if isinstance(message, NewSegment)]

    def told(self, through: int) -> list[StoredSegment]:
        """The same without their steps: what that takes in time and memory hardly grows with the session."""
        rows = self._db.execute(
            "SELECT seq, body FROM stream WHERE kind = 'Segment' AND seq > ? ORDER BY seq", (self._marked,)
        )
        for seq, body in rows:
            mark = msgspec.structs.asdict(_marks.decode(body).segment)
            self._marks.append(StoredSegment(**mark, _seq=seq, _store=self))
            self._marked = seq
        gone = {key for (key,) in self._db.execute("SELECT key FROM stream WHERE retracted").fetchall()}
        return [mark for mark in self._marks if mark._seq <= through and mark.id not in gone]

    def segment(self, seq: int) -> Segment:
        """The segment that has this number in the stream."""
        (body,) = self._db.execute("SELECT body FROM stream WHERE seq = ?", (seq,)).fetchone()
        message = decode(body)
        assert isinstance(message, NewSegment)
        return message.segment

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _insert(self, message: Stream) -> None:
        human = False
        target = ""
        match message:
            case NewSegment(segment=segment):
                kind, target, human = "Segment", segment.id, segment.authority is Authority.HUMAN
            case Retract(segment_id=target):
                kind = "Retract"
                self._db.execute("UPDATE stream SET retracted = 1 WHERE kind = 'Segment' AND key = ?", (target,))
            case RoundEnd():
                kind = "RoundEnd"
        self._db.execute(
            "INSERT OR IGNORE INTO stream (seq, key, kind, target, human, body) VALUES (?, ?, ?, ?, ?, ?)",
            (message.seq, message.key, kind, target, human, encode(message)),
        )

    def _query_stored(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM stream").fetchone()[0])
