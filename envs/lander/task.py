"""The landers' batches: gymnasium's own environments, which are fast enough as they are."""

from collections.abc import Sequence
from typing import Final

from mereq_teleop.envs.gymnasium_batch import GymnasiumBatch
from mereq_teleop.envs.gymnasium_world import GymnasiumTask
from mereq_teleop.envs.lander.continuous.card import CARD as CONTINUOUS
from mereq_teleop.envs.lander.discrete.card import CARD as DISCRETE
from mereq_teleop.envs.lander.frames import look
from mereq_teleop.envs.lander.measure import measure

__all__ = ["continuous_batch", "discrete_batch"]

# The engines' smoke is made of bodies, which are made for rendering alone: nothing is ever rendered.
_DISCRETE: Final = GymnasiumTask(card=DISCRETE, measure=measure, look=look, render_mode=None)
_CONTINUOUS: Final = GymnasiumTask(card=CONTINUOUS, measure=measure, look=look, render_mode=None)


def discrete_batch(n: int, env_id: str, theta: Sequence[float] | None = None) -> GymnasiumBatch:
    """n landers whose engines are either on or off."""
    return GymnasiumBatch(_DISCRETE, n, env_id, theta)


def continuous_batch(n: int, env_id: str, theta: Sequence[float] | None = None) -> GymnasiumBatch:
    """n landers whose engines are throttled."""
    return GymnasiumBatch(_CONTINUOUS, n, env_id, theta)
