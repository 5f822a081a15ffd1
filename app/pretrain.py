"""`mereq pretrain`: train, evaluate, write the policy and its card."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.evaluate import evaluate
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.recipes import dqn_recipe, sac_recipe
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import load_prior, shipped
from mereq_teleop.agents.soft_dqn import SoftDqnConfig, train_soft_dqn
from mereq_teleop.agents.train_residual import ResidualTraining, train_residual
from mereq_teleop.agents.train_sac import SacTraining, train_sac
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.policyfile import check_place, write_policy
from mereq_teleop.app.pretrain_instant import pretrain_instant
from mereq_teleop.app.progress import Bar
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id
from mereq_teleop.envs.card import TaskCard

__all__ = ["Algorithm", "Training", "pretrain"]

Algorithm = Literal["dqn_me", "sac", "sac_residual", "sac_conditioned"]
TITLES: Mapping[Algorithm, str] = {
    "dqn_me": "max-ent DQN",
    "sac": "SAC at a fixed temperature",
    "sac_residual": "residual SAC from the prior",
    "sac_conditioned": "residual SAC for every theta",
}


@dataclass(frozen=True, kw_only=True)
class Training:
    """What is trained; None leaves a number as the task's recipe has it."""

    env: str
    algorithm: Algorithm | None
    """None says what suits the task's actions."""
    preference: str | None
    """Adds the preference's residual reward."""
    seed: int
    start: Path | None
    steps: int | None
    gamma: float | None
    learning_rate: float | None


def pretrain(training: Training, out: Path) -> int:
    """Train on one core, write the policy and its card.

    Raises:
        BadPolicy: the policy to start from can't be read, or is of another task or shape.
        Usage: a number is out of range, or does not suit the algorithm, or the algorithm not the task.
        AppError: `out` can't be written.
    """
    check_place(out)
    card = card_of(training.env)
    algorithm = _algorithm(training, card)
    if algorithm == "sac_conditioned":
        torch.set_num_threads(1)
        return pretrain_instant(_prior(training, card), training.start, training.seed, out)
    theta = card.preference(training.preference).theta if training.preference else (0.0,) * len(card.features)
    torch.set_num_threads(1)
    snapshot, cpu_s = _train(training, algorithm, card, theta)
    found = evaluate(policy_of(snapshot, card), training.env, theta, card.episodes)
    facts = {
        "algorithm": TITLES[algorithm],
        "env": env_id(training.env),
        "theta": list(theta),
        "seed": training.seed,
        "start": str(training.start) if training.start else card.prior if algorithm == "sac_residual" else None,
        "updates": snapshot.maker.updates,
        "cpu_seconds": round(cpu_s, 1),
        "gamma": snapshot.maker.gamma,
        "alpha": snapshot.maker.alpha,
        "return": round(found.return_true, 2),
        **{name: rate for name in ("crash_rate", "success_rate") if (rate := getattr(found, name)) is not None},
        "features": {name: round(mean, 4) for name, mean in found.features.items()},
        "episodes": found.episodes,
        "hash": snapshot.hash,
    }
    write_policy(snapshot, facts, out)
    print(json.dumps(facts))
    return 0


def _algorithm(training: Training, card: TaskCard) -> Algorithm:
    """The one that was asked for, if it suits the task; else the task's own."""
    suited: tuple[Algorithm, ...] = ("dqn_me",) if card.discrete else ("sac", "sac_residual", "sac_conditioned")
    algorithm = training.algorithm or suited[0]
    if algorithm not in suited:
        kind = "named" if card.discrete else "continuous"
        raise Usage(f"--algorithm {algorithm} is not for {card.name}, which has {kind} actions: {', '.join(suited)}")
    if algorithm == "sac_residual" and training.preference is None:
        names = ", ".join(preference.name for preference in card.preferences)
        raise Usage(f"--algorithm sac_residual learns a preference: add --preference ({names})")
    if algorithm == "sac_conditioned":
        for flag in ("preference", "steps", "gamma", "learning_rate"):
            if getattr(training, flag) is not None:
                name = flag.replace("_", "-")
                raise Usage(f"--{name} is not for --algorithm sac_conditioned: it learns all weights, by one recipe")
    return algorithm


def _prior(training: Training, card: TaskCard) -> GaussianPolicy:
    """What a residual is learned on: the policy to start from, or the task's own."""
    prior = load_prior(training.start, card) if training.start else shipped(card.prior, card)
    assert isinstance(prior, GaussianPolicy)
    return prior


def _train(
    training: Training, algorithm: Algorithm, card: TaskCard, theta: tuple[float, ...]
) -> tuple[PolicySnapshot, float]:
    """The policy, and the seconds of a core that it took."""
    given: dict[str, Any] = {
        name: value for name in ("steps", "gamma") if (value := getattr(training, name)) is not None
    }
    if training.learning_rate is not None:
        if algorithm != "dqn_me":
            raise Usage("--learning-rate is for discrete tasks: SAC has one rate for the actor and one for the critics")
        given["learning_rate"] = training.learning_rate
    if algorithm == "sac_residual":
        if training.gamma is not None:
            raise Usage("--gamma is the prior's own with --algorithm sac_residual: leave it out")
        prior = _prior(training, card)
        residual = _checked(replace(ResidualTraining(), **given))
        return train_residual(prior, residual, training.seed, theta, Bar("steps"))
    first = load_prior(training.start, card).snapshot if training.start else None
    if algorithm == "dqn_me":
        dqn = _checked(replace(dqn_recipe(card), **given))
        return train_soft_dqn(training.env, dqn, training.seed, first, Bar("steps"), theta)
    sac = _checked(replace(sac_recipe(card), **given))
    return train_sac(training.env, sac, training.seed, first, Bar("steps"), theta)


Recipe = TypeVar("Recipe", SoftDqnConfig, SacTraining, ResidualTraining)


def _checked(recipe: Recipe) -> Recipe:
    least = max(10_000, 2 * recipe.warm_up)
    if recipe.steps < least:
        raise Usage(f"--steps is {recipe.steps}: it must be at least {least}")
    if not isinstance(recipe, ResidualTraining) and not 0 < recipe.gamma < 1:
        raise Usage(f"--gamma is {recipe.gamma}: it must lie between 0 and 1")
    return recipe
