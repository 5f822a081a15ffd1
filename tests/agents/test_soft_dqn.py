"""Laws of training priors and experts: what is replayed, how actions are drawn, and that a run can be repeated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.soft_dqn import ReplayRing, SoftDqnConfig, boltzmann, train_soft_dqn
from tests.agents.made import CARD, TASK, observations, prior

SHORT = SoftDqnConfig(steps=1024, worlds=8, batch=16, replay=500, warm_up=64, hidden=(16,))


def add(ring: ReplayRing, first: int, count: int) -> None:
    """Transitions that carry their number in every column."""
    numbers = np.arange(first, first + count)
    wide = np.repeat(numbers[:, None], 2, axis=1)
    ring.add(wide, numbers, numbers * 0.5, numbers % 2, wide + 1)


@given(chunks=st.lists(st.integers(1, 9), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_the_ring_keeps_the_last_transitions_whole(chunks: list[int], seed: int) -> None:
    ring, added = ReplayRing(5, 2), 0
    for count in chunks:
        add(ring, added, count)
        added += count
    drawn = ring.sample(200, np.random.default_rng(seed))
    numbers = drawn.action.numpy()
    assert set(numbers.tolist()) <= set(range(max(0, added - 5), added))
    np.testing.assert_array_equal(drawn.inputs.numpy(), np.repeat(numbers[:, None], 2, axis=1))
    np.testing.assert_array_equal(drawn.next_inputs.numpy(), drawn.inputs.numpy() + 1)
    np.testing.assert_array_equal(drawn.reward.numpy(), numbers * 0.5)
    np.testing.assert_array_equal(drawn.terminated.numpy(), numbers % 2)
    assert drawn.next_prior is None


def test_the_ring_draws_all_that_it_keeps() -> None:
    ring = ReplayRing(5, 2)
    add(ring, 0, 3)
    add(ring, 3, 4)
    assert set(ring.sample(500, np.random.default_rng(0)).action.tolist()) == {2, 3, 4, 5, 6}


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_actions_are_drawn_as_often_as_boltzmann_says(temperature: float) -> None:
    q, n = np.array([1.0, 0.0, -0.5, 1.5], np.float32), 40_000
    drawn = boltzmann(np.tile(q, (n, 1)), np.full(n, temperature, np.float32), np.random.default_rng(2))
    wanted = np.exp(q / temperature) / np.exp(q / temperature).sum()
    found = np.bincount(drawn, minlength=4) / n
    assert (np.abs(found - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / n)).all()


def test_each_world_has_its_own_temperature() -> None:
    q = np.tile(np.array([1.0, 0.0], np.float32), (2000, 1))
    temperature = np.where(np.arange(2000) % 2, 1e-3, 1e3).astype(np.float32)
    drawn = boltzmann(q, temperature, np.random.default_rng(0))
    assert (drawn[1::2] == 0).all()
    assert 0.4 < drawn[::2].mean() < 0.6


def test_a_run_can_be_repeated_bit_for_bit() -> None:
    told: list[tuple[int, int]] = []
    first, seconds = train_soft_dqn(TASK, SHORT, 3, progress=lambda done, total: told.append((done, total)))
    second, _ = train_soft_dqn(TASK, SHORT, 3)
    other, _ = train_soft_dqn(TASK, SHORT, 4)
    assert first.hash == second.hash != other.hash
    assert first.maker == second.maker
    assert (first.kind, first.maker.gamma, first.maker.alpha) == ("dqn", SHORT.gamma, SHORT.alpha)
    assert told == [(done, 1024) for done in range(8, 1025, 8)]
    assert seconds > 0
    assert Policy(first, CARD).act(observations()).shape == (len(observations()),)


def test_without_an_update_it_is_what_it_started_from() -> None:
    frozen = SoftDqnConfig(steps=64, worlds=8, warm_up=10**9)
    fresh, _ = train_soft_dqn(TASK, frozen, 0)
    # One unit of first_value for ever, whatever is seen.
    np.testing.assert_allclose(Policy(fresh, CARD).preference(observations()), 1.1 / 0.05, rtol=1e-6)
    started, _ = train_soft_dqn(TASK, frozen, 0, start=prior().snapshot)
    np.testing.assert_array_equal(Policy(started, CARD).preference(observations()), prior().preference(observations()))
