"""Laws of the training for every theta: the known optimum at each, the same bits if cut, the prior before it begins."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mereq_teleop.agents import conditioned_sac
from mereq_teleop.agents.conditioned_sac import ConditionedSac, ConditionedSacConfig
from mereq_teleop.agents.foresight_sac import ContinuousForesight
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.soft_actor_critic import critic_loss, lesser
from tests.agents.linear_quadratic import CARD, GRID, gain_of, observe, riccati
from tests.agents.linear_quadratic import prior as linear

PRIOR = (-1.0, -0.5)
BATCH = 64
CONFIG = ConditionedSacConfig(
    sweeps=400,
    worlds=BATCH,
    warm_up_sweeps=40,
    updates_per_sweep=4,
    head_start=100,
    hidden=(48, 48),
    actor_rate=3e-3,
    critic_rate=3e-3,
    tau=0.02,
)
SMALL = replace(CONFIG, sweeps=12, warm_up_sweeps=2, updates_per_sweep=2, head_start=8, hidden=(8, 8), batch=16)


class Line:
    """The scouts of the linear-quadratic world: random forces at random places."""

    def __init__(self, task: str, worlds: int, seed: int) -> None:
        self._worlds, self._random = worlds, np.random.default_rng(seed)

    def explore(self, policy: AnyPolicy, sweeps: int, memory: ConditionedSac) -> None:
        for _ in range(sweeps):
            observe(memory, self._worlds, int(self._random.integers(2**31)))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditioned_sac, "Scouts", Line)


def prior() -> GaussianPolicy:
    """The prior's line by a network with hidden units: relu(x) - relu(-x) = x, the other units idle at first."""
    given = linear(PRIOR).snapshot
    slope, bias = given.tensors["actor.0.weight"][0], given.tensors["actor.0.bias"]
    into, out = np.zeros((1, 32), np.float32), np.zeros((32, 2), np.float32)
    into[0, :2], out[0], out[1] = (1, -1), slope, -slope
    layers = {"actor.0.weight": into, "actor.0.bias": np.zeros(32, np.float32)}
    layers |= {"actor.1.weight": out, "actor.1.bias": bias}
    scaling = {name: given.tensors[name] for name in ("input.shift", "input.scale")}
    box = replace(CARD, features=tuple(replace(feature, wanted=False, reach=2.0) for feature in CARD.features))
    return GaussianPolicy(PolicySnapshot(0, "sac", given.maker, {**scaling, **layers}), box)


def trained(config: ConditionedSacConfig, seed: int) -> ConditionedSac:
    trainer = ConditionedSac(prior(), config, seed)
    trainer.advance(1e9)
    return trainer


def at(trainer: ConditionedSac, theta: tuple[float, float]) -> GaussianPolicy:
    foresight = ContinuousForesight(trainer.prior, trainer.foretelling)
    foresight.learn(np.array(theta), 0)
    return foresight.policy()


@pytest.mark.slow
def test_one_training_finds_the_gain_of_every_summed_reward() -> None:
    trainer = trained(CONFIG, 0)
    assert gain_of(at(trainer, (0.0, 0.0))) == gain_of(prior())
    for theta in ((-1.5, 0.0), (-1.0, 0.0), (0.0, -1.0), (-1.0, -1.0)):
        gain, _ = riccati((PRIOR[0] + theta[0], PRIOR[1] + theta[1]))
        assert gain_of(at(trainer, theta)) == pytest.approx(gain, rel=0.12), theta


def test_the_clock_decides_how_much_is_trained_at_once_and_nothing_else() -> None:
    in_slices, slices = ConditionedSac(prior(), SMALL, 3), 0
    while not in_slices.done:
        in_slices.advance(1e-9)
        slices += 1
    assert slices == SMALL.sweeps
    at_once, other = trained(SMALL, 3), trained(SMALL, 4)
    for name, array in at_once.foretelling.arrays().items():
        np.testing.assert_array_equal(in_slices.foretelling.arrays()[name], array)
    assert any(
        not np.array_equal(array, other.foretelling.arrays()[name])
        for name, array in at_once.foretelling.arrays().items()
    )


def test_the_critics_have_a_head_start() -> None:
    held = trained(replace(SMALL, head_start=1_000), 0)
    np.testing.assert_array_equal(at(held, (-1.0, -1.0)).act(GRID), prior().act(GRID))
    assert not np.array_equal(at(trained(SMALL, 0), (-1.0, -1.0)).act(GRID), prior().act(GRID))


def test_weights_of_a_row_s_own_are_those_of_all_where_they_are_alike() -> None:
    random = torch.Generator().manual_seed(0)
    q, target = torch.randn(8, 2, 3, generator=random), torch.randn(8, 3, generator=random)
    weights = torch.tensor([0.5, -1.0, 1.0])
    for ours, theirs in zip(lesser(q, weights.repeat(8, 1)), lesser(q, weights), strict=True):
        torch.testing.assert_close(ours, theirs)
    every, each = critic_loss(q, target, weights, 0.1), critic_loss(q, target, weights.repeat(8, 1), 0.1)
    torch.testing.assert_close(each, every)
