"""Laws of a learned policy as a prior: the same policy, and nothing of what it was learned for."""

from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.frozen import as_prior, side_by_side
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.layers import Layer, Layers
from mereq_teleop.agents.policy import Policy, forward
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot, RewardWeights
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card
from tests.agents.made import CARD, MAKER, observations, prior, snapshot

sizes = st.lists(st.integers(1, 6), max_size=3)


def layers_of(hidden: list[int], random: np.random.Generator) -> Layers:
    """Some layers of rectified units, some of units bent either way."""
    layers = []
    for i, o in pairwise([4, *hidden, 3]):
        weight, bias = random.standard_normal((i, o)).astype(np.float32), random.standard_normal(o).astype(np.float32)
        layers.append(
            Layer(weight, bias, random.integers(2, size=o).astype(np.float32) if random.integers(2) else None)
        )
    return layers


@given(sizes, sizes, st.floats(0, 2), st.integers(0, 99))
def test_side_by_side_is_the_sum_of_both_whatever_their_depths(
    one: list[int], other: list[int], share: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    first, second = layers_of(one, random), layers_of(other, random)
    x = random.standard_normal((20, 4)).astype(np.float32)
    wanted = forward(first, x) + np.float32(share) * forward(second, x)
    np.testing.assert_allclose(forward(side_by_side(first, second, share), x), wanted, rtol=1e-4, atol=1e-4)


def on_the_prior(**changes: object) -> PolicySnapshot:
    """The shipped prior with a Q_R that moves it."""
    residual = {n: t for n, t in snapshot(residual=True).tensors.items() if n.startswith("residual")}
    residual["residual.1.weight"] = residual["residual.1.weight"] * np.float32(0.2)
    maker = msgspec.structs.replace(prior().snapshot.maker, **changes)
    return PolicySnapshot(9, "residual-dqn", maker, {**prior().snapshot.tensors, **residual})


@pytest.mark.parametrize("changes", [{}, {"omega": 0.3}, {"alpha_hat": 0.2}, {"omega": 0.5, "alpha_hat": 0.01}])
def test_log_pi0_is_that_of_the_policy_at_its_own_temperature(changes: dict[str, object]) -> None:
    learned = on_the_prior(**changes)
    drives, frozen = Policy(learned, CARD), Policy(as_prior(learned), CARD)
    assert (drives.act(observations()) != prior().act(observations())).any()
    np.testing.assert_array_equal(frozen.act(observations()), drives.act(observations()))
    np.testing.assert_allclose(frozen.log_probs(observations()), drives.log_probs(observations()), atol=2e-3)


def test_a_residual_sac_is_its_actor_bit_by_bit() -> None:
    pusher = card("pusher")
    learned = shipped(pusher.preferences[0].expert, pusher).snapshot
    assert learned.kind == "residual-sac"
    frozen = as_prior(learned)
    assert frozen.kind == "sac"
    seen = np.random.default_rng(0).standard_normal((64, *pusher.observation_shape)).astype(np.float32)
    drives, starts = GaussianPolicy(learned, pusher), GaussianPolicy(frozen, pusher)
    assert np.array_equal(drives.act(seen), starts.act(seen))
    assert np.array_equal(drives.log_prob(seen, drives.act(seen)), starts.log_prob(seen, drives.act(seen)))


def test_a_prior_is_a_prior_already() -> None:
    assert as_prior(prior().snapshot).hash == prior().snapshot.hash
    frozen = as_prior(on_the_prior())
    assert as_prior(frozen).hash == frozen.hash


def test_what_it_was_learned_for_stays_behind() -> None:
    weights = RewardWeights(theta=(1.0, 0.0, 0.0), feature_names=CARD.feature_names, round=4)
    maker: PolicyMaker = msgspec.structs.replace(MAKER, round=4, cause="e1-s2", segments=("e1-s2",), weights=weights)
    for residual in (False, True):
        frozen = as_prior(replace(snapshot(residual=residual, maker=maker), version=7))
        left = (frozen.maker.round, frozen.maker.cause, frozen.maker.segments, frozen.maker.weights)
        assert (frozen.version, *left) == (0, 0, "", (), None)
