"""`mereq pretrain`: train, evaluate, write the policy and its card."""

import json
from pathlib import Path

import torch

from mereq_teleop.agents.evaluate import evaluate
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.shipped import load_prior
from mereq_teleop.agents.soft_dqn import SoftDqnConfig, train_soft_dqn
from mereq_teleop.app.errors import AppError
from mereq_teleop.app.progress import Bar
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id

__all__ = ["pretrain"]

EPISODES = 1_000


def pretrain(env: str, steps: int, seed: int, learning_rate: float, start: Path | None, out: Path) -> int:
    """Train on the reward of `env` on one core; write the policy to `out` and its card beside it.

    Raises:
        BadPolicy: `start` can't be read, or is of another task or shape.
        AppError: `out` can't be written.
    """
    card = card_of(env)
    first = load_prior(start, card).snapshot if start else None
    config = SoftDqnConfig(steps=steps, learning_rate=learning_rate)
    torch.set_num_threads(1)
    snapshot, cpu_s = train_soft_dqn(env, config, seed, first, Bar("steps"))
    found = evaluate(Policy(snapshot, card), env, (0.0,) * len(card.features), EPISODES)
    facts = {
        "algorithm": "max-ent DQN",
        "env": env_id(env),
        "seed": seed,
        "start": str(start) if start else None,
        "steps": steps,
        "updates": snapshot.maker.updates,
        "cpu_seconds": round(cpu_s, 1),
        "gamma": config.gamma,
        "alpha": config.alpha,
        "return": round(found.return_true, 2),
        "crash_rate": found.crash_rate,
        "features": {name: round(mean, 4) for name, mean in found.features.items()},
        "episodes": found.episodes,
    }
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(snapshot.to_bytes())
        out.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
    except OSError as error:
        raise AppError(f"cannot write {out}: {error.strerror}; choose another place with --out FILE") from None
    print(json.dumps(facts))
    return 0
