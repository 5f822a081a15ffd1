"""Which tasks there are: each a package with a module `card` and a module `reference`, imported when needed."""

import logging
import re
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import EnvError, UnknownEnv, nearest
from mereq_teleop.envs.own.find import installed, reference_of

if TYPE_CHECKING:
    import gymnasium

    from mereq_teleop.envs.batch import AnyBatch

__all__ = ["card", "cards", "env_id", "make", "make_batch", "own_card"]

_PACKAGES: Final = (
    "mereq_teleop.envs.highway",
    "mereq_teleop.envs.lander.discrete",
    "mereq_teleop.envs.lander.continuous",
    "mereq_teleop.envs.mountain_car",
    "mereq_teleop.envs.fanuc.pusher",
    "mereq_teleop.envs.fanuc.eraser",
    "mereq_teleop.envs.fanuc.gripper",
)
"""`card.CARD` is the task's card, cheap to import; importing `reference` registers its gymnasium ids."""


_LOG: Final = logging.getLogger(__name__)
_SAID: Final = set[str]()
"""Old names that the user was told of."""


def _entries() -> dict[str, tuple[str, TaskCard]]:
    """Package and card of each task, by the task's name."""
    entries = ((package, cast("TaskCard", import_module(f"{package}.card").CARD)) for package in _PACKAGES)
    return {card.name: (package, card) for package, card in entries}


def _find(name: str) -> tuple[str, TaskCard, str]:
    """Package, card and gymnasium id of a key or gymnasium id; of a user's own task no package, and its reference."""
    for package, card in _entries().values():
        if name in card.served and name not in _SAID:
            _SAID.add(name)
            _LOG.warning("%s is served by %s", name, card.served[name])
        if name in card.ids:
            return package, card, card.ids[name]
        if name in card.ids.values():
            return package, card, name
    if (reference := reference_of(name)) is not None:
        return "", own_card(reference), reference
    raise UnknownEnv(_unknown(name))


def _unknown(name: str) -> str:
    """What to say of a name that nothing has: the tasks alone are listed, whose keys are dozens."""
    known, others = cards(), installed()
    names = dict.fromkeys(name for card in known for pair in card.ids.items() for name in pair)
    tasks = ", ".join([*(card.name for card in known), *others])
    more = "module:attribute names a task of your own"
    if re.fullmatch(r"(\w+/)?[\w.-]+-v\d+", name):
        more = "another gymnasium id becomes a task by two lines: `mereq new-task`, docs/bring-your-own-task.md"
    hint = nearest(name, [*names, *others])
    return f"no env {name!r}; known: {tasks} (`mereq envs` lists every key; {more}){hint}"


def own_card(reference: str) -> TaskCard:
    """The card of the user's task that module:attribute refers to.

    Raises:
        EnvError: it cannot be found or imported, or is no task.
    """
    # gymnasium is not imported for the tasks of this package.
    from mereq_teleop.envs.own.owned import owned

    return owned(reference).card


def cards() -> tuple[TaskCard, ...]:
    """The cards of all tasks of this package."""
    return tuple(card for _, card in _entries().values())


def card(name: str) -> TaskCard:
    """The card of the task that has this key or gymnasium id.

    Raises:
        UnknownEnv: no card has it; the message names the nearest.
        BadTask: it refers to a user's own task that cannot be imported, or is none.
        EnvError: it is a world whose reward must be given from Python.
    """
    _, found, identity = _find(name)
    if identity in {found.ids[key] for key in found.needs_theta}:
        raise EnvError(
            f"{name} has no reward until Python code gives it weights (mereq_teleop.envs.make({name!r}, theta=...)): "
            f"take --env {found.name}; `mereq pretrain --theta` adds such weights to its reward"
        )
    return found


def env_id(name: str) -> str:
    """Gymnasium id of a key (or of itself).

    Raises:
        UnknownEnv: no card has it; the message names the nearest.
    """
    return _find(name)[2]


def make(name: str, **kwargs: Any) -> "gymnasium.Env[Any, Any]":
    """The reference environment of a key or gymnasium id.

    Args:
        name: a key or a gymnasium id of a card.
        kwargs: what gymnasium.make and the environment take (highway: theta, config, render_mode).

    Raises:
        UnknownEnv: no card has the name; the message names the nearest.
        ValueError: theta does not suit the id.
    """
    package, _, identity = _find(name)
    if not package:
        from mereq_teleop.envs.own.card import environment
        from mereq_teleop.envs.own.owned import owned

        return environment(owned(identity).task, identity, kwargs.get("render_mode"))
    import_module(f"{package}.reference")
    import gymnasium

    return gymnasium.make(identity, **{"disable_env_checker": True, **kwargs})


def make_batch(name: str, n: int, theta: Sequence[float] | None = None) -> "AnyBatch":
    """A batched simulator of n worlds that equal the reference environment of a key or gymnasium id.

    Raises:
        UnknownEnv: no card has the name; the message names the nearest.
        EnvError: what the simulator needs is not there, or refuses this machine's settings.
        ValueError: n is less than 1, or theta does not suit the id.
    """
    _, found, identity = _find(name)
    path, attribute = found.batch.split(":")
    try:
        module = import_module(path)
    except (ImportError, RuntimeError) as error:
        raise EnvError(f"the simulator of {found.name} cannot be loaded: {error}") from error
    return cast("AnyBatch", getattr(module, attribute)(n, identity, theta))
