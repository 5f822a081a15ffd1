"""Counting: the steps of rounds and policies, and how long the learner took."""

import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from statistics import median

import numpy as np

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.events import SegmentMark
from mereq_teleop.sessions.rates import COMPARED_ROUNDS, EpisodeCount, Interval, Verdict, judge_rate, rate_interval
from mereq_teleop.sessions.records import Authority, Segment

__all__ = ["RoundTally", "StepCount", "Tally", "Update", "typical_takeover"]

TYPICAL_TAKEOVER = 3
"""Steps of a takeover where no preference says when the expert gives back."""


def typical_takeover(card: TaskCard, preference: str | None) -> int:
    """A takeover's length in steps, as one would guess it before the first: the preference's `release_after`, or 3."""
    return next((known.release_after for known in card.preferences if known.name == preference), TYPICAL_TAKEOVER)


@dataclass(slots=True)
class StepCount:
    """Steps under the policy or the human; others count for neither.

    Kept are the runs of steps under one authority, 16 bytes each: sessions last for hours.
    """

    steps: int = 0
    human_steps: int = 0
    version: int | None = None
    """Of the policy that drove last, or watched; None before the first step."""
    _runs: "array[int]" = field(default_factory=lambda: array("i"))
    """Four numbers a run: its episode, its first step, the step after its last, and whether the human controlled it."""

    def add(self, authority: Authority, episode: int, step: int) -> None:
        """One more step, by its index in its episode."""
        if authority in (Authority.POLICY, Authority.HUMAN):
            by_hand = authority is Authority.HUMAN
            self.steps += 1
            self.human_steps += by_hand
            runs = self._runs
            if runs and (runs[-4], runs[-2], runs[-1]) == (episode, step, by_hand):
                runs[-2] = step + 1
            else:
                runs.extend((episode, step, step + 1, by_hand))

    def retract(self, segment: Segment | SegmentMark) -> None:
        """A human segment's steps, those of them that were counted here, count for neither side after all."""
        self._drop(segment.episode, segment.start, segment.stop, passed=False)

    def rewind(self, episode: int, step: int) -> None:
        """The steps of an episode from this one on are taken again: as they were they count for neither side."""
        self._drop(episode, step, sys.maxsize, passed=True)

    @property
    def intervention_rate(self) -> float | None:
        """lambda = human-controlled steps / steps; None before the first."""
        return self.human_steps / self.steps if self.steps else None

    @property
    def episodes(self) -> tuple[EpisodeCount, ...]:
        """What was counted of each episode, in order."""
        steps, takeovers = dict[int, int](), dict[int, list[int]]()
        for episode, start, stop, by_hand in self._each():
            steps[episode] = steps.get(episode, 0) + stop - start
            if by_hand:
                takeovers.setdefault(episode, []).append(stop - start)
        return tuple(EpisodeCount(count, tuple(takeovers.get(episode, ()))) for episode, count in steps.items())

    def _each(self) -> Iterator[tuple[int, int, int, int]]:
        return zip(self._runs[::4], self._runs[1::4], self._runs[2::4], self._runs[3::4], strict=True)

    def _drop(self, episode: int, start: int, stop: int, *, passed: bool) -> None:
        """Forget an episode's steps in [start, stop): the human's, and with `passed` the policy's."""
        if episode not in self._runs[::4]:
            return
        kept = array("i")
        for run in self._each():
            of, first, end, by_hand = run
            if of != episode or not (by_hand or passed):
                kept.extend(run)
                continue
            left = [(first, min(end, start)), (max(first, stop), end)]
            for a, b in left:
                if a < b:
                    kept.extend((of, a, b, by_hand))
            gone = end - first - sum(max(b - a, 0) for a, b in left)
            self.steps -= gone
            self.human_steps -= gone * by_hand
        self._runs = kept


@dataclass(slots=True)
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

    version: int
    hash: str
    """Of the policy's contents; with the version it names its file."""
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

    @property
    def last_version(self) -> int | None:
        """Version of the policy that `last_verdict` is of; None before the first step."""
        return self.since_swap.version if self.since_swap.steps else self._before_swap.version

    def interval(self, round_: RoundTally) -> Interval:
        """95 % interval of one round's intervention rate."""
        return rate_interval(round_.episodes, _resampling(), self._typical)

    def add(self, authority: Authority, episode: int, step: int, version: int | None = None) -> None:
        """One more step, by its index in its episode; `version` is that of the policy that drove or watched."""
        self._verdict = None
        self.since_swap.version = version
        for count in (self.round, self.since_swap, self.total):
            count.add(authority, episode, step)

    def end_round(self, policy_version: int) -> None:
        """Begin the next round; the policy of this version drove when this one ended."""
        self._verdict = None
        self.round.policy_version = policy_version
        self.rounds.append(RoundTally(round=self.round.round + 1))

    def retract(self, segment: Segment | SegmentMark) -> None:
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
        # As far back as the verdict looks: what it costs must not grow with the session.
        over, counted = list[tuple[EpisodeCount, ...]](), 0
        for round_ in islice(reversed(self.rounds), 1, None):
            over.insert(0, round_.episodes)
            counted += round_.steps > 0
            if counted == 2 * COMPARED_ROUNDS:
                break
        return judge_rate(count.episodes, over, self._delta, _resampling(), self._typical)


def _resampling() -> np.random.Generator:
    """Always the same draws, so that the same counts always come to the same verdict."""
    return np.random.default_rng(0)
