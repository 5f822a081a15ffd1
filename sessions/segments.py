"""Cut episodes into segments: maximal runs of steps under one authority and within one round."""

from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from mereq_teleop.sessions.records import Action, Episode, Segment, Transition

__all__ = ["SegmentCutter", "segments_of"]


class SegmentCutter:
    """Cuts while the session goes on: feed it transitions as they happen, it hands back what was closed.

    An episode may be restarted, or rewound by feeding an earlier step of it again; ids stay unique.
    """

    def __init__(self, round: int = 0) -> None:
        self.round = round
        """The current round, written into the segments that are open now and later."""
        self._episode = -1
        self._seed = 0
        self._executed: list[Action] = []
        self._open: list[Transition] = []
        self._taken: Counter[tuple[int, int]] = Counter()

    def begin(self, episode: int, seed: int, executed_before: Sequence[Action] = ()) -> tuple[Segment, ...]:
        """An episode was reset, and taken so far without us; returns what its predecessor left open.

        Raises:
            ValueError: it is an earlier one than the last.
        """
        closed = self.close()
        if episode > self._episode:
            # Episodes count up: no segment of those before gets a name any more.
            self._taken.clear()
        elif episode < self._episode:
            raise ValueError(f"episode {episode} came after episode {self._episode}")
        self._episode = episode
        self._seed = seed
        self._executed = [*executed_before]
        return closed

    def add(self, transition: Transition) -> tuple[Segment, ...]:
        """One more step; returns the segments that it closes: none, one, or two at an episode's end.

        Raises:
            ValueError: no episode has begun, or steps were left out.
        """
        if self._episode < 0 or transition.step > len(self._executed):
            raise ValueError(
                f"step {transition.step} came after {len(self._executed)} steps of episode {self._episode}"
            )
        rewound = transition.step < len(self._executed)
        changed = bool(self._open) and self._open[-1].decision.authority is not transition.decision.authority
        closed = self.close() if rewound or changed else ()
        self._executed = [*self._executed[: transition.step]] if rewound else self._executed
        self._executed.append(transition.decision.executed)
        self._open.append(transition)
        ended = transition.terminated or transition.truncated
        return (*closed, *self.close()) if ended else closed

    def cut(self, segment: Segment, stop: int) -> Segment:
        """What is left of a closed segment whose end was taken back, as a segment of its own.

        Args:
            segment: One of this cutter's.
            stop: Step within it from which on it was taken back.
        """
        kept = segment.transitions[: stop - segment.start]
        return msgspec.structs.replace(
            segment, id=self._name(segment.episode, segment.start), stop=stop, transitions=kept
        )

    def end_round(self) -> tuple[Segment, ...]:
        """A round is over; returns the segment that was open, still of that round."""
        closed = self.close()
        self.round += 1
        return closed

    def close(self) -> tuple[Segment, ...]:
        """Close the open segment, if there is one."""
        if not self._open:
            return ()
        start = self._open[0].step
        stop = self._open[-1].step + 1
        segment = Segment(
            id=self._name(self._episode, start),
            round=self.round,
            episode=self._episode,
            seed=self._seed,
            start=start,
            stop=stop,
            authority=self._open[0].decision.authority,
            executed_before=tuple(self._executed[:start]),
            transitions=tuple(self._open),
        )
        self._open = []
        return (segment,)

    def _name(self, episode: int, start: int) -> str:
        self._taken[episode, start] += 1
        times = self._taken[episode, start]
        return f"e{episode}-s{start}" + (f"-{times}" if times > 1 else "")


def segments_of(episode: Episode, *, first_round: int = 0, round_starts: Collection[int] = ()) -> tuple[Segment, ...]:
    """The segments that tile an episode, in order.

    Args:
        episode: What to cut.
        first_round: Round of the episode's first step.
        round_starts: Steps of this episode with which another round begins.
    """
    cutter = SegmentCutter(first_round)
    closed = [*cutter.begin(episode.index, episode.seed, episode.executed_before)]
    for transition in episode.transitions:
        if transition.step in round_starts:
            closed.extend(cutter.end_round())
        closed.extend(cutter.add(transition))
    return (*closed, *cutter.close())
