"""The worlds: task cards, reference environments and batched simulators.

Importing this package and asking for a card imports neither gymnasium nor a simulator; `make` and `make_batch` do.
"""

from mereq_teleop.envs.card import Axis, Feature, Preference, TaskCard
from mereq_teleop.envs.errors import EnvError, UnknownEnv, UnknownPreference
from mereq_teleop.envs.registry import card, cards, env_id, make, make_batch

__all__ = [
    "Axis",
    "EnvError",
    "Feature",
    "Preference",
    "TaskCard",
    "UnknownEnv",
    "UnknownPreference",
    "card",
    "cards",
    "env_id",
    "make",
    "make_batch",
]
