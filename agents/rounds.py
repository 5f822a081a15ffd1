"""What every method keeps of a session: which round it is in, what it has learned from, and what it must unlearn."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mereq_teleop.agents.learner import Method
from mereq_teleop.agents.pieces import intervention_rate_of
from mereq_teleop.agents.records import LearnerReport, RewardWeights, lineage
from mereq_teleop.sessions.records import AnySegment

__all__ = ["Lesson", "Rounds"]


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One round to learn from."""

    cause: str
    """Id of the segment or round end that asked for the update."""
    round: int
    segments: tuple[AnySegment, ...]
    """All of the session up to and with this round."""
    afresh: bool = False
    """Something that was learned from was taken back: begin with the start again, as if it had never been."""
    opens: bool = False
    """Nothing was learned from this round before."""

    @property
    def current(self) -> tuple[AnySegment, ...]:
        """The round's own segments."""
        return tuple(segment for segment in self.segments if segment.round == self.round)

    @property
    def earlier_steps(self) -> int:
        """Steps of the rounds before."""
        return sum(segment.stop - segment.start for segment in self.segments if segment.round < self.round)

    def report(
        self,
        began: float,
        *,
        weights: RewardWeights | None,
        losses: Sequence[float],
        updates: int,
        inner_steps: int = 0,
        gap: Sequence[float] = (),
    ) -> LearnerReport:
        """What learning from it came to; `began` is when, by the monotonic clock."""
        return LearnerReport(
            cause=self.cause,
            round=self.round,
            policy_version=0,
            weights=weights,
            feature_gap=tuple(gap),
            loss=float(np.mean(losses)) if len(losses) else 0.0,
            inner_steps=inner_steps,
            updates=updates,
            intervention_rate=intervention_rate_of(self.current),
            seconds=time.monotonic() - began,
        )


class Rounds:
    """Turns all segments of a session, as they are now, into what is left to learn from."""

    def __init__(self) -> None:
        self.round = 0
        self.learned_from: tuple[str, ...] = ()
        self.cause = ""

    def lessons(self, segments: Sequence[AnySegment], cause: str) -> list[Lesson]:
        """The last round; every round, afresh, if a segment that was learned from is gone."""
        ids = tuple(segment.id for segment in segments)
        taken_back = not set(self.learned_from) <= set(ids)
        if taken_back:
            self.round = 0
        latest = max((segment.round for segment in segments), default=self.round)
        due = sorted({segment.round for segment in segments} | {latest}) if taken_back else [latest]
        lessons = [
            Lesson(
                cause=cause,
                round=round,
                segments=tuple(segment for segment in segments if segment.round <= round),
                afresh=taken_back and round == due[0],
                opens=taken_back or round > self.round,
            )
            for round in due
        ]
        self.round, self.learned_from, self.cause = latest, ids, cause
        return lessons

    def maker(self, method: Method, weights: RewardWeights | None) -> dict[str, object]:
        """Where a snapshot of what was learned comes from."""
        return {
            "method": method,
            "round": self.round,
            **lineage(self.learned_from),
            "cause": self.cause,
            "weights": weights,
        }

    def state(self) -> dict[str, np.ndarray]:
        """The round, and what was learned from."""
        ids = np.frombuffer("\n".join(self.learned_from).encode(), np.uint8).copy()
        return {"round": np.array(self.round), "learned_from": ids}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave."""
        self.round = int(state["round"])
        self.learned_from = tuple(state["learned_from"].tobytes().decode().splitlines())
