"""`mereq pretrain`: train, evaluate, write the policy and its card."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.evaluate import evaluate
from mereq_teleop.agents.shipped import load_prior
from mereq_teleop.agents.soft_dqn import SoftDqnConfig, train_soft_dqn
from mereq_teleop.agents.train_sac import RECIPES, SacTraining, train_sac
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.progress import Bar
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id

__all__ = ["Training", "pretrain"]

EPISODES = 1_000


@dataclass(frozen=True, kw_only=True)
class Training:
    """What is trained; None leaves a number as the task's recipe has it."""

    env: str
    preference: str | None
    """Adds the preference's residual reward."""
    seed: int
    start: Path | None
    steps: int | None
    gamma: float | None
    learning_rate: float | None


def pretrain(training: Training, out: Path) -> int:
    """Train on one core, a max-ent DQN or SAC as the task's actions want it; write the policy and its card.

    Raises:
        BadPolicy: the policy to start from can't be read, or is of another task or shape.
        Usage: a number is out of range, or does not suit the algorithm.
        AppError: `out` can't be written.
    """
    card = card_of(training.env)
    first = load_prior(training.start, card).snapshot if training.start else None
    theta = card.preference(training.preference).theta if training.preference else (0.0,) * len(card.features)
    given: dict[str, Any] = {
        name: value for name in ("steps", "gamma") if (value := getattr(training, name)) is not None
    }
    torch.set_num_threads(1)
    if card.discrete:
        if training.learning_rate is not None:
            given["learning_rate"] = training.learning_rate
        dqn = _checked(replace(SoftDqnConfig(), **given))
        snapshot, cpu_s = train_soft_dqn(training.env, dqn, training.seed, first, Bar("steps"), theta)
    else:
        if training.learning_rate is not None:
            raise Usage("--learning-rate is for discrete tasks: SAC has one rate for the actor and one for the critics")
        sac = _checked(replace(RECIPES[card.name], **given))
        snapshot, cpu_s = train_sac(training.env, sac, training.seed, first, Bar("steps"), theta)
    found = evaluate(policy_of(snapshot, card), training.env, theta, EPISODES)
    facts = {
        "algorithm": "max-ent DQN" if card.discrete else "SAC at a fixed temperature",
        "env": env_id(training.env),
        "theta": list(theta),
        "seed": training.seed,
        "start": str(training.start) if training.start else None,
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
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(snapshot.to_bytes())
        out.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
    except OSError as error:
        raise AppError(f"cannot write {out}: {error.strerror}; choose another place with --out FILE") from None
    print(json.dumps(facts))
    return 0


Recipe = TypeVar("Recipe", SoftDqnConfig, SacTraining)


def _checked(recipe: Recipe) -> Recipe:
    least = max(10_000, 2 * recipe.warm_up)
    if recipe.steps < least:
        raise Usage(f"--steps is {recipe.steps}: it must be at least {least}")
    if not 0 < recipe.gamma < 1:
        raise Usage(f"--gamma is {recipe.gamma}: it must lie between 0 and 1")
    return recipe
