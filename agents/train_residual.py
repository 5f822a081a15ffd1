"""Residual policies that are told their weights: residual SAC or residual soft DQN from the prior.

An expert that was trained from nothing does many things otherwise that have nothing to do with its preference: wherever
two actions are as good, it is chance which one it takes. One that starts from the prior keeps the prior's ways there,
and differs in what it prefers.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.learner import joined, part_of
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.recipes import residual_sac_recipe
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.residual_sac import ResidualSac
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.agents.training_run import Progress, SweepRun, finished

__all__ = ["DISCRETE", "ResidualRun", "ResidualTraining", "train_residual"]


@dataclass(frozen=True, kw_only=True)
class ResidualTraining:
    """A residual policy on many worlds side by side."""

    steps: int = 64_000
    """Control steps of experience."""
    worlds: int = 64
    """Worlds stepped side by side."""
    warm_up: int = 5_120
    """Control steps of the prior before the first gradient step."""
    updates_per_sweep: int = 16
    """Gradient steps for each step of all worlds."""
    final_rate: float = 0.05
    """Share of the step sizes that is left at the end, reached linearly in steps."""


DISCRETE = ResidualTraining(steps=128_000, updates_per_sweep=8)
"""What a discrete task's are trained with."""
NETWORK = ResidualConfig(hidden=(128, 128), capacity=100_000)


class ResidualRun(SweepRun):
    """Customises a prior to its reward + theta . f."""

    def __init__(
        self, prior: Policy | GaussianPolicy, config: ResidualTraining, seed: int, theta: Sequence[float]
    ) -> None:
        super().__init__(config.steps // config.worlds, config.worlds)
        self.config, self.theta = config, np.asarray(theta, float)
        self._trainer: ResidualDqn | ResidualSac
        if isinstance(prior, Policy):
            self._trainer = ResidualDqn(prior, NETWORK, seed)
        else:
            self._trainer = ResidualSac(prior, residual_sac_recipe(prior.card), seed)
        self._scouts = Scouts(prior.card.name, config.worlds, seed)

    def _sweep(self, sweep: int) -> None:
        config, trainer = self.config, self._trainer
        after = self._scouts.explore(trainer.policy(), 1, trainer)
        assert after is not None
        self.returns.add(after.reward + after.features @ self.theta, after.terminated | after.truncated)
        warm_up = config.warm_up // config.worlds
        if sweep < warm_up:
            return
        share = 1 - (1 - config.final_rate) * (sweep - warm_up) / (self._sweeps - warm_up)
        if isinstance(trainer, ResidualDqn):
            trainer.q.set_learning_rate(share * NETWORK.learning_rate)
        else:
            trainer.sac.slow_down(share)
        self._count(trainer.learn(self.theta, config.updates_per_sweep), config.updates_per_sweep)
        self.updates = trainer.updates

    def snapshot(self) -> PolicySnapshot:
        """The policy as it stands."""
        method = "dqn_residual" if isinstance(self._trainer, ResidualDqn) else "sac_residual"
        return self._trainer.snapshot(0, {"method": method})

    def _state(self) -> dict[str, np.ndarray]:
        return joined(trainer=self._trainer.state(), scouts=self._scouts.state())

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self._trainer.restore(part_of(state, "trainer."))
        self._scouts.restore(part_of(state, "scouts."))


def train_residual(
    prior: Policy | GaussianPolicy,
    config: ResidualTraining,
    seed: int,
    theta: Sequence[float],
    progress: Progress = lambda done, total: None,
) -> tuple[PolicySnapshot, float]:
    """Customise a prior to its reward + theta . f; the policy and the seconds that it took."""
    began = time.process_time()
    snapshot = finished(ResidualRun(prior, config, seed, theta), progress)
    return snapshot, time.process_time() - began
