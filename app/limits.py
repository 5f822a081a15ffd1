"""Within what each weight lies, as the bars of a window show it."""

from mereq_teleop.agents.irl import bounds
from mereq_teleop.agents.learner import freedom_of
from mereq_teleop.envs.card import TaskCard

__all__ = ["limits_of"]


def limits_of(card: TaskCard, method: str) -> tuple[tuple[float, float], ...]:
    """The least and the greatest that each weight of a task can be: as far as the method searches for theta."""
    low, high = bounds(card, freedom_of(method))
    return tuple(zip(low.tolist(), high.tolist(), strict=True))
