"""What a device is shown of the highway task: five actions, IDLE is neutral."""

import numpy as np

from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.device import Sight

__all__ = ["CARD", "sight"]


def sight(step: int = 0, authority: Authority = Authority.POLICY, episode: int = 0, policy_action: int = 3) -> Sight:
    """What a device is shown at a step; time goes a second a step."""
    return Sight(
        time_s=float(step),
        step=step,
        episode=episode,
        authority=authority,
        obs=np.full((2, 2), step, np.float32),
        policy_action=policy_action,
    )
