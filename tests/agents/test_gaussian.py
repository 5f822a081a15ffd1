"""Laws of a squashed Gaussian that drives: its equations, the same bits for every batch, and what it refuses."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.gaussian import EDGE, LOG_STD_LIMITS, GaussianPolicy
from mereq_teleop.agents.kernels import squash
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicyKind, PolicySnapshot
from mereq_teleop.agents.soft_actor_critic import actor_of, squashed_log_prob
from mereq_teleop.envs.card import Axis, Feature, TaskCard
from tests.agents import made
from tests.agents.linear_quadratic import maker

PLANE = TaskCard(
    name="line",
    title="Two axes of unlike limits",
    ids={"line": "Line-v0"},
    features=(Feature(name="one", unit="none", meaning="one"),),
    axes=(Axis(name="x", unit="m", low=-0.1, high=0.3), Axis(name="y", unit="m", low=2.0, high=5.0)),
    neutral_action=(0.0, 3.0),
    keys={},
    control_rate_hz=1.0,
    frames_per_step=1,
    horizon_steps=20,
    observation_shape=(3,),
    batch="",
    encoder="tests.agents.linear_quadratic:encode",
    inputs=3,
    prior="",
)
OBS = np.random.default_rng(1).standard_normal((200, 3)).astype(np.float32)


def snapshot(seed: int = 0, kind: PolicyKind = "sac", sizes: tuple[int, ...] = (3, 16, 4)) -> PolicySnapshot:
    random = np.random.default_rng(seed)
    tensors = {
        "input.shift": random.standard_normal(3).astype(np.float32),
        "input.scale": random.uniform(0.5, 2, 3).astype(np.float32),
        **made.network("actor", sizes, random),
    }
    return PolicySnapshot(0, kind, maker(), tensors)


def policy(seed: int = 0) -> GaussianPolicy:
    return GaussianPolicy(snapshot(seed), PLANE)


def constant(mean: float, log_std: float) -> GaussianPolicy:
    """The same Gaussian on both axes wherever one is."""
    bias = np.array([mean, mean, log_std, log_std], np.float32)
    tensors = {**snapshot().tensors, "actor.1.weight": np.zeros((16, 4), np.float32), "actor.1.bias": bias}
    return GaussianPolicy(PolicySnapshot(0, "sac", maker(), tensors), PLANE)


@pytest.mark.parametrize("seed", range(3))
def test_bits_do_not_depend_on_the_batch(seed: int) -> None:
    together = policy(seed).act(OBS)
    assert together.dtype == np.float64
    for size in (1, 2, 3, 7, 64):
        parts = [policy(seed).act(OBS[at : at + size]) for at in range(0, len(OBS), size)]
        assert np.concatenate(parts).tobytes() == together.tobytes()


@given(x=st.floats(-1e300, 1e300) | st.floats(-30, 30) | st.floats(-1e-6, 1e-6))
def test_squash_is_tanh_without_the_c_library(x: float) -> None:
    out = np.empty((1, 1))
    squash(np.array([[x]]), out)
    assert out[0, 0] == pytest.approx(math.tanh(x), rel=1e-15, abs=1e-320)
    assert abs(out[0, 0]) <= 1


def test_the_mean_action_is_in_the_environments_units() -> None:
    mean, _ = policy().gaussian(OBS)
    wanted = np.array([-0.1, 2.0]) + (np.tanh(mean) + 1) / 2 * np.array([0.4, 3.0])
    np.testing.assert_allclose(policy().act(OBS), wanted, rtol=1e-12)
    for extreme in (-50.0, 50.0):
        action = constant(extreme, 0.0).act(OBS[:1])[0]
        assert PLANE.allows(tuple(action.tolist()))
        np.testing.assert_array_equal(action, [-0.1, 2.0] if extreme < 0 else [0.3, 5.0])


@given(unit=st.tuples(st.floats(-1, 1), st.floats(-1, 1)))
def test_an_action_comes_back_from_its_units(unit: tuple[float, float]) -> None:
    action = policy().in_units(np.array([unit]))
    np.testing.assert_allclose(policy().normalised_action(action), [unit], atol=1e-14)


@pytest.mark.parametrize("mean", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("log_std", [-3.0, -1.0, 0.0])
def test_the_density_of_the_normalised_action_integrates_to_one(mean: float, log_std: float) -> None:
    # Even steps of z crowd the points where the density is sharp; beyond the clipped edge there is next to nothing.
    edge = math.atanh(1 - EDGE)
    u = np.tanh(np.linspace(-edge, edge, 4001))
    action = policy().in_units(np.stack((u, np.full_like(u, math.tanh(mean))), axis=1))
    density = np.exp(constant(mean, log_std).log_prob(np.repeat(OBS[:1], len(u), axis=0), action))
    # The other axis stands still at its own mean, where its density is known.
    still = 1 / (math.sqrt(2 * math.pi) * math.exp(log_std) * (1 - math.tanh(mean) ** 2))
    assert np.trapezoid(density, u) / still == pytest.approx(1.0, abs=5e-3)


@pytest.mark.parametrize("log_std", LOG_STD_LIMITS)
def test_the_log_density_is_finite_at_the_edges_and_outside(log_std: float) -> None:
    actions = np.array([[-0.1, 2.0], [0.3, 5.0], [-9.0, 1e9], [0.3, 2.0]])
    log_prob = constant(0.3, log_std).log_prob(np.repeat(OBS[:1], 4, axis=0), actions)
    assert np.isfinite(log_prob).all()
    # What is clipped has the density of the clip.
    inside = policy().in_units(np.array([[1 - EDGE, 1 - EDGE]]))
    assert log_prob[1] == pytest.approx(constant(0.3, log_std).log_prob(OBS[:1], inside)[0], rel=1e-6)


def test_torch_gives_the_same_densities() -> None:
    mean, log_std = policy().gaussian(OBS)
    z = mean + np.exp(log_std) * np.random.default_rng(0).standard_normal(mean.shape)
    z = np.clip(z, -3, 3)
    actor, inputs = actor_of(snapshot().layers("actor")), torch.from_numpy(policy().normalised(OBS))
    found = actor.log_prob(inputs, torch.from_numpy(z).float()).detach().numpy()
    np.testing.assert_allclose(found, policy().log_prob(OBS, policy().in_units(np.tanh(z))), rtol=1e-3, atol=1e-3)


def test_torchs_density_neither_overflows_nor_loses_its_gradient_far_out() -> None:
    z = torch.tensor([[-40.0], [40.0]], requires_grad=True)
    log_prob = squashed_log_prob(z, torch.zeros(2, 1), torch.zeros(2, 1))
    log_prob.sum().backward()  # type: ignore[no-untyped-call]
    assert log_prob.isfinite().all()
    assert z.grad is not None
    # d/dz of -z^2/2 - log(1 - tanh(z)^2): -z +- 2.
    np.testing.assert_allclose(z.grad.numpy(), [[38.0], [-38.0]])


def test_log_std_is_clipped() -> None:
    for wild, limit in zip((-30.0, 30.0), LOG_STD_LIMITS, strict=True):
        assert (constant(0.0, wild).gaussian(OBS)[1] == limit).all()


def test_the_kind_of_a_snapshot_says_which_policy_drives() -> None:
    for kind in ("sac", "residual-sac"):
        driver = policy_of(snapshot(kind=kind), PLANE)
        assert isinstance(driver, GaussianPolicy)
        np.testing.assert_array_equal(driver.act(OBS), policy().act(OBS))
    assert isinstance(policy_of(made.snapshot(), made.CARD), Policy)
    with pytest.raises(BadPolicy, match="dqn policy has no continuous actions"):
        GaussianPolicy(made.snapshot(), made.CARD)


@pytest.mark.parametrize("sizes", [(3, 16, 2), (2, 16, 4), (3, 16, 5), (3,)])
def test_a_network_of_other_sizes_is_refused_with_the_sizes_that_fit(sizes: tuple[int, ...]) -> None:
    with pytest.raises(BadPolicy, match=r"needs 3 inputs and 4 outputs|needs the tensor 'actor.0.weight'") as caught:
        GaussianPolicy(snapshot(sizes=sizes), PLANE)
    assert "\n" not in str(caught.value)


def test_a_policy_of_another_task_is_refused_by_name() -> None:
    with pytest.raises(BadPolicy, match="'line', not for 'highway'"):
        policy_of(snapshot(), made.CARD)
