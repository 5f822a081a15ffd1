"""Plain soft DQN: a discrete policy of theta . f alone."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicyKind
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.soft_q import SoftQ, network_like

__all__ = ["PlainDqn"]


class PlainDqn(ResidualDqn):
    """Residual soft DQN with omega = 0: nothing is kept of the prior's reward, and log pi0 falls out of the target.

    The prior gives temperature, discount, scaling and sizes, and the first weights if `from_prior`.
    """

    kind: ClassVar[PolicyKind] = "dqn"

    def __init__(self, prior: Policy, config: ResidualConfig, seed: int, *, from_prior: bool) -> None:
        self._from_prior = from_prior
        super().__init__(prior, replace(config, omega=0.0), seed)

    def _first_net(self, generator: torch.Generator) -> nn.Sequential:
        """A network of the prior's sizes."""
        return network_like(self.prior.snapshot.layers("prior"), generator)

    def _fresh(self) -> SoftQ:
        q = super()._fresh()
        if self._from_prior:
            q.load(self.prior.snapshot.layers("prior"))
        return q

    def _tensors(self) -> dict[str, np.ndarray]:
        """What the policy drives by."""
        scaling = {name: self.prior.snapshot.tensors[name] for name in ("input.shift", "input.scale")}
        return {**scaling, **self.q.tensors("prior")}
