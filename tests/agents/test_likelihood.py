"""Laws of the posterior over theta, on a driver whose likelihood can be written down."""

import msgspec
import numpy as np
import pytest
import torch
from jaxtyping import Float32
from torch import Tensor

import mereq_teleop.agents.likelihood as likelihood_module
from mereq_teleop.agents.conditioned import ConditionedQ
from mereq_teleop.agents.densities import Columns, NamedActions
from mereq_teleop.agents.likelihood import ActionLikelihood, LikelihoodConfig, Posterior
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.sessions.records import Authority, Segment
from tests.agents.made import CARD, MAKER, RIGHT, session

P, H = Authority.POLICY, Authority.HUMAN
ACTIONS, FEATURES = len(CARD.actions), len(CARD.features)
WORTH = 0.1 * np.random.default_rng(3).standard_normal((ACTIONS, FEATURES))
"""psi(x, u; theta) of the made-up driver: the same everywhere and for every theta."""
PLAIN = LikelihoodConfig(slip=0.0, tempering=1.0)


def indifferent() -> Policy:
    """A prior to which all actions are the same."""
    tensors = {
        "input.shift": np.zeros(CARD.inputs, np.float32),
        "input.scale": np.ones(CARD.inputs, np.float32),
        "prior.0.weight": np.zeros((CARD.inputs, ACTIONS), np.float32),
        "prior.0.bias": np.zeros(ACTIONS, np.float32),
    }
    return Policy(PolicySnapshot(0, "dqn", MAKER, tensors), CARD)


def driver() -> ConditionedQ:
    q = ConditionedQ(CARD, (4,), torch.Generator())
    for layer in (module for module in q.net if isinstance(module, torch.nn.Linear)):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    with torch.no_grad():
        q.net[-1].bias.copy_(torch.from_numpy(WORTH.ravel()))  # type: ignore[operator]
    return q


def log_posterior(theta: np.ndarray, taken: list[int], config: LikelihoodConfig) -> float:
    """The definition, in float64: a multinomial logit."""
    logits = WORTH @ theta / MAKER.alpha
    log_pi = logits - np.log(np.exp(logits).sum())
    told = sum(np.log((1 - config.slip) * np.exp(log_pi[u]) + config.slip / ACTIONS) for u in taken)
    return float(-0.5 * np.sum((theta / config.spread) ** 2) + config.tempering * told)


def derivatives(theta: np.ndarray, taken: list[int], config: LikelihoodConfig) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and Hessian by central differences."""
    step, eye = 1e-4, np.eye(FEATURES)

    def gradient(at: np.ndarray) -> np.ndarray:
        ends = [[log_posterior(at + sign * step * axis, taken, config) for axis in eye] for sign in (1, -1)]
        slopes: np.ndarray = (np.array(ends[0]) - np.array(ends[1])) / (2 * step)
        return slopes

    hessian = [(gradient(theta + step * axis) - gradient(theta - step * axis)) / (2 * step) for axis in eye]
    return gradient(theta), np.array(hessian)


def driven(*spans: int) -> list[Segment]:
    """Sessions in which the human goes right for so many steps after the policy's first two."""
    return session(*[[P] * 2 + [H] * span for span in spans])


def taken_in(segments: list[Segment]) -> list[int]:
    return [int(str(step.decision.executed)) for one in segments if one.authority is H for step in one.transitions]


def test_without_an_action_it_is_what_was_assumed() -> None:
    found = ActionLikelihood(NamedActions(driver(), indifferent())).posterior(
        session([P] * 5), np.array([0.1, 0.2, 0.3])
    )
    np.testing.assert_array_equal(found.mode, np.zeros(FEATURES))
    np.testing.assert_allclose(found.deviation, [0.5 * feature.reach for feature in CARD.features])


@pytest.mark.parametrize("config", [PLAIN, LikelihoodConfig(), LikelihoodConfig(slip=0.3, tempering=0.5)])
def test_the_mode_is_a_maximum_and_the_precision_its_curvature(config: LikelihoodConfig) -> None:
    segments = driven(7, 7)
    found = ActionLikelihood(NamedActions(driver(), indifferent()), config).posterior(segments, np.zeros(FEATURES))
    gradient, hessian = derivatives(found.mode, taken_in(segments), config)
    inside = found.mode < 0  # The first weight may stand at its bound, 0: nobody wants to crash.
    inside[1:] = np.abs(found.mode[1:]) < 1
    np.testing.assert_allclose(gradient[inside], 0.0, atol=0.05)
    np.testing.assert_allclose(found.precision, -hessian, atol=0.05)
    assert found.height == pytest.approx(log_posterior(found.mode, taken_in(segments), config), abs=0.01)


def test_more_actions_say_more() -> None:
    one, two = (
        ActionLikelihood(NamedActions(driver(), indifferent()), PLAIN).posterior(driven(*spans), np.zeros(FEATURES))
        for spans in ((7,), (7, 7))
    )
    for found, before in ((two, one.precision), (one, np.diag(one.deviation * 0 + PLAIN.spread**-2))):
        assert np.linalg.slogdet(found.precision)[1] > np.linalg.slogdet(before)[1]
    assert WORTH[RIGHT] @ two.mode > WORTH[RIGHT] @ one.mode > 0


def test_the_policys_own_steps_say_nothing() -> None:
    likelihood = ActionLikelihood(NamedActions(driver(), indifferent()))
    with_policy, alone = driven(7), [one for one in driven(7) if one.authority is H]
    np.testing.assert_array_equal(
        likelihood.posterior(with_policy, np.zeros(FEATURES)).mode,
        likelihood.posterior(alone, np.zeros(FEATURES)).mode,
    )


def test_what_was_taken_back_says_nothing_any_more() -> None:
    likelihood, start = ActionLikelihood(NamedActions(driver(), indifferent())), np.zeros(FEATURES)
    before = likelihood.posterior(driven(7), start)
    likelihood.posterior(driven(7, 7), start)
    np.testing.assert_array_equal(likelihood.posterior(driven(7), start).mode, before.mode)


class Counting(NamedActions):
    """Remembers how many steps times thetas were looked at together, and in all."""

    most = total = 0

    def log_prob(self, thetas: Float32[Tensor, "m f"], columns: Columns) -> Float32[Tensor, "m n"]:
        self.most = max(self.most, len(thetas) * len(columns[0]))
        self.total += len(thetas) * len(columns[0])
        return super().log_prob(thetas, columns)


def long_session(steps: int) -> list[Segment]:
    """A human who goes right for five steps, again and again."""
    (correction,) = (segment for segment in driven(5) if segment.authority is H)
    return [msgspec.structs.replace(correction, id=f"e{number}-s2") for number in range(steps // 5)]


def found_in(segments: list[Segment], config: LikelihoodConfig) -> tuple[Posterior, Counting]:
    density = Counting(driver(), indifferent())
    likelihood = ActionLikelihood(density, config)
    likelihood.posterior(segments, np.zeros(FEATURES))
    density.most = density.total = 0
    return likelihood.posterior(segments, np.zeros(FEATURES)), density


def test_block_by_block_is_the_same_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    segments = long_session(300)
    at_once, _ = found_in(segments, LikelihoodConfig())
    monkeypatch.setattr(likelihood_module, "ROWS", 64)
    in_blocks, density = found_in(segments, LikelihoodConfig())
    np.testing.assert_allclose(in_blocks.mode, at_once.mode, atol=1e-4)
    np.testing.assert_allclose(in_blocks.precision, at_once.precision, rtol=1e-3, atol=1e-2)
    assert density.most <= 64


def test_a_long_session_takes_no_longer_than_its_bound_and_finds_the_same() -> None:
    segments = long_session(1000)
    whole, looked_at_all = found_in(segments, LikelihoodConfig())
    bounded, looked_at = found_in(segments, LikelihoodConfig(most_steps=100))
    assert looked_at.total < looked_at_all.total / 5
    np.testing.assert_allclose(bounded.mode, whole.mode, atol=0.02)
    np.testing.assert_allclose(bounded.precision, whole.precision, rtol=0.02)
    # Up to the bound nothing is left out.
    short, exact = (found_in(segments[:100], LikelihoodConfig(most_steps=most))[0] for most in (10_000, 500))
    np.testing.assert_array_equal(short.mode, exact.mode)
    np.testing.assert_array_equal(short.precision, exact.precision)
