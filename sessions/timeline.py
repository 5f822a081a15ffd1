"""A recording as one line of control steps, each with its round and what became of it: what every report counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise

import numpy as np

from mereq_teleop.sessions.events import EpisodeStart, Retraction, RoundEnd, SegmentMark
from mereq_teleop.sessions.rates import EpisodeCount, rate_interval, rate_of
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Authority, Record, Transition

__all__ = [
    "LivedStep",
    "RoundNumbers",
    "Run",
    "Share",
    "counted",
    "episode_counts",
    "lived_steps",
    "rounds_of",
    "runs_of",
    "share_of",
]

LEARNED_FROM = (Authority.POLICY, Authority.HUMAN)


@dataclass(frozen=True, slots=True)
class LivedStep:
    """One control step where it stands in the session."""

    transition: Transition
    at: int
    """Counts the session's steps from 0; a step that was taken again has another number."""
    time_s: float
    """Since the session's first event."""
    round: int
    """From 1; the round that was not over has a number too."""
    visit: int
    """Counts how often an episode was begun, anew or rewound: within a visit the steps follow each other."""
    retracted: bool = False
    """Whether the operator took the correction back that it is part of."""

    @property
    def authority(self) -> Authority:
        """Who had control."""
        return self.transition.decision.authority

    @property
    def by_hand(self) -> bool:
        """Whether a human had control."""
        return self.authority is Authority.HUMAN


class Run(Record):
    """Steps `[start, stop)` of the session, under one authority without a break."""

    start: int
    stop: int
    time_s: float
    """When its first step was taken, since the session's first event."""
    authority: Authority
    reason: str
    """Why the authority is SAFE; empty otherwise."""
    round: int
    retracted: bool


class Share(Record):
    """How many of some steps were human-controlled, and what that says of the intervention rate."""

    steps: int
    """Under the policy or the human; those of a correction that was taken back count for neither."""
    human_steps: int
    takeovers: tuple[int, ...]
    """Length (steps) of each run of human-controlled ones within an episode."""
    rate: float | None
    """human_steps / steps; None without a step."""
    low: float
    """Lower end of the rate's 95 % interval."""
    high: float
    """Upper end."""


class RoundNumbers(Record):
    """One round."""

    round: int
    over: bool
    """False for the round in which the session ended."""
    share: Share
    expert_samples: int
    """Human-controlled steps of the session up to the round's end."""
    until: int
    """Steps of the session up to the round's end, whoever had control."""


def lived_steps(recording: Recording) -> tuple[LivedStep, ...]:
    """Every control step in the order in which they were taken."""
    steps: list[LivedStep] = []
    newest: dict[tuple[int, int], int] = {}
    segments: dict[str, list[int]] = {}
    round_, visit, episode = 1, -1, -1
    began_ns = recording.timeline[0].time_ns if recording.timeline else 0
    for time_ns, _, record in recording.timeline:
        if isinstance(record, EpisodeStart):
            visit, episode = visit + 1, record.index
        elif isinstance(record, Transition):
            if steps and steps[-1].visit == visit and record.step <= steps[-1].transition.step:
                visit += 1
            newest[episode, record.step] = len(steps)
            steps.append(LivedStep(record, len(steps), (time_ns - began_ns) / 1e9, round_, visit))
        elif isinstance(record, SegmentMark):
            segments[record.id] = [newest[record.episode, step] for step in range(record.start, record.stop)]
        elif isinstance(record, Retraction):
            for at in segments.get(record.segment, ()):
                steps[at] = replace(steps[at], retracted=True)
        elif isinstance(record, RoundEnd):
            round_ = record.round + 1
    return tuple(steps)


def runs_of(steps: Iterable[LivedStep]) -> tuple[Run, ...]:
    """Maximal runs of one authority within an episode; a SAFE one also ends where its reason changes."""
    runs = []
    for (_, authority, reason, retracted), group in groupby(
        steps, lambda step: (step.visit, step.authority, step.transition.decision.reason, step.retracted)
    ):
        first, *others = group
        stop = (others[-1] if others else first).at + 1
        runs.append(
            Run(
                start=first.at,
                stop=stop,
                time_s=first.time_s,
                authority=authority,
                reason=reason,
                round=first.round,
                retracted=retracted,
            )
        )
    return tuple(runs)


def counted(steps: Iterable[LivedStep]) -> tuple[LivedStep, ...]:
    """The steps that say something of the intervention rate: under policy or human, and not taken back."""
    return tuple(step for step in steps if step.authority in LEARNED_FROM and not step.retracted)


def episode_counts(steps: Iterable[LivedStep]) -> tuple[EpisodeCount, ...]:
    """What was counted of each visit to an episode, in order."""
    counts = []
    for _, group in groupby(counted(steps), lambda step: step.visit):
        visit = list(group)
        by_hand = [step.transition.step for step in visit if step.by_hand]
        breaks = (i for i, step in enumerate(by_hand) if i == 0 or step != by_hand[i - 1] + 1)
        edges = [*breaks, len(by_hand)]
        counts.append(EpisodeCount(len(visit), tuple(b - a for a, b in pairwise(edges))))
    return tuple(counts)


def share_of(episodes: Sequence[EpisodeCount], typical: int) -> Share:
    """The counts together; `typical` is a takeover's length in steps as one would guess it."""
    # Always the same draws, so that the same counts always have the same interval.
    low, high = rate_interval(episodes, np.random.default_rng(0), typical)
    return Share(
        steps=sum(episode.steps for episode in episodes),
        human_steps=sum(episode.human_steps for episode in episodes),
        takeovers=tuple(chain.from_iterable(episode.takeovers for episode in episodes)),
        rate=rate_of(episodes),
        low=low,
        high=high,
    )


def rounds_of(recording: Recording, steps: Sequence[LivedStep], typical: int) -> tuple[RoundNumbers, ...]:
    """Every round that has a step, the last one also if it was not over."""
    over = {end.round for end in recording.rounds}
    rounds, samples = [], 0
    for number, group in groupby(steps, lambda step: step.round):
        lived = tuple(group)
        share = share_of(episode_counts(lived), typical)
        samples += share.human_steps
        rounds.append(
            RoundNumbers(round=number, over=number in over, share=share, expert_samples=samples, until=lived[-1].at + 1)
        )
    return tuple(rounds)
