"""What a task's priors and experts are trained with."""

from dataclasses import replace

from mereq_teleop.agents import soft_dqn
from mereq_teleop.agents.soft_dqn import SoftDqnConfig
from mereq_teleop.agents.train_sac import RECIPES, SacTraining
from mereq_teleop.agents.unlearned import GAMMA
from mereq_teleop.envs.card import TaskCard

__all__ = ["dqn_recipe", "sac_recipe"]


def dqn_recipe(card: TaskCard) -> SoftDqnConfig:
    """For named actions; a user's own task is slower, and its rewards may be of any scale."""
    if not card.source:
        return soft_dqn.RECIPES.get(card.name, SoftDqnConfig())
    return SoftDqnConfig(
        steps=100_000,
        worlds=16,
        updates_per_sweep=4,
        replay=100_000,
        warm_up=2_000,
        gamma=GAMMA,
        alpha=card.alpha,
        hidden=(64, 64),
        learning_rate=1e-3,
        first_value=0.0,
    )


def sac_recipe(card: TaskCard) -> SacTraining:
    """For continuous actions; a user's own task gets that of the arm, with less discount."""
    if not card.source:
        return RECIPES.get(card.name, SacTraining())
    return replace(RECIPES["pusher"], gamma=GAMMA, alpha=card.alpha, hidden=(64, 64))
