"""Experts of continuous tasks: residual SAC from the prior, told the true weights.

An expert that was trained from nothing does many things otherwise that have nothing to do with its preference: wherever
two actions are as good, it is chance which one it takes. One that starts from the prior keeps the prior's ways there,
and differs in what it prefers.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.residual_sac import ResidualSac, ResidualSacConfig
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.agents.soft_dqn import Progress

__all__ = ["ResidualTraining", "train_residual"]


@dataclass(frozen=True, kw_only=True)
class ResidualTraining:
    """Residual SAC on many worlds side by side."""

    steps: int = 64_000
    """Control steps of experience."""
    worlds: int = 64
    """Worlds stepped side by side."""
    warm_up: int = 5_120
    """Control steps of the prior before the first gradient step."""
    updates_per_sweep: int = 16
    """Gradient steps for each step of all worlds."""
    final_rate: float = 0.05
    """Share of both step sizes that is left at the end, reached linearly in steps."""


def train_residual(
    prior: GaussianPolicy,
    config: ResidualTraining,
    seed: int,
    theta: Sequence[float],
    progress: Progress = lambda done, total: None,
) -> tuple[PolicySnapshot, float]:
    """Customise a prior to its reward + theta . f; the policy and the seconds that it took."""
    began = time.process_time()
    trainer = ResidualSac(prior, ResidualSacConfig(), seed)
    scouts = Scouts(prior.card.name, config.worlds, seed)
    scouts.explore(trainer.policy(), config.warm_up // config.worlds, trainer)
    sweeps = (config.steps - config.warm_up) // config.worlds
    for sweep in range(sweeps):
        scouts.explore(trainer.policy(), 1, trainer)
        trainer.sac.slow_down(1 - (1 - config.final_rate) * sweep / sweeps)
        trainer.learn(np.asarray(theta, float), config.updates_per_sweep)
        progress(config.warm_up + (sweep + 1) * config.worlds, config.warm_up + sweeps * config.worlds)
    return trainer.snapshot(0, {"method": "sac_residual"}), time.process_time() - began
