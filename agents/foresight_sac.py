"""The trainer of continuous actions that has learned for every theta beforehand."""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float32, Float64

from mereq_teleop.agents.conditioned_actor import ConditionedActor
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.layers import tensors_of
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot

__all__ = ["ContinuousForesight"]


class ContinuousForesight:
    """Goes to a theta at once; it takes no gradient steps, so it needs no experience."""

    def __init__(self, prior: GaussianPolicy, conditioned: ConditionedActor) -> None:
        self.prior, self.conditioned = prior, conditioned
        self.updates = 0
        self.theta = np.zeros(len(prior.card.features))

    def remember(
        self,
        obs: Float32[np.ndarray, "n ..."],
        action: np.ndarray,
        features: Float64[np.ndarray, "n f"],
        terminated: np.ndarray,
        next_obs: Float32[np.ndarray, "n ..."],
    ) -> None:
        """Nothing is learned from it."""

    def learn(self, theta: Float64[np.ndarray, " f"], updates: int, pulse: Callable[[], None] = lambda: None) -> float:
        """Go to another theta; there is no loss."""
        self.theta = theta.copy()
        return 0.0

    def forget(self) -> None:
        """Back to the prior."""
        self.theta = np.zeros_like(self.theta)

    def policy(self) -> GaussianPolicy:
        """The policy as it stands, to drive with."""
        return GaussianPolicy(self.snapshot(0, {"method": "residual"}), self.prior.card)

    def snapshot(self, version: int, maker: Mapping[str, object]) -> PolicySnapshot:
        """The policy as it stands, an ordinary one; `maker` overrides where it comes from."""
        prior = self.prior.snapshot
        made = {"task": self.prior.card.name, "gamma": prior.maker.gamma, "alpha": prior.maker.alpha}
        scaling = {name: prior.tensors[name] for name in ("input.shift", "input.scale")}
        tensors = {**scaling, **tensors_of(self.conditioned.layers(self.theta), "actor")}
        return PolicySnapshot(version, "residual-sac", PolicyMaker(**{**made, **maker}), tensors)  # type: ignore[arg-type]

    def state(self) -> dict[str, np.ndarray]:
        """theta; the conditioned actor is kept elsewhere."""
        return {"theta": self.theta.copy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave."""
        self.theta = np.array(state["theta"])
