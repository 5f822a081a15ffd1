"""Online RQL on top of an answer that was given at once, kept only where it is better."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from mereq_teleop.agents.evaluate import COMMON_SEED
from mereq_teleop.agents.foresight import Foresight
from mereq_teleop.agents.learner import Rest, joined, part_of
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.envs import make_batch

__all__ = ["Refinement", "residual_return"]

SLICES = 30
SWEEPS = 4
"""Control steps of the policy in each of the scouts' worlds, a slice."""
UPDATES = 20
"""Gradient steps a slice."""
WORLDS = 64
FIRST_SEED = 3 * COMMON_SEED
"""Of the episodes on which a refined policy is compared with the one before."""


def residual_return(policy: Policy, prior: Policy, theta: Float64[np.ndarray, " f"]) -> float:
    """Mean over common episodes of sum_t gamma^t (theta . f_t + alpha log pi0(u_t|x_t)).

    How good a policy is by r + theta . f, up to a constant, without knowing r: alpha log pi0 is the prior's soft
    advantage, and its discounted sum along any policy is that policy's return by r less the prior's soft value at
    the start (the performance difference lemma, Kakade and Langford 2002, in its soft form).
    """
    maker = prior.snapshot.maker
    batch = make_batch(prior.card.name, WORLDS)
    obs = batch.reset(np.arange(FIRST_SEED, FIRST_SEED + WORLDS))
    alive, discount, total = np.ones(WORLDS, bool), 1.0, 0.0
    while alive.any():
        action = policy.act(obs)
        advantage = maker.alpha * prior.log_probs(obs)[np.arange(WORLDS), action]
        after = batch.step(action)
        total += discount * float((after.features @ theta + advantage)[alive].sum())
        discount *= maker.gamma
        obs, alive = after.observation, alive & ~(after.terminated | after.truncated)
    return total / WORLDS


class Refinement:
    """A few slices of online RQL at the theta that was found, then the test whether they were worth it."""

    def __init__(self, trainer: Foresight, scouts: Scouts) -> None:
        self._trainer, self._scouts = trainer, scouts
        self._slices = SLICES
        self._before: dict[str, np.ndarray] = {}
        self._value = 0.0

    @property
    def under_way(self) -> bool:
        """Whether a slice was taken whose worth is not known yet."""
        return 0 < self._slices < SLICES

    def begin(self) -> None:
        """Another answer is to be found; what was not tested yet is dropped."""
        if self.under_way:
            self._trainer.q.restore(self._before)
        self._slices = 0

    def rest(self, theta: Float64[np.ndarray, " f"]) -> Rest:
        """The next slice; `better` where the refined policy is kept."""
        if self._slices >= SLICES or not theta.any():
            return Rest(busy=False)
        if self._slices == 0:
            self._before, self._value = self._trainer.q.state(), self._worth(theta)
        self._scouts.explore(self._trainer.policy(), SWEEPS, self._trainer)
        self._trainer.learn(theta, UPDATES)
        self._slices += 1
        if self.under_way:
            return Rest(busy=True, detail="refining")
        better = self._worth(theta) > self._value
        if not better:
            self._trainer.q.restore(self._before)
        return Rest(busy=False, better=better)

    def _worth(self, theta: Float64[np.ndarray, " f"]) -> float:
        return residual_return(self._trainer.policy(), self._trainer.prior, theta)

    def state(self) -> dict[str, np.ndarray]:
        """How far it is, and what it would go back to."""
        before = joined(before=self._before) if self.under_way else {}
        return {"slices": np.array(self._slices), "value": np.array(self._value), **before}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state that `state` gave."""
        self._slices, self._value = int(state["slices"]), float(state["value"])
        self._before = part_of(state, "before.")
