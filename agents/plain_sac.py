"""Plain SAC: a continuous policy of theta . f alone."""

from dataclasses import replace
from typing import ClassVar

import torch

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.records import PolicyKind
from mereq_teleop.agents.residual_sac import ResidualSac, ResidualSacConfig
from mereq_teleop.agents.soft_actor_critic import Actor, actor_of
from mereq_teleop.agents.soft_q import network_like

__all__ = ["PlainSac"]


class PlainSac(ResidualSac):
    """Residual SAC with omega = 0: nothing is kept of the prior's reward, and log pi0 falls out of both equations.

    The prior gives temperature, discount, scaling and sizes, and the first weights if `from_prior`.
    """

    kind: ClassVar[PolicyKind] = "sac"

    def __init__(self, prior: GaussianPolicy, config: ResidualSacConfig, seed: int, *, from_prior: bool) -> None:
        self._from_prior = from_prior
        super().__init__(prior, replace(config, omega=0.0), seed)

    def _first_actor(self, generator: torch.Generator) -> Actor:
        """The prior, or an actor of its sizes drawn from `generator`."""
        layers = self.prior.snapshot.layers("actor")
        if self._from_prior:
            return actor_of(layers)
        return Actor(network_like(layers, generator))
