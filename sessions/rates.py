"""How sure one can be of an intervention rate, and whether that is enough to stop.

lambda = human-controlled steps / steps, seen in few steps, is noise for the most part: "aligned" needs an interval.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from math import ceil, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

__all__ = [
    "COMPARED_ROUNDS",
    "FAR_STEPS",
    "EpisodeCount",
    "Interval",
    "Standing",
    "Verdict",
    "bootstrap",
    "design_effect",
    "improving",
    "judge_rate",
    "rate_interval",
    "rate_of",
    "wilson",
]

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1.0 + CONFIDENCE) / 2.0)
RESAMPLES = 2_000
GROUPS = 64
"""At most so many groups of episodes are resampled: neighbours are pooled where there are more."""
FAR_STEPS = 10_000
"""A verdict that would need more further steps than this is not in sight."""
FEWEST_OBSERVATIONS = 5
"""From fewer independent observations than this nobody foretells how many more steps a verdict takes."""
COMPARED_ROUNDS = 3
"""Whether the policy still improves is told from so many last rounds and as many before them."""
IMPROVING_ABOVE = 0.8
"""How likely the last rounds' rate must be the lower one, for the policy to count as still improving."""


class Interval(NamedTuple):
    """A range of rates."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EpisodeCount:
    """What was counted of one episode.

    Raises:
        ValueError: a takeover without a step, or more human-controlled steps than steps.
    """

    steps: int
    """Steps under the policy or the human."""
    takeovers: tuple[int, ...] = ()
    """Length in steps of each run of human-controlled ones."""

    def __post_init__(self) -> None:
        if min(self.takeovers, default=1) < 1:
            raise ValueError(f"a takeover needs a step, got {self.takeovers}")
        if self.human_steps > self.steps:
            raise ValueError(f"{self.human_steps} steps by hand are more than all {self.steps}")

    @property
    def human_steps(self) -> int:
        """Human-controlled steps."""
        return sum(self.takeovers)


class Standing(StrEnum):
    """What can be said of a policy's intervention rate."""

    ALIGNED = "aligned"
    """The whole interval is under delta."""
    UNSETTLED = "unsettled"
    """Delta is within the interval."""
    NOT_ALIGNED = "not aligned"
    """The whole interval is above delta."""
    NO_LONGER_IMPROVING = "no longer improving"
    """Not aligned or unsettled, and the last rounds were no better than those before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a policy's intervention rate."""

    rate: float | None
    """None before the first step."""
    interval: Interval
    """95 %; 0..1 before the first step."""
    standing: Standing
    more_steps: int | None = None
    """About how many more steps would tell that it is on that side of delta on which the rate lies, were the rate to
    stay as it is; None where it is told, where that takes more than `FAR_STEPS`, and where the steps so far are too
    few to say: fewer than `FEWEST_OBSERVATIONS`, or the rate no further from delta than its standard error."""


def rate_of(episodes: Iterable[EpisodeCount]) -> float | None:
    """lambda of all the episodes together; None without a step."""
    counts = [(episode.steps, episode.human_steps) for episode in episodes]
    steps = sum(steps for steps, _ in counts)
    return sum(human for _, human in counts) / steps if steps else None


def wilson(rate: float, n: float) -> Interval:
    """The 95 % score interval of a share seen in n independent observations (Wilson 1927, JASA 22, p. 209).

    It holds exactly the rates p for which |rate - p| <= z * sqrt(p * (1 - p) / n).
    """
    middle = rate + Z * Z / (2.0 * n)
    reach = Z * sqrt(rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n))
    scale = 1.0 + Z * Z / n
    return Interval(max((middle - reach) / scale, 0.0), min((middle + reach) / scale, 1.0))


def design_effect(takeovers: Iterable[int], typical: int) -> float:
    """How many steps tell as much as one independent observation: sum m^2 / sum m over the takeovers' lengths m.

    This is Kish's design effect (Survey Sampling, 1965, ch. 5) of clusters of unequal size whose members are all
    alike. One takeover of a typical length counts along, which decides while none was seen.
    """
    lengths = (typical, *takeovers)
    return sum(length * length for length in lengths) / sum(lengths)


def bootstrap(episodes: Sequence[EpisodeCount], rng: np.random.Generator) -> Interval:
    """95 % percentile interval of lambda, by drawing whole episodes with replacement (Efron 1979, Ann. Statist. 7).

    Steps of an episode are not independent, episodes are; neighbours are drawn together where there are more than
    `GROUPS` of them.
    """
    rates = _resampled_rates(episodes, rng)
    low, high = np.quantile(rates, ((1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0))
    return Interval(float(low), float(high))


def rate_interval(episodes: Sequence[EpisodeCount], rng: np.random.Generator, typical: int = 3) -> Interval:
    """95 % interval of lambda: the bootstrap's, widened to hold Wilson's for steps / design effect observations.

    The bootstrap knows how unlike episodes are, but says 0..0 before the first takeover and too little of few episodes;
    Wilson's interval holds then. Both ends are the outer ones of the two. `typical` is a takeover's length in steps as
    one would guess it. Without a step it is 0..1.
    """
    rate = rate_of(episodes)
    if rate is None:
        return Interval(0.0, 1.0)
    drawn, known = bootstrap(episodes, rng), _wilson_of(rate, episodes, typical)
    return Interval(min(drawn.low, known.low), max(drawn.high, known.high))


def improving(rounds: Sequence[Sequence[EpisodeCount]], rng: np.random.Generator) -> bool:
    """Whether the last three rounds' rate is lower than that of the three before with a probability of 0.8 or more.

    The probability is the share of bootstrap resamples (episodes within each three rounds) in which it is lower. With
    fewer than six rounds that have steps, the policy counts as improving: nobody can tell yet.
    """
    counted = [round_ for round_ in rounds if rate_of(round_) is not None][-2 * COMPARED_ROUNDS :]
    if len(counted) < 2 * COMPARED_ROUNDS:
        return True
    before, last = (
        _resampled_rates(tuple(chain.from_iterable(three)), rng)
        for three in (counted[:COMPARED_ROUNDS], counted[COMPARED_ROUNDS:])
    )
    return float((last < before).mean()) >= IMPROVING_ABOVE


def judge_rate(
    episodes: Sequence[EpisodeCount],
    rounds: Sequence[Sequence[EpisodeCount]],
    delta: float,
    rng: np.random.Generator,
    typical: int = 3,
) -> Verdict:
    """What the steps since the policy came say of lambda < delta.

    Aligned: the interval's upper end is under delta. No longer improving: it is not, the last three rounds' rate is not
    under delta either, and `improving` says no. Not aligned: the lower end is above delta. Unsettled: anything else.
    The interval is one of 95 % for one look. Who looks after every step sees an end cross delta by chance more often: a
    policy whose true rate is delta is called aligned at some moment of its first 600 steps about one time in six.

    Args:
        episodes: What was counted of each episode since the policy came.
        rounds: The same of each round that is over, in order, whatever policies drove in it.
        delta: The rate under which a policy counts as aligned.
        rng: Draws the resamples.
        typical: A takeover's length (steps) as one would guess it.
    """
    rate = rate_of(episodes)
    interval = rate_interval(episodes, rng, typical)
    last = rate_of(chain.from_iterable(rounds[-COMPARED_ROUNDS:]))
    if interval.high < delta:
        return Verdict(rate, interval, Standing.ALIGNED)
    if last is not None and last >= delta and not improving(rounds, rng):
        return Verdict(rate, interval, Standing.NO_LONGER_IMPROVING)
    if interval.low > delta:
        return Verdict(rate, interval, Standing.NOT_ALIGNED)
    return Verdict(rate, interval, Standing.UNSETTLED, _more_steps(episodes, interval, delta, typical))


def _more_steps(episodes: Sequence[EpisodeCount], interval: Interval, delta: float, typical: int) -> int | None:
    """Wilson's interval for n observations leaves delta out once n > z^2 * delta * (1 - delta) / (delta - rate)^2.

    Where the interval is wider than Wilson's, an observation takes as many more steps as the square of that. A rate
    within one standard error of delta, at which n is above z^2 times the observations so far, foretells nothing.
    """
    steps, rate = sum(episode.steps for episode in episodes), rate_of(episodes)
    if rate is None:
        return None
    known = _wilson_of(rate, episodes, typical)
    effect = design_effect(_takeovers(episodes), typical)
    effect *= ((interval.high - interval.low) / (known.high - known.low)) ** 2
    gap = delta - rate
    needed = effect * Z * Z * delta * (1.0 - delta)
    if steps < FEWEST_OBSERVATIONS * effect or needed > gap * gap * min(Z * Z * steps, steps + FAR_STEPS):
        return None
    more = ceil(needed / (gap * gap)) - steps
    # Few episodes are told apart by a wider interval than the estimate knows of.
    return more if more > 0 else None


def _wilson_of(rate: float, episodes: Sequence[EpisodeCount], typical: int) -> Interval:
    return wilson(rate, sum(episode.steps for episode in episodes) / design_effect(_takeovers(episodes), typical))


def _takeovers(episodes: Iterable[EpisodeCount]) -> Iterable[int]:
    return chain.from_iterable(episode.takeovers for episode in episodes)


def _resampled_rates(episodes: Sequence[EpisodeCount], rng: np.random.Generator) -> Float64[np.ndarray, " resamples"]:
    """lambda of each resample; the episodes must have a step between them."""
    # One complex number holds steps and human-controlled steps, so that one gather does for both.
    counts = np.array([complex(episode.steps, episode.human_steps) for episode in episodes if episode.steps])
    pooled = np.add.reduceat(counts, np.arange(0, len(counts), ceil(len(counts) / GROUPS)))
    drawn = pooled.take(rng.integers(0, len(pooled), (RESAMPLES, len(pooled)), dtype=np.uint8)).sum(axis=1)
    return np.asarray(drawn.imag / drawn.real, np.float64)
