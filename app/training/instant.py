"""`mereq pretrain --algorithm sac_conditioned`: the instant learner of a continuous prior, and its card."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from mereq_teleop.agents.conditioned_actor import ConditionedActor
from mereq_teleop.agents.conditioned_sac import ConditionedSac, ConditionedSacConfig
from mereq_teleop.agents.evaluate import COMMON_SEED, evaluate, intervention_rate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.foresight_sac import ContinuousForesight
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.library import default_library, keep, key_of, packed
from mereq_teleop.agents.shipped import expert_of
from mereq_teleop.app.errors import AppError
from mereq_teleop.app.policyfile import write_bytes
from mereq_teleop.app.progress import Bar
from mereq_teleop.envs.card import Preference

__all__ = ["train_instant"]

RATE_STEPS = 4_000
FRESH_SEED = 5 * COMMON_SEED
SLICE_S = 0.5


def train_instant(prior: GaussianPolicy, start: Path | None, seed: int, out: Path) -> int:
    """Train, tell it the true weights of each preference, write the weights and the card.

    A learner of a prior of one's own is kept where sessions look for it, too.

    Raises:
        AppError: `out` or the library can't be written.
    """
    config, began, bar = ConditionedSacConfig(), time.process_time(), Bar("sweeps")
    trainer = ConditionedSac(prior, config, seed)
    while not trainer.done:
        trainer.advance(SLICE_S)
        bar(trainer.sweep, config.sweeps)
    cpu_s, card, maker = time.process_time() - began, prior.card, prior.snapshot.maker
    facts = {
        "algorithm": "residual SAC for every theta",
        "env": card.ids[card.name],
        "seed": seed,
        "start": str(start) if start else card.prior,
        "prior_hash": prior.snapshot.hash,
        "key": key_of(prior, config),
        "steps": config.sweeps * config.worlds,
        "updates": trainer.updates,
        "cpu_seconds": round(cpu_s, 1),
        "gamma": maker.gamma,
        "alpha": maker.alpha,
        "told": {wanted.name: _told(prior, trainer.foretelling, wanted) for wanted in card.preferences},
        "episodes": card.episodes,
    }
    try:
        if start:
            keep(default_library(), prior, config, trainer.foretelling)
    except OSError as error:
        raise AppError(f"cannot write to {default_library()}: {error.strerror}") from None
    write_bytes(packed(prior, config, trainer.foretelling), facts, out)
    print(json.dumps(facts))
    return 0


def _told(prior: GaussianPolicy, actor: ConditionedActor, preference: Preference) -> dict[str, Any]:
    """How the actor drives at a preference's true weights, and how often its expert would be in control."""
    card, foresight = prior.card, ContinuousForesight(prior, actor)
    foresight.learn(np.array(preference.theta), 0)
    policy, expert = foresight.policy(), SimulatedExpert(expert_of(preference, card, prior), preference)
    found = evaluate(policy, card.name, preference.theta, card.episodes)
    return {
        "theta": list(preference.theta),
        "return": round(found.return_true, 2),
        "success_rate": found.success_rate,
        "features": {name: round(mean, 4) for name, mean in found.features.items()},
        "intervention_rate": round(intervention_rate(policy, card.name, expert, RATE_STEPS, FRESH_SEED), 4),
    }
