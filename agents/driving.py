"""From a snapshot of any kind to the policy that drives by it."""

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.envs.card import TaskCard

__all__ = ["policy_of"]


def policy_of(snapshot: PolicySnapshot, card: TaskCard) -> Policy | GaussianPolicy:
    """The policy of a snapshot, by its kind.

    Raises:
        BadPolicy: the snapshot is of another task, or its tensors do not fit the task or each other.
    """
    if snapshot.kind in ("sac", "residual-sac"):
        return GaussianPolicy(snapshot, card)
    return Policy(snapshot, card)
