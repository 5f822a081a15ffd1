"""What a user's own task has instead of a prior of ours: a policy that knows nothing, and how to scale its inputs."""

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
    """Shift and scale of a network's inputs, float32: mean and spread over random actions, always the same ones.

    The limits of an observation's space are seldom where a world is: CartPole's say 4.8 m of a cart that balances
    within 0.1 m. A task of this package scales in its encoder.
    """
    if not card.source:
        return np.zeros(card.inputs, np.float32), np.ones(card.inputs, np.float32)
    return _scaling(card.ids[card.name])


@cache
def _scaling(reference: str) -> tuple[np.ndarray, np.ndarray]:
    from mereq_teleop.envs.own.owned import owned

    card = owned(reference).card
    seen = Encoder(card)(driven(card))
    return seen.mean(axis=0), 1 / np.maximum(seen.std(axis=0), LEAST_SPREAD)


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
