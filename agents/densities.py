"""How probable an action is under the policy of a theta, for many thetas at once."""

from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from mereq_teleop.agents.conditioned import ConditionedQ
from mereq_teleop.agents.conditioned_actor import ConditionedActor
from mereq_teleop.agents.gaussian import EDGE, GaussianPolicy
from mereq_teleop.agents.policy import Policy
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import AnySegment

__all__ = ["ActionDensity", "Columns", "ContinuousActions", "NamedActions"]

Columns = tuple[Tensor, ...]
"""What is kept of n steps: tensors of n rows."""


class ActionDensity(Protocol):
    """log pi_hat(u|x; theta), or its density where actions are continuous."""

    card: TaskCard
    uniform: float
    """The same of an action that says nothing."""

    def look(self, segment: AnySegment) -> Columns:
        """What the density needs of a segment's steps."""
        ...

    def log_prob(self, thetas: Float32[Tensor, "m f"], columns: Columns) -> Float32[Tensor, "m n"]:
        """Of each step's action at each theta."""
        ...


class NamedActions:
    """The softmax of a conditioned Q beside the prior's."""

    def __init__(self, q: ConditionedQ, prior: Policy) -> None:
        self.card = prior.card
        self.uniform = 1 / len(prior.card.actions)
        self._q, self._prior = q, prior

    def look(self, segment: AnySegment) -> Columns:
        """Inputs, the prior's Q, and which action was taken."""
        obs = _observations(segment, self.card)
        action = torch.tensor([step.decision.executed for step in segment.transitions])
        return torch.from_numpy(self._prior.normalised(obs)), torch.from_numpy(self._prior.preference(obs)), action

    def log_prob(self, thetas: Float32[Tensor, "m f"], columns: Columns) -> Float32[Tensor, "m n"]:
        """Of each step's action at each theta."""
        inputs, q0, action = columns
        m, n = len(thetas), len(inputs)
        q = self._q(inputs.repeat(m, 1), thetas.repeat_interleave(n, 0)).view(m, n, -1) + q0
        log_pi = torch.log_softmax(q / self._prior.snapshot.maker.alpha, dim=2)
        return log_pi.gather(2, action.expand(m, n)[:, :, None])[:, :, 0]


class ContinuousActions:
    """The squashed Gaussian of a conditioned actor."""

    def __init__(self, actor: ConditionedActor, prior: GaussianPolicy) -> None:
        self.card = prior.card
        self.uniform = 0.5 ** len(prior.card.axes)
        self._actor, self._prior = actor, prior

    def look(self, segment: AnySegment) -> Columns:
        """Inputs, and z of the normalised action u = tanh(z); an action at the edge counts as one just inside."""
        inputs = self._prior.normalised(_observations(segment, self.card))
        action = self._prior.normalised_action(np.array([step.decision.executed for step in segment.transitions]))
        z = np.arctanh(np.clip(action, EDGE - 1, 1 - EDGE)).astype(np.float32)
        return torch.from_numpy(inputs), torch.from_numpy(z)

    def log_prob(self, thetas: Float32[Tensor, "m f"], columns: Columns) -> Float32[Tensor, "m n"]:
        """Of each step's action at each theta."""
        inputs, z = columns
        m, n = len(thetas), len(inputs)
        told = torch.cat((inputs.repeat(m, 1), thetas.repeat_interleave(n, 0)), 1)
        return self._actor.log_prob(told, z.repeat(m, 1)).view(m, n)


def _observations(segment: AnySegment, card: TaskCard) -> Float32[np.ndarray, "n ..."]:
    obs = np.array([step.obs for step in segment.transitions], np.float32)
    return obs.reshape(-1, *card.observation_shape)
