"""What a user's own task has instead of a prior of ours: a policy that has learned nothing, and how to scale its inputs."""

from functools import cache

import numpy as np

from mereq_teleop.agents.foreign.inputs import driven
from mereq_teleop.agents.policy import Encoder
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.envs.card import TaskCard

__all__ = ["GAMMA", "scaling", "unlearned"]

GAMMA = 0.99
LEAST_SPREAD = np.float32(0.05)
"""An input that random actions have hardly moved yet will: its spread so far says nothing."""


def scaling(card: TaskCard) -> tuple[np.ndarray, np.ndarray]:
    """Shift and scale of a network's inputs, float32.

    Between finite limits of the observation's space -1..1; else by mean and spread over random actions, always the same.
    A task of this package scales in its encoder.
    """
    if not card.source:
        return np.zeros(card.inputs, np.float32), np.ones(card.inputs, np.float32)
    return _scaling(card.ids[card.name])


@cache
def _scaling(reference: str) -> tuple[np.ndarray, np.ndarray]:
    from mereq_teleop.envs.own.owned import owned

    own = owned(reference)
    low, high = own.limits
    seen = Encoder(own.card)(driven(own.card))
    bounded = np.isfinite(low)
    with np.errstate(invalid="ignore"):
        middle, half = np.where(bounded, (low + high) / 2, 0.0), np.where(bounded, (high - low) / 2, 1.0)
    shift = np.where(bounded, middle, seen.mean(axis=0)).astype(np.float32)
    spread = np.where(bounded, half, np.maximum(seen.std(axis=0), LEAST_SPREAD)).astype(np.float32)
    return shift, (1 / spread).astype(np.float32)


def unlearned(card: TaskCard) -> PolicySnapshot:
    """A policy that tells no action from another."""
    outputs, stem, kind = (len(card.actions), "prior", "dqn") if card.discrete else (2 * len(card.axes), "actor", "sac")
    shift, scale = scaling(card)
    tensors = {
        "input.shift": shift,
        "input.scale": scale,
        f"{stem}.0.weight": np.zeros((card.inputs, outputs), np.float32),
        f"{stem}.0.bias": np.zeros(outputs, np.float32),
    }
    maker = PolicyMaker(task=card.name, method="unlearned", gamma=GAMMA, alpha=card.alpha)
    return PolicySnapshot(0, kind, maker, tensors)  # type: ignore[arg-type]
