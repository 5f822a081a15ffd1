"""The worlds of users' tasks, as their cards name them."""

from collections.abc import Sequence

from mereq_teleop.envs.batch import AnyBatch
from mereq_teleop.envs.own.owned import owned

__all__ = ["own_batch"]


def own_batch(n: int, reference: str, theta: Sequence[float] | None = None) -> AnyBatch:
    """n worlds of the user's task module:attribute.

    Raises:
        EnvError: they cannot be made.
        ValueError: n is less than 1, or there is a theta.
    """
    if n < 1:
        raise ValueError(f"a batch needs at least one world, not {n}")
    if theta is not None:
        raise ValueError(f"{reference} has a fixed reward and takes no theta")
    return owned(reference).worlds(n)
