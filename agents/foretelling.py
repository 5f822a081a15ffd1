"""What is trained ahead of the sessions, for named actions and for continuous ones."""

from typing import Protocol

import torch

from mereq_teleop.agents.conditioned import ConditionedConfig, ConditionedQ, ConditionedTrainer
from mereq_teleop.agents.conditioned_actor import ConditionedActor
from mereq_teleop.agents.conditioned_sac import ConditionedSac, ConditionedSacConfig
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.policy import Policy

__all__ = ["Constants", "Foretelling", "Training", "constants_of", "training_of", "untrained"]

Constants = ConditionedConfig | ConditionedSacConfig
"""How the training goes."""


Foretelling = ConditionedQ | ConditionedActor
"""What it gives: a Q or an actor of every theta."""


class Training(Protocol):
    """The training, one sweep of all worlds after the other."""

    sweep: int

    @property
    def foretelling(self) -> Foretelling:
        """What is trained."""
        ...

    @property
    def done(self) -> bool:
        """Whether all sweeps were taken."""
        ...

    def advance(self, seconds: float) -> None:
        """Train for about so long."""
        ...


def constants_of(prior: Policy | GaussianPolicy) -> Constants:
    """Those of the prior's kind."""
    return ConditionedConfig() if isinstance(prior, Policy) else ConditionedSacConfig()


def untrained(prior: Policy | GaussianPolicy, constants: Constants) -> Foretelling:
    """What will be trained, at its start.

    Raises:
        ValueError: the constants are those of the other kind of actions.
    """
    generator = torch.Generator().manual_seed(0)
    if isinstance(prior, Policy) and isinstance(constants, ConditionedConfig):
        return ConditionedQ(prior.card, constants.hidden, generator)
    if isinstance(prior, GaussianPolicy) and isinstance(constants, ConditionedSacConfig):
        return ConditionedActor(prior, generator)
    raise _mismatch(prior, constants)


def training_of(prior: Policy | GaussianPolicy, constants: Constants, seed: int) -> Training:
    """The training.

    Raises:
        ValueError: the constants are those of the other kind of actions.
    """
    if isinstance(prior, Policy) and isinstance(constants, ConditionedConfig):
        return ConditionedTrainer(prior, constants, seed)
    if isinstance(prior, GaussianPolicy) and isinstance(constants, ConditionedSacConfig):
        return ConditionedSac(prior, constants, seed)
    raise _mismatch(prior, constants)


def _mismatch(prior: Policy | GaussianPolicy, constants: Constants) -> ValueError:
    return ValueError(f"{type(constants).__name__} does not train a {prior.snapshot.kind} prior's learner")
