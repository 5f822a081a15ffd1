"""Laws of the residual soft DQN: zero moves nothing, relabelling is exact, a restored one keeps its bits."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.policy import forward
from mereq_teleop.agents.residual_dqn import Experience, ResidualConfig, ResidualDqn
from mereq_teleop.agents.scouts import Scouts
from tests.agents.made import RIGHT_LANE, TASK, observations, prior

SMALL = ResidualConfig(hidden=(32, 32), batch=64, capacity=600)
ZERO = np.zeros(3)
RIGHT_PLEASE = np.eye(3)[RIGHT_LANE]


def learner(seed: int = 0) -> ResidualDqn:
    """With 640 transitions seen, of which the oldest 40 had to go."""
    dqn = ResidualDqn(prior(), SMALL, seed)
    Scouts(TASK, 16, seed).explore(prior(), 40, dqn)
    return dqn


def bits(dqn: ResidualDqn) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in dqn.state().items()}


def test_before_learning_it_is_the_prior() -> None:
    dqn = learner()
    np.testing.assert_array_equal(dqn.policy().preference(observations()), prior().preference(observations()))
    np.testing.assert_array_equal(dqn.policy().log_probs(observations()), prior().log_probs(observations()))


def test_a_zero_residual_reward_never_moves_the_policy_away_from_the_prior() -> None:
    dqn = learner()
    loss = dqn.learn(ZERO, 300)
    snapshot, obs = dqn.policy().snapshot, observations()
    residual = forward(snapshot.layers("residual"), prior().normalised(obs))
    q = prior().preference(obs)
    # The soft value is rounded to float32, and Adam makes steps of a size of their own out of that rounding: Q_R
    # trembles, by far less than what tells actions apart.
    assert loss < 1e-6
    assert np.ptp(residual, axis=1).max() < 0.01
    decided = np.diff(np.sort(q, axis=1)[:, -2:], axis=1)[:, 0] > 0.01
    assert decided.mean() > 0.9
    np.testing.assert_array_equal(dqn.policy().act(obs)[decided], prior().act(obs)[decided])


def test_a_reward_for_the_right_lane_moves_it() -> None:
    dqn = learner()
    dqn.learn(RIGHT_PLEASE, 300)
    assert (dqn.policy().act(observations()) != prior().act(observations())).mean() > 0.05


def test_the_next_states_prior_is_alpha_log_pi0() -> None:
    dqn, obs = ResidualDqn(prior(), SMALL, 0), observations(30)
    nothing = np.zeros(30)
    dqn.remember(obs, nothing.astype(np.int64), np.zeros((30, 3)), nothing, obs)
    np.testing.assert_allclose(dqn.experience.columns["next_prior"][:30], 0.05 * prior().log_probs(obs), atol=1e-5)


whole = st.integers(-50, 50)


@cache
def numbered(count: int, capacity: int, seed: int) -> Experience:
    """Transition i takes action i; its features are whole numbers, whose sums are exact."""
    experience = Experience(capacity, inputs=2, features=3, actions=4)
    random = np.random.default_rng(seed)
    experience.add(
        inputs=random.random((count, 2)),
        action=np.arange(count),
        features=random.integers(-50, 50, (count, 3)),
        terminated=random.integers(2, size=count),
        next_inputs=random.random((count, 2)),
        next_prior=random.random((count, 4)),
    )
    return experience


@given(theta=st.tuples(whole, whole, whole), other=st.tuples(whole, whole, whole), seed=st.integers(0, 2**32 - 1))
def test_relabelling_equals_recollecting(theta: tuple[int, ...], other: tuple[int, ...], seed: int) -> None:
    relabelled, recollected = numbered(40, 40, 1), Experience(40, inputs=2, features=3, actions=4)
    relabelled.sample(16, np.array(other) * 0.1, np.random.default_rng(0))
    recollected.add(**relabelled.columns)
    first, second = (
        experience.sample(16, np.array(theta, float), np.random.default_rng(seed))
        for experience in (relabelled, recollected)
    )
    assert first.reward.numpy().tobytes() == second.reward.numpy().tobytes()
    drawn = first.action.numpy()
    np.testing.assert_array_equal(first.reward.numpy(), relabelled.columns["features"][drawn] @ np.array(theta))
    # Everything else of a row stays together with its action.
    for name in ("inputs", "terminated", "next_inputs", "next_prior"):
        np.testing.assert_array_equal(getattr(first, name).numpy(), relabelled.columns[name][drawn])


@given(chunks=st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_the_last_transitions_are_kept(chunks: list[int]) -> None:
    experience, added = Experience(5, inputs=2, features=3, actions=4), 0
    for count in chunks:
        columns = {name: column for name, column in numbered(count, count, 0).columns.items() if name != "action"}
        experience.add(action=np.arange(added, added + count), **columns)
        added += count
    kept = experience.columns["action"][: len(experience)]
    assert sorted(kept) == list(range(max(0, added - 5), added))


def test_sampling_draws_all_that_is_kept_and_nothing_else() -> None:
    experience = numbered(7, 30, 2)
    drawn = experience.sample(2000, ZERO, np.random.default_rng(0)).action.numpy()
    assert set(drawn.tolist()) == set(range(7))


@pytest.mark.parametrize("before", [0, 7])
def test_restored_learning_goes_on_with_the_same_bits(before: int) -> None:
    first, second = learner(0), learner(1)
    first.learn(RIGHT_PLEASE, before)
    second.learn(RIGHT_PLEASE, 3)
    state = first.state()
    kept = {name: array.tobytes() for name, array in state.items()}

    def go_on(dqn: ResidualDqn) -> float:
        Scouts(TASK, 16, 5).explore(dqn.policy(), 3, dqn)
        return dqn.learn(RIGHT_PLEASE * 2, 5)

    loss = go_on(first)
    # What was handed out stays what it was, though the ring has been overwritten since.
    assert {name: array.tobytes() for name, array in state.items()} == kept
    second.restore(state)
    assert bits(second) == kept
    assert go_on(second) == loss
    assert bits(second) == bits(first)
    assert second.policy().snapshot.hash == first.policy().snapshot.hash


def test_the_snapshot_counts_updates_and_keeps_the_prior() -> None:
    dqn = learner()
    dqn.learn(ZERO, 4)
    dqn.learn(ZERO, 3)
    snapshot = dqn.snapshot(9, {"method": "mereq", "cause": "e0-s3"})
    maker = snapshot.maker
    assert (snapshot.version, snapshot.kind, maker.updates, maker.cause) == (9, "residual-dqn", 7, "e0-s3")
    assert (maker.gamma, maker.alpha, maker.omega) == (0.95, 0.05, 1.0)
    for name, tensor in prior().snapshot.tensors.items():
        np.testing.assert_array_equal(snapshot.tensors[name], tensor)


def test_the_pulse_is_felt_every_ten_updates() -> None:
    pulses: list[int] = []
    dqn = learner()
    dqn.learn(ZERO, 35, lambda: pulses.append(dqn.updates))
    assert len(pulses) == 3
