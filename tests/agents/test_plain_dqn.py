"""Laws of the plain soft DQN: it knows theta . f alone, whatever the prior wants."""

import numpy as np
import pytest

from mereq_teleop.agents.plain_dqn import PlainDqn
from mereq_teleop.agents.residual_dqn import ResidualConfig
from mereq_teleop.agents.scouts import Scouts
from tests.agents.made import RIGHT_LANE, TASK, observations, prior

SMALL = ResidualConfig(batch=64, capacity=600)
RIGHT_PLEASE = np.eye(3)[RIGHT_LANE]


def plain(*, from_prior: bool, seed: int = 0) -> PlainDqn:
    dqn = PlainDqn(prior(), SMALL, seed, from_prior=from_prior)
    Scouts(TASK, 16, seed).explore(prior(), 40, dqn)
    return dqn


def test_it_starts_as_the_prior_where_it_is_told_to() -> None:
    found = plain(from_prior=True).policy()
    assert found.snapshot.kind == "dqn"
    np.testing.assert_array_equal(found.preference(observations()), prior().preference(observations()))


def test_it_starts_at_random_otherwise_with_the_priors_sizes() -> None:
    first, second, again = (plain(from_prior=False, seed=seed).policy() for seed in (0, 1, 0))
    shapes = [weight.shape for weight, *_ in prior().snapshot.layers("prior")]
    assert [weight.shape for weight, *_ in first.snapshot.layers("prior")] == shapes
    assert (first.act(observations()) != prior().act(observations())).any()
    assert (first.preference(observations()) != second.preference(observations())).any()
    np.testing.assert_array_equal(first.preference(observations()), again.preference(observations()))


@pytest.mark.parametrize("from_prior", [True, False])
def test_nothing_of_the_prior_enters_its_target(from_prior: bool) -> None:
    dqn = plain(from_prior=from_prior)
    assert not dqn.experience.columns["next_prior"][: len(dqn.experience)].any()
    assert dqn.config.omega == 0.0


def test_a_reward_for_the_right_lane_moves_it_there() -> None:
    dqn = plain(from_prior=False)
    before = dqn.policy().act(observations())
    dqn.learn(RIGHT_PLEASE, 300)
    assert (dqn.policy().act(observations()) != before).any()


@pytest.mark.parametrize("from_prior", [True, False])
def test_forgetting_leads_back_to_the_start(from_prior: bool) -> None:
    dqn = plain(from_prior=from_prior)
    before = dqn.policy().snapshot.hash
    dqn.learn(RIGHT_PLEASE, 3)
    assert dqn.policy().snapshot.hash != before
    dqn.forget()
    assert dqn.policy().snapshot.hash == before
    assert dqn.updates == 3


def test_restored_learning_goes_on_with_the_same_bits() -> None:
    first, second = plain(from_prior=False), plain(from_prior=True, seed=1)
    first.learn(RIGHT_PLEASE, 3)
    second.restore(first.state())
    assert first.learn(RIGHT_PLEASE, 3) == second.learn(RIGHT_PLEASE, 3)
    assert first.policy().snapshot.hash == second.policy().snapshot.hash
