"""Statistics on data whose answers are known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rliable import metrics

from mereq_teleop.app.bench.statistics import (
    interquartile_mean,
    mean_curve,
    mean_of,
    median_samples,
    probability_of_improvement,
    step_curve,
    wins,
)
from mereq_teleop.app.results import samples_to

INF = math.inf


def test_the_mean_of_what_never_varies_is_certain() -> None:
    found = mean_of([3.0] * 5)
    assert found is not None
    assert (found.value, found.low, found.high) == (3.0, 3.0, 3.0)
    assert mean_of([]) is None


def test_the_interval_of_the_mean_is_that_of_the_normal_law_for_many_seeds() -> None:
    values = np.random.default_rng(1).normal(10.0, 2.0, 400)
    found = mean_of(values.tolist())
    assert found is not None
    half = 1.96 * values.std() / math.sqrt(len(values))
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.04)


def test_intervals_are_the_same_each_time_and_leave_numpys_generator_alone() -> None:
    runs = {"mereq": np.random.default_rng(0).normal(size=(6, 2))}
    np.random.seed(5)  # noqa: NPY002
    wanted = np.random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    assert interquartile_mean(runs) == interquartile_mean(runs)
    assert np.random.random() == wanted  # noqa: NPY002


def test_a_curve_draws_whole_seeds() -> None:
    runs = np.array([[0.0, 1.0], [1.0, 0.0]] * 8)
    curve = mean_curve(np.arange(2.0), runs)
    assert curve.value.tolist() == [0.5, 0.5]
    # A draw with many of the first kind is low at one end, and as high at the other.
    assert curve.low + curve.high[::-1] == pytest.approx([1.0, 1.0])


def test_a_rate_holds_until_the_next_policy_and_the_last_one_to_the_end() -> None:
    found = step_curve(np.arange(6.0), [0.0, 2.0, 2.0, 4.0], [0.9, 0.5, 0.4, 0.1])
    assert found.tolist() == [0.9, 0.9, 0.4, 0.4, 0.1, 0.1]


@pytest.mark.parametrize(
    ("samples", "middle"),
    [
        ([5.0], 5.0),
        ([1.0, 2.0, INF], 2.0),
        ([1.0, 3.0], 2.0),
        ([1.0, INF], INF),
        ([INF, INF], INF),
        ([1, INF, INF], INF),
    ],
)
def test_a_run_that_never_got_there_counts_as_infinite(samples: list[float], middle: float) -> None:
    assert median_samples(samples) == middle


def test_samples_are_those_of_the_first_policy_under_delta() -> None:
    path = [(0, 0.14), (20, 0.08), (30, 0.12), (45, 0.04)]
    assert samples_to(path, (0.15, 0.10, 0.05, 0.01)) == {0.15: 0, 0.10: 20, 0.05: 45, 0.01: None}
    assert samples_to([], (0.10,)) == {0.10: None}
    asked = iter(path)
    samples_to(asked, (0.15, 0.10))
    assert next(asked) == (30, 0.12)


def test_the_interquartile_mean_leaves_a_quarter_out_at_both_ends() -> None:
    runs = np.array([[-1000.0], [2.0], [4.0], [1000.0]])
    assert interquartile_mean({"mereq": runs})["mereq"].value == 3.0


@given(st.lists(st.integers(0, 5), min_size=4, max_size=4), st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_the_chance_of_improvement_is_rliables(one: list[int], other: list[int]) -> None:
    x, y = np.array(one, float).reshape(2, 2), np.array(other, float).reshape(3, 2)
    assert wins(x, y) == pytest.approx(metrics.probability_of_improvement(x, y))
    assert wins(x, y) + wins(y, x) == pytest.approx(1.0)


def test_a_method_that_always_wins_does_so_for_certain() -> None:
    good, bad = np.ones((5, 1)), np.zeros((4, 1))
    found = probability_of_improvement({"mereq": good, "maxent": bad})
    assert set(found) == {("mereq", "maxent"), ("maxent", "mereq")}
    assert [(p.value, p.low, p.high) for p in found.values()] == [(1.0, 1.0, 1.0), (0.0, 0.0, 0.0)]
