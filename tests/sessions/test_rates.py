"""Intervals hold what they should, on takeovers of a known rate; verdicts say what the interval says."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop.sessions.rates import (
    FAR_STEPS,
    GROUPS,
    EpisodeCount,
    Interval,
    Standing,
    bootstrap,
    design_effect,
    improving,
    judge_rate,
    rate_interval,
    rate_of,
    wilson,
)

HORIZON = 40
DELTA = 0.05


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def markov(trials: int, steps: int, rate: float, length: float, seed: int) -> NDArray[np.bool_]:
    """Who drives, (trials, steps): takeovers of a mean length, a share `rate` of all steps in them.

    A step of every episode follows from the one before; episodes are independent and begin anywhere in that chain.
    """
    rng = np.random.default_rng(seed)
    release = 1.0 / length
    engage = rate * release / (1.0 - rate)
    human = np.zeros((trials, steps), np.bool_)
    for step in range(steps):
        chance = rng.random(trials)
        if step % HORIZON == 0:
            human[:, step] = chance < rate
        else:
            human[:, step] = np.where(human[:, step - 1], chance >= release, chance < engage)
    return human


def counted(human: NDArray[np.bool_]) -> tuple[EpisodeCount, ...]:
    """The episodes of one trial."""
    episodes = np.split(human, range(HORIZON, len(human), HORIZON))
    return tuple(
        EpisodeCount(len(episode), tuple(len(list(run)) for by_hand, run in groupby(episode) if by_hand))
        for episode in episodes
    )


EPISODES = st.lists(
    st.lists(st.integers(1, 8), max_size=4).flatmap(
        lambda runs: st.integers(max(sum(runs), 1), 60).map(lambda steps: EpisodeCount(steps, tuple(runs)))
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize(
    ("rate", "length", "steps"),
    [(0.02, 1, 400), (0.05, 3, 200), (0.05, 3, 2000), (0.1, 2, 400), (0.1, 5, 2000), (0.3, 3, 800)],
)
def test_the_interval_holds_the_true_rate_in_about_95_of_100_trials(rate: float, length: int, steps: int) -> None:
    trials = markov(400, steps, rate, length, seed=1)
    intervals = [rate_interval(counted(human), generator()) for human in trials]
    held = np.mean([low <= rate <= high for low, high in intervals])
    # Wilson's part errs on the safe side while takeovers are few.
    assert 0.925 <= held <= 0.995
    missed_above = np.mean([high < rate for _, high in intervals])
    assert missed_above <= 0.06


@given(EPISODES)
@settings(max_examples=50)
def test_the_ends_enclose_the_rate_and_both_intervals_and_the_upper_one_is_never_zero(
    episodes: list[EpisodeCount],
) -> None:
    low, high = rate_interval(episodes, generator())
    rate = rate_of(episodes)
    assert rate is not None
    drawn = bootstrap(episodes, generator())
    lengths = [length for episode in episodes for length in episode.takeovers]
    known = wilson(rate, sum(episode.steps for episode in episodes) / design_effect(lengths, 3))
    assert (low, high) == (min(drawn.low, known.low), max(drawn.high, known.high))
    assert 0.0 <= low <= rate + 1e-9
    assert rate - 1e-9 <= high <= 1.0
    assert high > 0.0


def test_the_width_shrinks_with_the_square_root_of_the_steps() -> None:
    def width(steps: int) -> float:
        trials = markov(20, steps, 0.1, 3, seed=2)
        return float(np.mean([np.ptp(rate_interval(counted(human), generator())) for human in trials]))

    assert width(1600) / width(6400) == pytest.approx(2.0, rel=0.1)


def test_one_episode_of_independent_steps_has_wilsons_interval() -> None:
    assert rate_interval([EpisodeCount(50, (1,) * 10)], generator(), typical=1) == wilson(0.2, 50)
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, and 0 of 20.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0.0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@given(st.floats(0, 1), st.floats(1, 5000), st.floats(0.001, 0.999))
def test_wilsons_interval_holds_the_rates_that_the_score_test_does_not_refuse(rate: float, n: float, p: float) -> None:
    low, high = wilson(rate, n)
    score = abs(rate - p) / np.sqrt(p * (1 - p) / n)
    if abs(score - 1.959964) > 1e-4:
        assert (low <= p <= high) == (score < 1.959964)


def test_no_takeover_in_a_few_steps_proves_nothing() -> None:
    highs = [rate_interval([EpisodeCount(steps)], generator()).high for steps in (1, 5, 20, 100, 1000)]
    assert highs == sorted(highs, reverse=True)
    assert highs[1] > 0.5
    assert highs[-1] < 0.02
    assert rate_interval([], generator()) == rate_interval([EpisodeCount(0)], generator()) == Interval(0.0, 1.0)


def test_takeovers_of_one_length_tell_as_much_as_one_step_each() -> None:
    assert design_effect((4,) * 7, typical=4) == pytest.approx(4.0)
    assert design_effect((), typical=3) == pytest.approx(3.0)
    assert design_effect((1, 9), typical=9) > design_effect((5, 5), typical=9)


def test_episodes_that_differ_widen_the_interval() -> None:
    alike = [EpisodeCount(40, (4,))] * 20
    unlike = [EpisodeCount(40, (4,) * 5), *[EpisodeCount(40)] * 4] * 4
    assert rate_of(alike) == rate_of(unlike) == 0.1
    assert np.ptp(bootstrap(alike, generator())) == 0.0
    assert np.ptp(rate_interval(unlike, generator())) > 1.5 * np.ptp(rate_interval(alike, generator()))


def test_many_episodes_are_pooled_with_their_neighbours_and_say_the_same() -> None:
    episodes = counted(markov(1, 40 * 16 * GROUPS, 0.1, 3, seed=3)[0])
    few = np.ptp(bootstrap(episodes, generator()))
    steps = np.array([episode.steps for episode in episodes])
    human = np.array([episode.human_steps for episode in episodes])
    drawn = generator().integers(0, len(steps), (2000, len(steps)))
    all_ = np.quantile(human[drawn].sum(axis=1) / steps[drawn].sum(axis=1), (0.025, 0.975))
    assert few == pytest.approx(np.ptp(all_), rel=0.2)


def test_the_same_counts_and_seed_give_the_same_verdict() -> None:
    episodes = counted(markov(1, 400, 0.1, 3, seed=4)[0])
    verdicts = {judge_rate(episodes, [episodes] * 6, DELTA, generator()) for _ in range(3)}
    assert len(verdicts) == 1


@given(EPISODES, st.floats(0.01, 0.6))
@settings(max_examples=50)
def test_the_standing_is_what_the_interval_says_of_delta(episodes: list[EpisodeCount], delta: float) -> None:
    verdict = judge_rate(episodes, [], delta, generator())
    low, high = verdict.interval
    assert (verdict.standing is Standing.ALIGNED) == (high < delta)
    assert (verdict.standing is Standing.NOT_ALIGNED) == (low > delta)
    assert verdict.rate == rate_of(episodes)
    if verdict.standing is not Standing.UNSETTLED:
        assert verdict.more_steps is None


@pytest.mark.parametrize(("runs", "standing"), [((), Standing.ALIGNED), ((3,), Standing.NOT_ALIGNED)])
def test_the_steps_that_it_asks_for_settle_it(runs: tuple[int, ...], standing: Standing) -> None:
    """At the same rate, so many steps do settle it, and two thirds of them do not."""
    episodes = [EpisodeCount(30, runs)] * 3
    before = judge_rate(episodes, [], DELTA, generator())
    assert before.standing is Standing.UNSETTLED
    assert before.more_steps is not None

    def after(share: float) -> Standing:
        more = round(share * (before.more_steps or 0) / 30)
        return judge_rate([*episodes, *[EpisodeCount(30, runs)] * more], [], DELTA, generator()).standing

    assert after(1.05) is standing
    assert after(2 / 3) is Standing.UNSETTLED


def test_clean_steps_are_foretold_to_the_step() -> None:
    verdict = judge_rate([EpisodeCount(60)], [], DELTA, generator())
    assert verdict.more_steps is not None
    clean = 60 + verdict.more_steps
    assert judge_rate([EpisodeCount(clean)], [], DELTA, generator()).standing is Standing.ALIGNED
    assert judge_rate([EpisodeCount(clean - 5)], [], DELTA, generator()).standing is Standing.UNSETTLED


@pytest.mark.parametrize(
    ("steps", "runs"), [(4, (1,)), (24, (1,)), (12, ()), (50, ()), (59, (1,)), (8, (1, 1)), (400, (3,) * 7)]
)
def test_nothing_is_foretold_from_few_steps_or_near_delta(steps: int, runs: tuple[int, ...]) -> None:
    """25 % of 4 steps, 4 % of 24, ...: what the next step would change by hundreds is no estimate."""
    verdict = judge_rate([EpisodeCount(steps, runs)], [], DELTA, generator())
    assert (verdict.standing, verdict.more_steps) == (Standing.UNSETTLED, None)
    nothing = judge_rate([], [], DELTA, generator())
    assert (nothing.rate, nothing.interval, nothing.more_steps) == (None, (0.0, 1.0), None)


@given(EPISODES, st.floats(0.01, 0.6))
@settings(max_examples=50)
def test_what_is_foretold_is_no_more_than_three_times_what_was_seen(episodes: list[EpisodeCount], delta: float) -> None:
    more = judge_rate(episodes, [], delta, generator()).more_steps
    assert more is None or 0 < more <= 3 * sum(episode.steps for episode in episodes)


def test_a_rate_that_is_delta_itself_is_never_settled() -> None:
    assert judge_rate([EpisodeCount(20, (1,))], [], DELTA, generator()).more_steps is None
    close = judge_rate([EpisodeCount(1000, (3,) * 16 + (1,))], [], DELTA, generator())
    assert (close.standing, close.more_steps) == (Standing.UNSETTLED, None)
    assert FAR_STEPS == 10_000


def rounds(*by_hand: int) -> list[list[EpisodeCount]]:
    """Rounds of 100 steps in four episodes, with so many by hand in each of these."""
    return [[EpisodeCount(25, (human,) if human else ())] * 4 for human in by_hand]


@pytest.mark.parametrize(
    ("by_hand", "told"),
    [
        ((8, 8, 8, 4, 4, 4), True),
        ((8, 8, 8, 8, 8, 8), False),
        ((4, 4, 4, 8, 8, 8), False),
        ((8, 8, 8, 8, 8), True),
        ((9, 9, 9, 9, 4, 4, 4, 4, 4, 4), False),
    ],
)
def test_rounds_improve_while_the_last_three_are_lower_than_the_three_before(
    by_hand: tuple[int, ...], told: bool
) -> None:
    assert improving(rounds(*by_hand), generator()) is told


def test_a_decline_that_noise_explains_is_none() -> None:
    """At one rate throughout, a decline is believed in one of five sessions, as the rule says."""
    trials = markov(200, 600, 0.2, 3, seed=5)
    believed = [improving([counted(part) for part in np.split(human, 6)], generator()) for human in trials]
    assert np.mean(believed) == pytest.approx(0.2, abs=0.08)


def test_no_longer_improving_is_said_of_a_policy_that_is_not_good_enough_alone() -> None:
    bad, good = [EpisodeCount(25, (5,))] * 8, [EpisodeCount(400)]
    stuck = rounds(5, 5, 5, 5, 5, 5)
    assert judge_rate(bad, stuck, DELTA, generator()).standing is Standing.NO_LONGER_IMPROVING
    assert judge_rate(good, stuck, DELTA, generator()).standing is Standing.ALIGNED
    assert judge_rate(bad, rounds(9, 9, 9, 5, 5, 5), DELTA, generator()).standing is Standing.NOT_ALIGNED
    # Six rounds without a takeover cannot get better.
    assert judge_rate([EpisodeCount(20)], rounds(*[0] * 6), DELTA, generator()).standing is Standing.UNSETTLED


@pytest.mark.parametrize(("steps", "takeovers"), [(3, (2, 2)), (5, (0,)), (0, (1,))])
def test_counts_that_cannot_be_are_refused(steps: int, takeovers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="step"):
        EpisodeCount(steps, takeovers)
