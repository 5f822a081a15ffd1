"""Counting: the steps of rounds and policies, and how long the learner took."""

from dataclasses import dataclass, field
from statistics import median

from mereq_teleop.sessions.records import Authority

__all__ = ["RoundTally", "StepCount", "Tally"]


@dataclass
class StepCount:
    """Steps under the policy or the human; others count for neither."""

    steps: int = 0
    human_steps: int = 0

    def add(self, authority: Authority) -> None:
        """One more step."""
        if authority in (Authority.POLICY, Authority.HUMAN):
            self.steps += 1
            self.human_steps += authority is Authority.HUMAN

    @property
    def intervention_rate(self) -> float | None:
        """lambda = human-controlled steps / steps; None before the first."""
        return self.human_steps / self.steps if self.steps else None


@dataclass
class RoundTally(StepCount):
    """One round."""

    round: int = 1
    seconds_to_policy: list[float] = field(default_factory=list)
    """From the end of what asked for each update to its policy in the actor."""
    theta: dict[str, float] | None = None
    """Reward weights after the round's last update."""

    @property
    def median_seconds(self) -> float | None:
        """Median of the round's updates; None without any."""
        return median(self.seconds_to_policy) if self.seconds_to_policy else None


class Tally:
    """The session's counts; rounds count from 1."""

    def __init__(self) -> None:
        self.rounds = [RoundTally(round=1)]
        self.since_swap = StepCount()
        self.total = StepCount()

    @property
    def round(self) -> RoundTally:
        """The current round."""
        return self.rounds[-1]

    def add(self, authority: Authority) -> None:
        """One more step."""
        for count in (self.round, self.since_swap, self.total):
            count.add(authority)

    def end_round(self) -> None:
        """Begin the next round."""
        self.rounds.append(RoundTally(round=self.round.round + 1))

    def retract(self, round_: int, steps: int) -> None:
        """Human-controlled steps of a round were taken back: they count for neither side."""
        for count in (self.rounds[round_ - 1], self.total):
            count.steps -= steps
            count.human_steps -= steps

    def swapped(self) -> None:
        """Another policy drives from now on."""
        self.since_swap = StepCount()
