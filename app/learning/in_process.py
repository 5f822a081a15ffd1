"""A bus without sockets or processes: the learner works within `poll`. For tests, and for runs in one process."""

from mereq_teleop.agents.learner import Learner
from mereq_teleop.app.bus.health import Health
from mereq_teleop.app.bus.messages import (
    LearnerState,
    NewSegment,
    Retract,
    RoundEnd,
    Stream,
    UpdateMode,
)
from mereq_teleop.app.bus.seam import Acked, Arrived, BusEvent, Reported
from mereq_teleop.app.learning.session import LearningSession
from mereq_teleop.app.learning.store import SegmentStore
from mereq_teleop.sessions.records import Segment

__all__ = ["InProcessBus"]


class InProcessBus:
    """The methods of `Bus` on a learner of this process; `poll` learns, and so takes as long as that does."""

    def __init__(
        self, learner: Learner, update: UpdateMode = "segment", *, settle: bool = False, opens: bool = False
    ) -> None:
        """With `opens` the learner's policy drives before it has learned anything."""
        self._session = LearningSession(SegmentStore(None), learner, update=update, checkpoint=None, settle=settle)
        self._posted: list[Stream] = []
        self._opens = opens

    @property
    def waiting(self) -> int:
        """Messages that are not acked yet."""
        return len(self._posted)

    def offer(self, segment: Segment) -> str:
        """Take a segment; returns its key, the segment's id."""
        return self._post(NewSegment(seq=self._next, segment=segment))

    def retract(self, segment_id: str) -> str:
        """Forget a segment; returns the key."""
        return self._post(Retract(seq=self._next, segment_id=segment_id))

    def end_round(self, round_: int) -> str:
        """The round is over; returns the key."""
        return self._post(RoundEnd(seq=self._next, round=round_))

    def poll(self, now: float) -> list[BusEvent]:
        """Store what was posted, learn if it asks for that, and tell what came of it."""
        events: list[BusEvent] = [Acked(message.key) for message in self._posted]
        if self._posted:
            self._session.store.commit(self._posted)
            self._posted = []
        if self._opens:
            self._opens = False
            report, policy = self._session.open(above=0, pulse=lambda: None)
            events += [Reported(report), Arrived(policy)]
        while (trigger := self._session.pending()) is not None:
            report, policy = self._session.update(trigger, above=0, pulse=lambda: None)
            events += [Reported(report), Arrived(policy)]
        return events

    def settled(self) -> bool:
        """Whether the last `poll` left nothing to do."""
        return not self._posted

    def health(self, now: float) -> Health:
        """Always ready."""
        return Health(LearnerState.READY)

    def expect_learner(self, now: float) -> None:
        """Nothing: it is here."""

    def close(self) -> None:
        """Drop what was stored."""
        self._session.store.close()

    @property
    def _next(self) -> int:
        return self._session.store.stored + len(self._posted) + 1

    def _post(self, message: Stream) -> str:
        self._posted.append(message)
        return message.key
