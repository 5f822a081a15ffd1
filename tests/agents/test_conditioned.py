"""Laws of the conditioned Q: the prior at theta = 0, an ordinary network at any other, the same bits if cut."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.conditioned import ConditionedConfig, ConditionedQ, ConditionedTrainer, draw_thetas
from mereq_teleop.agents.evaluate import evaluate
from mereq_teleop.agents.foresight import Foresight
from mereq_teleop.agents.irl import bounds
from mereq_teleop.agents.policy import forward
from mereq_teleop.agents.residual_dqn import ResidualConfig
from mereq_teleop.agents.shipped import shipped
from tests.agents.made import CARD, TASK, observations, prior

TINY = ConditionedConfig(
    sweeps=30, worlds=8, warm_up_sweeps=4, updates_per_sweep=1, batch=32, replay=1_000, hidden=(16, 16)
)


def untrained(seed: int = 0) -> ConditionedQ:
    return ConditionedQ(CARD, TINY.hidden, torch.Generator().manual_seed(seed))


@given(st.integers(0, 1_000))
def test_theta_zero_is_exactly_the_prior_whatever_the_weights(seed: int) -> None:
    q = untrained(seed)
    inputs = torch.from_numpy(prior().normalised(observations(8)))
    assert not q(inputs, torch.zeros(8, len(CARD.features))).detach().any()
    for weight, bias, _ in q.layers(np.zeros(len(CARD.features)))[-1:]:
        assert not weight.any()
        assert not bias.any()


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_the_network_at_one_theta_is_the_conditioned_one(theta: list[float]) -> None:
    q, inputs = untrained(), prior().normalised(observations(16))
    at = np.array(theta)
    told = q(torch.from_numpy(inputs), torch.tensor(theta, dtype=torch.float32).repeat(16, 1))
    np.testing.assert_allclose(forward(q.layers(at), inputs), told.detach().numpy(), atol=1e-5)


def test_a_trainer_at_theta_zero_drives_as_the_prior_does() -> None:
    foresight = Foresight(prior(), untrained(), ResidualConfig(), 0)
    np.testing.assert_array_equal(foresight.policy().preference(observations()), prior().preference(observations()))
    foresight.learn(np.array([0.0, 0.5, 0.0]), 0)
    assert not np.array_equal(foresight.policy().preference(observations()), prior().preference(observations()))
    foresight.forget()
    np.testing.assert_array_equal(foresight.policy().preference(observations()), prior().preference(observations()))


def test_thetas_are_drawn_within_the_cards_box_and_often_weigh_nothing() -> None:
    low, high = bounds(CARD)
    thetas = draw_thetas(CARD, 4_000, np.random.default_rng(0))
    assert (thetas >= low).all()
    assert (thetas <= high).all()
    assert 0.2 < (thetas == 0).mean() < 0.3
    assert (thetas[:, 0] <= 0).all()


def test_the_clock_decides_how_much_is_trained_at_once_and_nothing_else() -> None:
    in_slices, at_once = (ConditionedTrainer(prior(), TINY, 3) for _ in range(2))
    slices = 0
    while not in_slices.done:
        in_slices.advance(1e-9)
        slices += 1
    at_once.advance(1e9)
    assert slices == TINY.sweeps
    for name, array in at_once.foretelling.arrays().items():
        np.testing.assert_array_equal(in_slices.foretelling.arrays()[name], array)
    other = ConditionedTrainer(prior(), replace(TINY), 4)
    other.advance(1e9)
    assert any(
        not np.array_equal(array, other.foretelling.arrays()[name])
        for name, array in at_once.foretelling.arrays().items()
    )


@pytest.mark.slow
def test_trained_it_gets_most_of_what_the_experts_gain_over_the_prior() -> None:
    trainer = ConditionedTrainer(prior(), ConditionedConfig(), 0)
    trainer.advance(1e9)
    foresight = Foresight(prior(), trainer.foretelling, ResidualConfig(), 0)
    for name in ("right-lane", "left-lane", "slow"):
        preference = CARD.preference(name)
        foresight.learn(np.array(preference.theta), 0)
        reached, start, best = (
            evaluate(policy, TASK, preference.theta, 1_000).return_true
            for policy in (foresight.policy(), prior(), shipped(preference.expert, CARD))
        )
        assert reached - start > 0.45 * (best - start), name
