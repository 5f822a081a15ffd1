"""What stable-baselines3 shows a network of ours: the observation, encoded, shifted and scaled as our policies do."""

import numpy as np
import torch
from gymnasium import Space
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor

from mereq_teleop.agents.policy import Encoder
from mereq_teleop.envs import card as card_of

__all__ = ["TaskInputs"]


class TaskInputs(BaseFeaturesExtractor):
    """A features extractor that a zip names by its class: who loads it needs this package.

    Nothing of it is learned: `shift` and `scale` are kept with the weights.
    """

    def __init__(self, observation_space: Space[np.ndarray], task: str) -> None:
        card = card_of(task)
        super().__init__(observation_space, card.inputs)
        self._encoder, self._shape = Encoder(card), card.observation_shape
        self.register_buffer("shift", torch.zeros(card.inputs))
        self.register_buffer("scale", torch.ones(card.inputs))
        self.shift: Tensor
        self.scale: Tensor

    def forward(self, observations: Tensor) -> Tensor:
        """Encode a batch of observations."""
        raw = observations.detach().numpy(force=True).reshape(-1, *self._shape)
        encoded = torch.from_numpy(self._encoder(np.ascontiguousarray(raw, np.float32))).to(observations.device)
        return (encoded - self.shift) * self.scale
