"""From a training to the run that does it."""

from dataclasses import replace
from typing import Final, TypeVar

from mereq_teleop.agents import soft_dqn, train_sac
from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.soft_dqn import SoftDqnConfig, SoftDqnRun
from mereq_teleop.agents.train_residual import DISCRETE, ResidualRun, ResidualTraining
from mereq_teleop.agents.train_sac import SacRun, SacTraining
from mereq_teleop.agents.training_run import SweepRun
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.training.request import Training
from mereq_teleop.envs.card import TaskCard

__all__ = ["LEAST_SWEEPS", "notice", "own_run", "usual_steps"]

USUAL: Final = 10_000
"""Control steps under which a recipe's warm-up would be most of it."""
LEAST_SWEEPS: Final = 8

Recipe = TypeVar("Recipe", SoftDqnConfig, SacTraining, ResidualTraining)


def usual_steps(algorithm: str, card: TaskCard) -> int:
    """Control steps of an algorithm's recipe for a task."""
    return _recipe(algorithm, card).steps


def own_run(training: Training, start: PolicySnapshot | None) -> SweepRun:
    """The run of a training of ours, at its first step.

    Raises:
        Usage: a number is out of range, or not for the algorithm.
    """
    recipe, card = _recipe(training.algorithm, training.card), training.card
    if isinstance(recipe, ResidualTraining):
        _refuse(training, "gamma", "is the prior's own")
        _refuse(training, "learning_rate", "is not")
        assert start is not None
        prior = policy_of(start, card)
        return ResidualRun(prior, _shortened(recipe, training.steps), training.seed, training.theta)
    recipe = replace(recipe, gamma=recipe.gamma if training.gamma is None else training.gamma)
    if not 0 < recipe.gamma < 1:
        raise Usage(f"--gamma is {recipe.gamma}: it must lie between 0 and 1")
    if isinstance(recipe, SacTraining):
        if training.learning_rate is not None:
            raise Usage("--learning-rate is not for our SAC, which has one rate for the actor and one for the critics")
        sac = _shortened(recipe, training.steps)
        # For fewer steps than usual, what is given must not be held until the end.
        most = (sac.steps - sac.warm_up) // sac.worlds * sac.updates_per_sweep // 4
        sac = replace(sac, head_start=min(sac.head_start, most)) if sac.warm_up < recipe.warm_up else sac
        return SacRun(training.env, sac, training.seed, start, training.theta)
    if training.learning_rate is not None:
        recipe = replace(recipe, learning_rate=training.learning_rate)
    return SoftDqnRun(training.env, _shortened(recipe, training.steps), training.seed, start, training.theta)


def notice(training: Training) -> str:
    """A line on what is done otherwise for few steps; empty where they are enough."""
    recipe = _recipe(training.algorithm, training.card)
    if training.engine == "sb3" or not _few(recipe, training.steps):
        return ""
    begins = min(recipe.warm_up, training.steps // 4)
    return f"few steps: learning begins after {begins:,} of them, not {recipe.warm_up:,}"


def _few(recipe: SoftDqnConfig | SacTraining | ResidualTraining, steps: int) -> bool:
    return steps < max(USUAL, 2 * recipe.warm_up)


def _recipe(algorithm: str, card: TaskCard) -> SoftDqnConfig | SacTraining | ResidualTraining:
    if algorithm == "dqn_me":
        return soft_dqn.RECIPES.get(card.name, SoftDqnConfig())
    if algorithm == "sac":
        return train_sac.RECIPES.get(card.name, SacTraining())
    return DISCRETE if card.discrete else ResidualTraining()


def _refuse(training: Training, name: str, why: str) -> None:
    if getattr(training, name) is not None:
        raise Usage(f"--{name.replace('_', '-')} {why} with --algorithm {training.algorithm}: leave it out")


def _shortened(recipe: Recipe, steps: int) -> Recipe:
    """The recipe with so many steps; where these are few, it warms up for a quarter of them."""
    least = LEAST_SWEEPS * recipe.worlds
    if steps < least:
        raise Usage(
            f"--steps is {steps}: it must be at least {least}, {LEAST_SWEEPS} of each of {recipe.worlds} worlds"
        )
    if not _few(recipe, steps):
        return replace(recipe, steps=steps)
    return replace(recipe, steps=steps, warm_up=min(recipe.warm_up, steps // 4))
