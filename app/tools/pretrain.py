"""Train priors, experts and instant learners."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Pretrain"]


@dataclass(frozen=True, kw_only=True)
class Pretrain:
    """Train a prior or an expert from nothing, or from another policy."""

    env: str = "highway"
    """World whose reward is learned, by any key or gymnasium id."""
    algorithm: Literal["dqn_me", "sac", "sac_residual", "sac_conditioned"] | None = None
    """dqn_me (max-ent DQN) for named actions; for continuous ones sac, sac_residual (an expert, from the prior), or
    sac_conditioned (what mereq-instant answers by)."""
    preference: str | None = None
    """Train an expert: add this preference's residual reward (`mereq envs` lists them)."""
    steps: int | None = None
    """Control steps of experience; the recipe's own by default."""
    seed: int = 0
    """Seed of traffic, exploration and the network's first weights."""
    start: Path | None = None
    """Policy to start from (.safetensors)."""
    gamma: float | None = None
    """Discount a control step; the recipe's own by default."""
    learning_rate: float | None = None
    """Adam's first step size, for discrete tasks; the recipe's own by default."""
    out: Path = Path("policy.safetensors")
    """Where the policy goes; its card goes beside it as .json."""

    def run(self) -> int:
        """Train, evaluate on 1,000 episodes, write the policy and its card."""
        from mereq_teleop.app.pretrain import Training, pretrain

        training = Training(
            env=self.env,
            algorithm=self.algorithm,
            preference=self.preference,
            seed=self.seed,
            start=self.start,
            steps=self.steps,
            gamma=self.gamma,
            learning_rate=self.learning_rate,
        )
        return pretrain(training, self.out)
