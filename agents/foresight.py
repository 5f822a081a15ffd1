"""The trainer that has learned for every theta beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from mereq_teleop.agents.conditioned import ConditionedQ
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.soft_q import SoftQ, linear_layers

__all__ = ["Foresight"]


class Foresight(ResidualDqn):
    """A residual trainer on a conditioned Q: `learn` goes to a theta at once, gradient steps refine what is there."""

    def __init__(self, prior: Policy, conditioned: ConditionedQ, config: ResidualConfig, seed: int) -> None:
        self.conditioned = conditioned
        self.theta = np.zeros(len(prior.card.features))
        hidden = tuple(layer.out_features for layer in linear_layers(conditioned.net))[:-1]
        super().__init__(prior, replace(config, hidden=hidden), seed)

    def _fresh(self) -> SoftQ:
        """Q_R at theta as the conditioned Q has it; at theta = 0 that is the prior."""
        q = super()._fresh()
        q.load(self.conditioned.layers(self.theta))
        return q

    def forget(self) -> None:
        """Back to the prior."""
        self.theta = np.zeros_like(self.theta)
        super().forget()

    def learn(self, theta: Float64[np.ndarray, " f"], updates: int, pulse: Callable[[], None] = lambda: None) -> float:
        """Go to another theta at once, then take `updates` gradient steps there; their mean loss."""
        if not np.array_equal(theta, self.theta):
            self.theta = theta.copy()
            self.q.load(self.conditioned.layers(theta))
        return super().learn(theta, updates, pulse)

    def state(self) -> dict[str, np.ndarray]:
        """theta too; the conditioned Q is kept elsewhere."""
        return {"theta": self.theta.copy(), **super().state()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        self.theta = np.array(state["theta"])
        super().restore(state)
