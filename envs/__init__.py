"""The worlds: task cards, reference environments and batched simulators.

Importing this package and asking for a card imports neither gymnasium nor a simulator; `make` and `make_batch` do.
"""

from mereq_teleop.envs.card import Axis, Feature, Preference, TaskCard
from mereq_teleop.envs.errors import BadTask, EnvError, UnknownEnv, UnknownPreference
from mereq_teleop.envs.own.task import Task
from mereq_teleop.envs.registry import card, cards, env_id, make, make_batch

__all__ = [
    "Axis",
    "BadTask",
    "EnvError",
    "Feature",
    "Preference",
    "Task",
    "TaskCard",
    "UnknownEnv",
    "UnknownPreference",
    "card",
    "cards",
    "env_id",
    "make",
    "make_batch",
]
