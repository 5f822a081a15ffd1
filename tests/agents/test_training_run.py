"""Laws of trainings that are stopped: taken up again they come to the same bits."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.agents.soft_dqn import SoftDqnConfig, SoftDqnRun
from mereq_teleop.agents.train_residual import ResidualRun, ResidualTraining
from mereq_teleop.agents.train_sac import SacRun, SacTraining
from mereq_teleop.agents.training_run import Returns, SweepRun
from mereq_teleop.envs import card

DQN = SoftDqnConfig(steps=256, worlds=8, batch=16, replay=500, warm_up=64, hidden=(16,))
SAC = SacTraining(steps=256, worlds=8, batch=16, replay=500, warm_up=64, hidden=(16,), updates_per_sweep=1)
RESIDUAL = ResidualTraining(steps=128, worlds=8, warm_up=32, updates_per_sweep=1)


def prior(task: str) -> Policy | GaussianPolicy:
    policy = shipped(card(task).prior, card(task))
    assert isinstance(policy, Policy | GaussianPolicy)
    return policy


def residual(task: str) -> SweepRun:
    return ResidualRun(prior(task), RESIDUAL, 3, card(task).preferences[0].theta)


RUNS: dict[str, Callable[[], SweepRun]] = {
    "dqn_me": lambda: SoftDqnRun("highway", DQN, 3),
    "dqn_me from the prior": lambda: SoftDqnRun("highway", DQN, 3, prior("highway").snapshot, (0.0, 0.5, 0.0)),
    "sac": lambda: SacRun("mountain-car", SAC, 3),
    "sac from the prior": lambda: SacRun("pusher", replace(SAC, head_start=4), 3, prior("pusher").snapshot),
    "dqn_residual": lambda: residual("highway"),
    "sac_residual": lambda: residual("pusher"),
}


def stopped(run: SweepRun, sweeps: int) -> SweepRun:
    """The run after so many sweeps."""
    left = iter(range(sweeps - 1))
    run.go_on(lambda: next(left, None) is not None)
    return run


@pytest.mark.parametrize("name", RUNS)
def test_a_training_that_was_stopped_comes_to_the_same_bits(name: str) -> None:
    whole = RUNS[name]()
    whole.go_on(lambda: True)
    half = stopped(RUNS[name](), 10)
    assert 0 < half.done < half.steps
    again = RUNS[name]()
    again.restore({name: array.copy() for name, array in half.state().items()})
    assert (again.done, again.updates) == (half.done, half.updates)
    again.go_on(lambda: True)
    assert again.done == again.steps == whole.done
    assert again.snapshot().hash == whole.snapshot().hash != half.snapshot().hash
    assert again.snapshot().maker == whole.snapshot().maker


def test_it_tells_of_the_loss_once_it_learns_and_then_anew() -> None:
    run = stopped(RUNS["dqn_me"](), 4)
    assert "loss" not in run.figures()
    run.go_on(lambda: True)
    assert run.figures()["loss"] > 0
    assert "loss" not in run.figures()


def test_a_residual_that_is_told_nothing_stays_the_prior() -> None:
    run = ResidualRun(prior("highway"), replace(RESIDUAL, updates_per_sweep=0), 0, (0.0, 1.0, 0.0))
    run.go_on(lambda: True)
    learned = run.snapshot()
    assert (learned.kind, learned.maker.method) == ("residual-dqn", "dqn_residual")
    obs = np.random.default_rng(0).normal(size=(50, 5, 5)).astype(np.float32)
    np.testing.assert_array_equal(Policy(learned, card("highway")).act(obs), prior("highway").act(obs))


def test_returns_are_the_mean_of_the_episodes_that_ended() -> None:
    returns = Returns(2)
    returns.add(np.array([1.0, 10.0]), np.array([False, True]))
    returns.add(np.array([2.0, 20.0]), np.array([True, False]))
    assert returns.take() == pytest.approx((3.0 + 10.0) / 2)
    assert returns.take() is None
    returns.add(np.array([5.0, 1.0]), np.array([True, True]))
    assert returns.take() == pytest.approx((5.0 + 21.0) / 2)
