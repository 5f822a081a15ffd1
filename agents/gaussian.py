"""A policy for continuous actions: a squashed diagonal Gaussian, driven without torch.

u = tanh(z), z ~ N(mean(x), std(x)^2) on each axis (SAC, arXiv 1801.01290, appendix C). u is the *normalised* action in
(-1, 1)^d: all log densities in this house are densities of u, never of the action in the environment's units.
"""

import math

import numpy as np
from jaxtyping import Float32, Float64

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.kernels import squash
from mereq_teleop.agents.policy import Encoder, fitting_layers, fitting_scaling, forward
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.envs.card import TaskCard

__all__ = ["EDGE", "LOG_STD_LIMITS", "GaussianPolicy"]

LOG_STD_LIMITS = (-5.0, 1.0)
"""A network's log standard deviation (of z) is clipped to this: a std from 0.0067 to 2.7."""
EDGE = 1e-4
"""Normalised actions are clipped to 1 - EDGE in size before their density is taken: |z| is at most 4.95."""


class GaussianPolicy:
    """Drives by a snapshot of a continuous task: mean actions and log densities, without torch.

    Raises:
        BadPolicy: the snapshot is of another task or kind, or its tensors do not fit the task or each other.
    """

    def __init__(self, snapshot: PolicySnapshot, card: TaskCard) -> None:
        if snapshot.kind not in ("sac", "residual-sac"):
            raise BadPolicy(f"a {snapshot.kind} policy has no continuous actions; wanted a sac or residual-sac")
        self.snapshot = snapshot
        self.card = card
        self.encoder = Encoder(card)
        self._shift, self._scale = fitting_scaling(snapshot, card)
        self._actor = fitting_layers(snapshot, "actor", card, 2 * len(card.axes))
        self._low = np.array([axis.low for axis in card.axes])
        self._high = np.array([axis.high for axis in card.axes])

    def normalised(self, obs: Float32[np.ndarray, "n ..."]) -> Float32[np.ndarray, "n inputs"]:
        """What the network is shown: the encoded observation, shifted and scaled."""
        inputs: Float32[np.ndarray, "n inputs"] = (self.encoder(obs) - self._shift) * self._scale
        return inputs

    def gaussian(
        self, obs: Float32[np.ndarray, "n ..."]
    ) -> tuple[Float64[np.ndarray, "n d"], Float64[np.ndarray, "n d"]]:
        """Mean and log standard deviation of z."""
        out = forward(self._actor, self.normalised(obs)).astype(np.float64)
        mean, log_std = np.split(out, 2, axis=1)
        return mean, np.clip(log_std, *LOG_STD_LIMITS)

    def act(self, obs: Float32[np.ndarray, "n ..."]) -> Float64[np.ndarray, "n d"]:
        """The mean action tanh(mean) in environment units: the same bits for any batch size, on every machine."""
        mean, _ = self.gaussian(obs)
        action = np.empty_like(mean)
        squash(mean, action)
        return self.in_units(action)

    def in_units(self, action: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
        """A normalised action in environment units, never outside the axes."""
        scaled = self._low + (action + 1) / 2 * (self._high - self._low)
        inside: Float64[np.ndarray, "n d"] = np.clip(scaled, self._low, self._high)
        return inside

    def normalised_action(self, action: np.ndarray) -> Float64[np.ndarray, "n d"]:
        """An action in environment units as one in [-1, 1]^d; what lies outside the axes is clipped."""
        unit = 2 * (np.asarray(action, np.float64) - self._low) / (self._high - self._low) - 1
        inside: Float64[np.ndarray, "n d"] = np.clip(unit, -1, 1)
        return inside

    def log_prob(self, obs: Float32[np.ndarray, "n ..."], action: np.ndarray) -> Float64[np.ndarray, " n"]:
        """Log density of the normalised action, for an (n, d) action in environment units; finite at the edges too.

        log N(z; mean, std^2) - log(1 - tanh(z)^2), the latter as 2 (log 2 - z - softplus(-2z)), which neither overflows
        nor cancels (SAC, arXiv 1801.01290, appendix C).
        """
        mean, log_std = self.gaussian(obs)
        z = np.arctanh(np.clip(self.normalised_action(action), EDGE - 1, 1 - EDGE))
        normal = -0.5 * ((z - mean) / np.exp(log_std)) ** 2 - log_std - 0.5 * math.log(2 * math.pi)
        squashing = 2 * (math.log(2) - z - np.logaddexp(0, -2 * z))
        log_prob: Float64[np.ndarray, " n"] = (normal - squashing).sum(axis=1)
        return log_prob
