"""What a task's priors, experts and residual learners are trained with."""

from dataclasses import replace

from mereq_teleop.agents import residual_sac, soft_dqn, train_sac
from mereq_teleop.agents.residual_sac import ResidualSacConfig
from mereq_teleop.agents.soft_dqn import SoftDqnConfig
from mereq_teleop.agents.train_sac import SacTraining
from mereq_teleop.agents.unlearned import GAMMA
from mereq_teleop.envs.card import TaskCard

__all__ = ["dqn_recipe", "residual_sac_recipe", "sac_recipe"]


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
        return train_sac.RECIPES.get(card.name, SacTraining())
    return replace(train_sac.RECIPES["pusher"], gamma=GAMMA, alpha=card.alpha, hidden=(64, 64))


def residual_sac_recipe(card: TaskCard) -> ResidualSacConfig:
    """For what is learned on top of a prior with continuous actions, experts and learners alike."""
    return residual_sac.RECIPES.get("" if card.source else card.name, ResidualSacConfig())
