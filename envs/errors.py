"""What can go wrong with a world.

EnvError
├── BadTask         a task of a user's own that cannot be one
├── UnknownEnv      a name that no task card knows
└── UnknownPreference   a preference that the task's card does not list
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

__all__ = ["BadTask", "EnvError", "UnknownEnv", "UnknownPreference", "nearest", "unknown"]


class EnvError(ValueError):
    """A mistake in what was asked of the worlds; the message is one line for the user."""


class BadTask(EnvError):
    """A task of a user's own cannot be found, or is none."""


class UnknownEnv(EnvError):
    """No task card knows this name."""


class UnknownPreference(EnvError):
    """The task's card does not list this preference."""


def nearest(came: str, known: Sequence[str]) -> str:
    """A question for the known name that is nearest to what came; empty where none is near."""
    close = get_close_matches(came, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def unknown(kind: str, came: str, known: Iterable[str]) -> str:
    """One line that says what came, what is known and, where there is one, the nearest match."""
    names = list(known)
    return f"no {kind} {came!r}; known: {', '.join(names)}{nearest(came, names)}"
