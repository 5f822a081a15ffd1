"""Counting: the steps of rounds and policies, and how long the learner took."""

import sys
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.rates import EpisodeCount, Interval, Verdict, judge_rate, rate_interval
from mereq_teleop.sessions.records import Authority, Segment

__all__ = ["RoundTally", "StepCount", "Tally", "Update", "typical_takeover"]

TYPICAL_TAKEOVER = 3
"""Steps of a takeover where no preference says when the expert gives back."""


def typical_takeover(card: TaskCard, preference: str | None) -> int:
    """A takeover's length in steps, as one would guess it before the first: the preference's `release_after`, or 3."""
    return next((known.release_after for known in card.preferences if known.name == preference), TYPICAL_TAKEOVER)


@dataclass
class _EpisodeSteps:
    """The runs of one episode's steps: those that were let pass, and the human-controlled ones."""

    passed: list[range] = field(default_factory=list)
    takeovers: list[range] = field(default_factory=list)

    @property
    def steps(self) -> int:
        return _count(self.passed) + _count(self.takeovers)

    def add(self, step: int, by_hand: bool) -> None:
        runs = self.takeovers if by_hand else self.passed
        if runs and runs[-1].stop == step:
            runs[-1] = range(runs[-1].start, step + 1)
        else:
            runs.append(range(step, step + 1))

    def drop(self, start: int, stop: int) -> int:
        """Forget the human-controlled steps among [start, stop); how many there were."""
        before = _count(self.takeovers)
        self.takeovers = _without(self.takeovers, start, stop)
        return before - _count(self.takeovers)

    def rewind(self, step: int) -> tuple[int, int]:
        """Forget the steps from this one on; how many there were, and how many of them human-controlled."""
        steps, by_hand = self.steps, _count(self.takeovers)
        self.passed, self.takeovers = (_without(runs, step) for runs in (self.passed, self.takeovers))
        return steps - self.steps, by_hand - _count(self.takeovers)


@dataclass
class StepCount:
    """Steps under the policy or the human; others count for neither."""

    steps: int = 0
    human_steps: int = 0
    _episodes: dict[int, _EpisodeSteps] = field(default_factory=dict)

    def add(self, authority: Authority, episode: int, step: int) -> None:
        """One more step, by its index in its episode."""
        if authority in (Authority.POLICY, Authority.HUMAN):
            by_hand = authority is Authority.HUMAN
            self.steps += 1
            self.human_steps += by_hand
            self._episodes.setdefault(episode, _EpisodeSteps()).add(step, by_hand)

    def retract(self, segment: Segment) -> None:
        """A human segment's steps, those of them that were counted here, count for neither side after all."""
        if (episode := self._episodes.get(segment.episode)) is not None:
            dropped = episode.drop(segment.start, segment.stop)
            self.steps -= dropped
            self.human_steps -= dropped

    def rewind(self, episode: int, step: int) -> None:
        """The steps of an episode from this one on are taken again: as they were they count for neither side."""
        if (counted := self._episodes.get(episode)) is not None:
            steps, by_hand = counted.rewind(step)
            self.steps -= steps
            self.human_steps -= by_hand

    @property
    def intervention_rate(self) -> float | None:
        """lambda = human-controlled steps / steps; None before the first."""
        return self.human_steps / self.steps if self.steps else None

    @property
    def episodes(self) -> tuple[EpisodeCount, ...]:
        """What was counted of each episode, in order."""
        return tuple(
            EpisodeCount(episode.steps, tuple(map(len, episode.takeovers))) for episode in self._episodes.values()
        )


@dataclass
class RoundTally(StepCount):
    """One round."""

    round: int = 1
    policy_version: int | None = None
    """Version of the policy that drove when it ended; None while it goes on."""
    seconds_to_policy: list[float] = field(default_factory=list)
    """From the end of what asked for each update to its policy in the actor."""
    theta: dict[str, float] | None = None
    """Reward weights after the round's last update."""

    @property
    def median_seconds(self) -> float | None:
        """Median of the round's updates; None without any."""
        return median(self.seconds_to_policy) if self.seconds_to_policy else None


@dataclass(frozen=True, slots=True)
class Update:
    """A policy that the learner made came to drive."""

    policy: AnyPolicy
    human_steps: int
    """Human-controlled steps of the session when it was asked for."""


class Tally:
    """The session's counts; rounds count from 1, or on from those of the session that it goes on from."""

    def __init__(self, delta: float, typical: int = TYPICAL_TAKEOVER, first_round: int = 1) -> None:
        self.rounds = [RoundTally(round=first_round)]
        self.since_swap = StepCount()
        self.total = StepCount()
        self._before_swap = StepCount()
        self._delta = delta
        self._typical = typical
        self._verdict: Verdict | None = None

    @property
    def round(self) -> RoundTally:
        """The current round."""
        return self.rounds[-1]

    def of(self, round_: int) -> RoundTally:
        """A round by its number; the nearest of this session's where it is none of those."""
        return self.rounds[max(0, min(round_ - self.rounds[0].round, len(self.rounds) - 1))]

    @property
    def verdict(self) -> Verdict:
        """What the counts say of the driving policy; made when it is asked for, once for the same counts."""
        if self._verdict is None:
            self._verdict = self._judge(self.since_swap)
        return self._verdict

    @property
    def last_verdict(self) -> Verdict:
        """The same of the last policy that took a step: after the last round another one is at the wheel already."""
        return self.verdict if self.since_swap.steps else self._judge(self._before_swap)

    def interval(self, round_: RoundTally) -> Interval:
        """95 % interval of one round's intervention rate."""
        return rate_interval(round_.episodes, _resampling(), self._typical)

    def add(self, authority: Authority, episode: int, step: int) -> None:
        """One more step, by its index in its episode."""
        self._verdict = None
        for count in (self.round, self.since_swap, self.total):
            count.add(authority, episode, step)

    def end_round(self, policy_version: int) -> None:
        """Begin the next round; the policy of this version drove when this one ended."""
        self._verdict = None
        self.round.policy_version = policy_version
        self.rounds.append(RoundTally(round=self.round.round + 1))

    def retract(self, segment: Segment) -> None:
        """A human segment was taken back: its steps count for neither side."""
        self._verdict = None
        for count in (self.of(segment.round), self.since_swap, self._before_swap, self.total):
            count.retract(segment)

    def rewind(self, episode: int, step: int) -> None:
        """The steps of an episode from this one on are taken again, whichever rounds and policies they were of."""
        self._verdict = None
        for count in (*self.rounds, self.since_swap, self._before_swap, self.total):
            count.rewind(episode, step)

    def swapped(self) -> None:
        """Another policy drives from now on."""
        self._verdict = None
        if self.since_swap.steps:
            self._before_swap = self.since_swap
        self.since_swap = StepCount()

    def _judge(self, count: StepCount) -> Verdict:
        over = [round_.episodes for round_ in self.rounds[:-1]]
        return judge_rate(count.episodes, over, self._delta, _resampling(), self._typical)


def _resampling() -> np.random.Generator:
    """Always the same draws, so that the same counts always come to the same verdict."""
    return np.random.default_rng(0)


def _count(runs: list[range]) -> int:
    return sum(map(len, runs))


def _without(runs: list[range], start: int, stop: int = sys.maxsize) -> list[range]:
    """The runs without their steps in [start, stop)."""
    sides = [(range(run.start, min(run.stop, start)), range(max(run.start, stop), run.stop)) for run in runs]
    return [side for pair in sides for side in pair if side]
