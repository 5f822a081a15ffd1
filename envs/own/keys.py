"""Which keys drive a user's task where it does not say."""

from collections.abc import Mapping, Sequence
from typing import Final

from mereq_teleop.envs.card import Axis

__all__ = ["keys_of"]

Action = int | tuple[float, ...]

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "left": ("left", "west"),
    "right": ("right", "east"),
    "up": ("up", "north", "forward", "faster", "main", "jump", "accelerate"),
    "down": ("down", "south", "back", "backward", "slower", "brake"),
}
"""Words in an action's name by which an arrow is its key."""
_COUNTED: Final[Mapping[int, tuple[str, ...]]] = {2: ("left", "right"), 3: ("left", "space", "right")}
"""Keys of so many actions, in their order."""
_DIGITS: Final = "1234567890"
_PAIRS: Final = (("left", "right"), ("down", "up"), ("s", "w"), ("a", "d"))
"""The keys of each axis, down and up; more axes than these have none."""


def keys_of(
    actions: Sequence[str], axes: Sequence[Axis], neutral: Action, given: Mapping[str, Action]
) -> dict[str, Action]:
    """The driving keys: what the task says, or what suits its actions.

    Raises:
        ValueError: there are more actions than keys to choose from.
    """
    if given:
        return dict(given)
    if axes:
        assert isinstance(neutral, tuple)
        return {**_pairs(axes, neutral), "space": neutral}
    by_name = _by_name(actions)
    rest = [index for index in range(len(actions)) if index not in by_name.values()]
    if len(rest) == len(actions) and (counted := _COUNTED.get(len(actions))):
        return dict(zip(counted, range(len(actions)), strict=True))
    if len(rest) == 1:
        return {**by_name, "space": rest[0]}
    if len(rest) > len(_DIGITS):
        raise ValueError(f"there are {len(actions)} actions and no keys: say keys = {{'left': {actions[0]!r}, ...}}")
    return {**by_name, **dict(zip(_DIGITS, rest, strict=False))}


def _by_name(actions: Sequence[str]) -> dict[str, Action]:
    found: dict[str, Action] = {}
    for key, words in _WORDS.items():
        fitting = [at for at, name in enumerate(actions) if set(name.lower().replace("-", "_").split("_")) & set(words)]
        # Two actions to the left are told apart by digits.
        if len(fitting) == 1 and fitting[0] not in found.values():
            found[key] = fitting[0]
    return found


def _pairs(axes: Sequence[Axis], neutral: tuple[float, ...]) -> dict[str, Action]:
    keys: dict[str, Action] = {}
    for at, ((down, up), axis) in enumerate(zip(_PAIRS, axes, strict=False)):
        for key, value in ((down, axis.low), (up, axis.high)):
            if value != neutral[at]:
                keys[key] = (*neutral[:at], value, *neutral[at + 1 :])
    return keys
