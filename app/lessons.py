"""What the learner is given of a session: segments as they close, grouped into corrections that can be taken back."""

from typing import Literal

from mereq_teleop.app.bus.seam import Bus
from mereq_teleop.app.inheritance import Inheritance
from mereq_teleop.app.journal import Journal
from mereq_teleop.app.tally import Tally
from mereq_teleop.sessions.events import EpisodeStart, Retraction, RoundEnd, SegmentMark, Topic
from mereq_teleop.sessions.records import Authority, Segment, Transition
from mereq_teleop.sessions.segments import SegmentCutter

__all__ = ["Lessons"]

OPENING = "start"
"""What a learner that starts from nothing calls the cause of its first policy."""


class Lessons:
    """Cuts the session into segments, offers them for learning, and remembers what asked for an update."""

    def __init__(
        self,
        bus: Bus,
        journal: Journal,
        tally: Tally,
        learns_each: Literal["segment", "round"],
        *,
        demonstrations: bool = False,
    ) -> None:
        """With `demonstrations` a person drives every step: a rewind takes none of it back but what is driven again."""
        self._bus = bus
        self._journal = journal
        self._tally = tally
        self._learns_each = learns_each
        self._demonstrations = demonstrations
        self._cutter = SegmentCutter(round=tally.round.round)
        self.inherited: frozenset[str] = frozenset()
        """Keys of what was taught before the session began."""
        self.answered: frozenset[str] = frozenset()
        """Those whose policies have driven already, and the opening of a learner that starts from nothing."""
        self._corrections: list[list[SegmentMark]] = []
        self._let_pass: list[Segment] = []
        """Segments of this episode that are not the human's."""
        self._by_hand: dict[str, Segment] = {}
        """Those that are, by id; of earlier episodes it is known where they were."""
        # Whether the next human segment begins another correction: one may have several, in two rounds.
        self._taken_over = True
        self._asked: dict[str, tuple[float, int]] = {}
        self._awaiting = ""

    @property
    def awaited(self) -> bool:
        """Whether something asked for an update whose policy is not here yet."""
        if self._awaiting and self._bus.settled():
            self._awaiting = ""
        return bool(self._awaiting)

    @property
    def untouched(self) -> bool:
        """Whether somebody took over and no segment of theirs was closed since."""
        return self._taken_over

    def await_all(self) -> None:
        """What was asked before the session's first step counts as awaited, too."""
        self._awaiting = "the past"

    def taken_over(self) -> None:
        """Somebody took over: the next human segment begins a correction."""
        self._taken_over = True

    def inherit(self, inheritance: Inheritance) -> None:
        """Tell the learner first what another session had taught; that is no correction of this one's operator."""
        keys = [
            self._bus.offer(lesson) if isinstance(lesson, Segment) else self._bus.end_round(lesson.round)
            for lesson in inheritance.lessons
        ]
        if keys:
            self.inherited = frozenset({*keys, OPENING})
            self.answered = frozenset({*keys[: inheritance.answered], OPENING})

    def begin(self, begun: EpisodeStart, now_s: float) -> None:
        """An episode is about to be reset, and perhaps taken midway."""
        self._offer(self._cutter.begin(begun.index, begun.seed, begun.executed_before), now_s)
        self._let_pass = []
        self._by_hand = {}

    def add(self, transition: Transition, now_s: float) -> None:
        """One more step."""
        self._offer(self._cutter.add(transition), now_s)

    def close(self, now_s: float) -> None:
        """What is open is offered as it is."""
        self._offer(self._cutter.close(), now_s)

    def end_round(self, now_s: float) -> None:
        """A round is over: the learner shall update."""
        self._offer(self._cutter.end_round(), now_s)
        done = self._tally.round
        key = self._bus.end_round(done.round)
        end = RoundEnd(id=key, round=done.round, steps=done.steps, human_steps=done.human_steps)
        self._journal.record(Topic.ROUND, end)
        self._ask(key, now_s)

    def asked(self, cause: str) -> tuple[float, int] | None:
        """When an update was asked for, and the human steps until then; None but the first time."""
        if cause not in self._asked:
            return None
        # Updates are served in order: no policy will answer what was asked before any more.
        while (first := next(iter(self._asked))) != cause:
            del self._asked[first]
        return self._asked.pop(cause)

    def retract(self, now_s: float) -> tuple[int, int] | None:
        """Take the last correction back: nobody shall learn from it.

        Returns:
            Its steps and how many corrections remain; None if there is none to take back.
        """
        if not self._corrections:
            return None
        segments = self._corrections.pop()
        self._taken_over = True
        for segment in segments:
            self._take_back(segment, now_s)
            self._tally.retract(segment)
        return sum(segment.stop - segment.start for segment in segments), len(self._corrections)

    def rewind(self, episode: int, step: int, now_s: float) -> int:
        """The steps of this episode from `step` on are taken again: nobody shall learn from them as they were.

        A correction of which any step is taken again is taken back as a whole; what the policy did before `step` stays.

        Returns:
            How many corrections were taken back.
        """
        self.close(now_s)
        self._taken_over = True
        before = len(self._corrections)
        if self._demonstrations:
            self._shorten(episode, step, now_s)
        while self._corrections and _reaches(self._corrections[-1][-1], episode, step):
            self.retract(now_s)
        gone = [segment for segment in self._let_pass if segment.stop > step]
        self._let_pass = [segment for segment in self._let_pass if segment.stop <= step]
        for segment in gone:
            self._take_back(segment, now_s)
            if segment.start < step:
                self._offer((self._cutter.cut(segment, step),), now_s)
        self._tally.rewind(episode, step)
        return max(before - len(self._corrections), 0)

    def _shorten(self, episode: int, step: int, now_s: float) -> None:
        """What was shown before `step` stays."""
        for correction in tuple(self._corrections):
            for segment in [segment for segment in correction if _reaches(segment, episode, step)]:
                correction.remove(segment)
                self._take_back(segment, now_s)
                if segment.start < step:
                    self._offer((self._cutter.cut(self._by_hand[segment.id], step),), now_s)
        self._corrections = [correction for correction in self._corrections if correction]

    def _take_back(self, segment: Segment | SegmentMark, now_s: float) -> None:
        self._journal.record(Topic.RETRACT, Retraction(segment=segment.id))
        self._ask(self._bus.retract(segment.id), now_s)

    def _offer(self, closed: tuple[Segment, ...], now_s: float) -> None:
        for segment in closed:
            mark = SegmentMark.of(segment)
            self._journal.record(Topic.SEGMENT, mark)
            key = self._bus.offer(segment)
            if segment.authority is Authority.HUMAN:
                if self._taken_over:
                    self._corrections.append([])
                    self._taken_over = False
                self._corrections[-1].append(mark)
                self._by_hand[segment.id] = segment
                if self._learns_each == "segment":
                    self._ask(key, now_s)
            else:
                self._let_pass.append(segment)

    def _ask(self, key: str, now_s: float) -> None:
        """An update will follow from this."""
        self._asked[key] = (now_s, self._tally.total.human_steps)
        self._awaiting = key


def _reaches(segment: SegmentMark, episode: int, step: int) -> bool:
    """Whether a segment has steps of this episode from `step` on."""
    return segment.episode == episode and segment.stop > step
