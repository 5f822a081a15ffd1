"""Whether the keys that drive a task are keys, and free for that."""

from typing import Final

from mereq_teleop.app.errors import Usage
from mereq_teleop.app.window.keys import BINDINGS, CAMERA_KEY, CONTROL_KEYS
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import unknown

__all__ = ["check_keys"]

_TAKEN: Final = {*BINDINGS, *CONTROL_KEYS, CAMERA_KEY, "tab"}
_NAMED: Final = (
    *("left", "right", "up", "down", "space", "home", "end", "insert", "delete"),
    *(f"{side} {key}" for side in ("left", "right") for key in ("shift", "ctrl", "alt")),
    *(f"f{number}" for number in range(1, 13)),
    *(f"[{number}]" for number in range(10)),
)
"""pygame's names of the keys that have no character of their own; [0] to [9] are the keypad's."""


def check_keys(card: TaskCard) -> None:
    """See that a user's own task asks for keys that there are, and that nothing else is asked for by.

    Raises:
        Usage: one is none, or is taken.
    """
    for key in card.keys if card.source else ():
        if key in _TAKEN:
            meaning = BINDINGS.get(key) or CONTROL_KEYS.get(key) or "the window's"
            raise Usage(f"{card.ids[card.name]}: the key {key!r} is taken ({meaning}): drive by another")
        if not (len(key) == 1 and key.isprintable() and key == key.lower()) and key not in _NAMED:
            raise Usage(f"{card.ids[card.name]}: {unknown('key', key, _NAMED)}, or a character as the key has it")
