"""Laws of a policy that drives: the equations in float64, the same bits for every batch, and what it refuses."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.policy import Policy, soft_value
from mereq_teleop.agents.records import PolicyKind, PolicyMaker, PolicySnapshot
from tests.agents.made import CARD, MAKER, expert, network, observations, prior, snapshot

POLICIES: dict[str, Callable[[], Policy]] = {
    "prior": prior,
    "expert": expert,
    "residual": lambda: Policy(snapshot(1, residual=True), CARD),
}


def exact_q(policy: Policy, stem: str, obs: NDArray[np.float32]) -> NDArray[np.float64]:
    """One network's outputs, by numpy in float64."""
    tensors = {name: tensor.astype(np.float64) for name, tensor in policy.snapshot.tensors.items()}
    hidden = (policy.encoder(obs).astype(np.float64) - tensors["input.shift"]) * tensors["input.scale"]
    count = len(policy.snapshot.layers(stem))
    for i in range(count):
        hidden = hidden @ tensors[f"{stem}.{i}.weight"] + tensors[f"{stem}.{i}.bias"]
        hidden = np.maximum(hidden, 0) if i + 1 < count else hidden
    return hidden


@pytest.mark.parametrize("name", POLICIES)
def test_bits_do_not_depend_on_the_batch(name: str) -> None:
    policy, obs = POLICIES[name](), observations()
    inputs, preference, log_probs, action = (
        policy.normalised(obs),
        policy.preference(obs),
        policy.log_probs(obs),
        policy.act(obs),
    )
    for row in range(len(obs)):
        one = obs[row : row + 1]
        assert policy.normalised(one).tobytes() == inputs[row].tobytes()
        assert policy.preference(one).tobytes() == preference[row].tobytes()
        assert policy.log_probs(one).tobytes() == log_probs[row].tobytes()
        assert policy.act(one)[0] == action[row]


@pytest.mark.parametrize("name", ["prior", "expert"])
def test_a_plain_dqn_is_its_network(name: str) -> None:
    policy, obs = POLICIES[name](), observations()
    np.testing.assert_allclose(policy.preference(obs), exact_q(policy, "prior", obs), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("omega", [1.0, 0.25, 0.0])
def test_a_residual_policy_adds_its_q_to_omega_times_the_priors(omega: float) -> None:
    maker = PolicyMaker(task=CARD.name, method="made", gamma=0.95, alpha=0.05, omega=omega)
    policy, obs = Policy(snapshot(1, residual=True, maker=maker), CARD), observations()
    wanted = exact_q(policy, "residual", obs) + omega * exact_q(policy, "prior", obs)
    np.testing.assert_allclose(policy.preference(obs), wanted, rtol=1e-5, atol=1e-5)
    # The same policy as by RQL's formula: adding any V(x), as log pi0 does, moves no argmax.
    clear = np.diff(np.sort(wanted, axis=1)[:, -2:], axis=1)[:, 0] > 1e-4
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(policy.act(obs)[clear], wanted.argmax(axis=1)[clear])


@pytest.mark.parametrize("alpha_hat", [None, 0.4])
def test_log_probs_are_the_boltzmann_policy_of_the_preference(alpha_hat: float | None) -> None:
    maker = PolicyMaker(task=CARD.name, method="made", gamma=0.95, alpha=0.2, alpha_hat=alpha_hat)
    policy, obs = Policy(snapshot(2, residual=True, maker=maker), CARD), observations()
    log_probs = policy.log_probs(obs)
    np.testing.assert_allclose(np.exp(log_probs.astype(np.float64)).sum(axis=1), 1, atol=1e-4)
    exponent = policy.preference(obs).astype(np.float64) / (alpha_hat or 0.2)
    np.testing.assert_allclose(log_probs, exponent - np.logaddexp.reduce(exponent, axis=1)[:, None], atol=1e-4)
    np.testing.assert_array_equal(log_probs.argmax(axis=1), policy.act(obs))


def test_the_shipped_priors_probabilities_are_normalised() -> None:
    q = prior().preference(observations())
    np.testing.assert_allclose(np.exp(prior().log_probs(observations()).astype(np.float64)).sum(axis=1), 1, atol=1e-3)
    assert (soft_value(q, 0.05) >= q.max(axis=1) - 1e-5).all()


def test_a_policy_of_another_task_is_refused_by_name() -> None:
    other = PolicyMaker(task="lander", method="made", gamma=0.9, alpha=0.1)
    with pytest.raises(BadPolicy, match="'lander', not for 'highway'"):
        Policy(snapshot(maker=other), CARD)


@pytest.mark.parametrize("stem", ["prior", "residual"])
@pytest.mark.parametrize("sizes", [(50, 8, 5), (51, 8, 4), (51, 8, 8, 6), (51, 4)])
def test_a_network_of_other_sizes_is_refused_with_the_sizes_that_fit(stem: str, sizes: tuple[int, ...]) -> None:
    good = dict(snapshot(residual=True).tensors)
    tensors = {name: tensor for name, tensor in good.items() if not name.startswith(stem)}
    tensors |= network(stem, sizes, np.random.default_rng(0))
    with pytest.raises(BadPolicy, match=f"{stem} .*needs 51 inputs and 5 outputs"):
        Policy(PolicySnapshot(0, "residual-dqn", MAKER, tensors), CARD)


BROKEN: dict[str, dict[str, tuple[int, ...] | None]] = {
    "layers that do not join": {"prior.1.weight": (9, 5)},
    "a bias too long": {"prior.0.bias": (9,)},
    "a bias missing": {"prior.0.bias": None},
    "a weight that is a vector": {"prior.1.weight": (8,)},
    "a weight that is a number": {"prior.0.weight": ()},
    "a layer left out": {"prior.1.weight": None, "prior.2.weight": (8, 5), "prior.2.bias": (5,)},
    "a shift too short": {"input.shift": (50,)},
    "a scale for another batch": {"input.scale": (2, 51)},
}


@pytest.mark.parametrize("kind", ["dqn", "residual-dqn"])
@pytest.mark.parametrize("what", BROKEN)
def test_tensors_that_do_not_fit_each_other_are_refused_in_one_line(what: str, kind: PolicyKind) -> None:
    tensors = dict(snapshot(residual=kind == "residual-dqn").tensors)
    for name, shape in BROKEN[what].items():
        tensors.pop(name, None)
        if shape is not None:
            tensors[name] = np.zeros(shape, np.float32)
    with pytest.raises(BadPolicy) as caught:
        Policy(PolicySnapshot(0, kind, MAKER, tensors), CARD)
    assert "\n" not in str(caught.value)
