"""The landers' batches: gymnasium's own environments, which are fast enough as they are."""

from collections.abc import Sequence
from typing import Any, Final

import gymnasium

from mereq_teleop.envs.gymnasium_batch import GymnasiumBatch
from mereq_teleop.envs.gymnasium_world import GymnasiumTask, made
from mereq_teleop.envs.lander.continuous.card import CARD as CONTINUOUS
from mereq_teleop.envs.lander.discrete.card import CARD as DISCRETE
from mereq_teleop.envs.lander.engine import load_engine
from mereq_teleop.envs.lander.frames import look
from mereq_teleop.envs.lander.measure import measure

__all__ = ["continuous_batch", "discrete_batch"]


def _make(env_id: str, render_mode: str | None) -> gymnasium.Env[Any, Any]:
    load_engine()
    return made(env_id, render_mode)


# Nothing is ever rendered: gymnasium's smoke is made of bodies that share the world with the lander.
_DISCRETE: Final = GymnasiumTask(card=DISCRETE, measure=measure, make=_make, look=look, render_mode=None)
_CONTINUOUS: Final = GymnasiumTask(card=CONTINUOUS, measure=measure, make=_make, look=look, render_mode=None)


def discrete_batch(n: int, env_id: str, theta: Sequence[float] | None = None) -> GymnasiumBatch:
    """n landers whose engines are either on or off."""
    return GymnasiumBatch(_DISCRETE, n, env_id, theta)


def continuous_batch(n: int, env_id: str, theta: Sequence[float] | None = None) -> GymnasiumBatch:
    """n landers whose engines are throttled."""
    return GymnasiumBatch(_CONTINUOUS, n, env_id, theta)
