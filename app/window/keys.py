"""What the keyboard asks of the window's owner, and how keys are called on the screen."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Action

__all__ = ["BINDINGS", "CAPTIONS", "CONTROL_KEYS", "MEANINGS", "Request", "action_words"]


class Request(StrEnum):
    """Something that the loop is asked to do; it decides when."""

    PAUSE = "pause"
    NEW_EPISODE = "new episode"
    ROLLBACK = "rollback"
    RETRACT = "retract"
    HELP = "help"
    QUIT = "quit"


BINDINGS: Final[Mapping[str, Request]] = {
    "p": Request.PAUSE,
    "r": Request.NEW_EPISODE,
    "b": Request.ROLLBACK,
    "backspace": Request.RETRACT,
    "h": Request.HELP,
    "q": Request.QUIT,
}
"""Request of each key, by pygame's key names."""

MEANINGS: Final[Mapping[Request, str]] = {
    Request.PAUSE: "pause or go on",
    Request.NEW_EPISODE: "new episode",
    Request.ROLLBACK: "back to the previous policy",
    Request.RETRACT: "take the last correction back",
    Request.HELP: "show or hide this help",
    Request.QUIT: "save and quit",
}

CONTROL_KEYS: Final[Mapping[str, str]] = {"return": "take over", "escape": "give back"}
"""Keys that the keyboard device takes beside the driving keys of the task's card, and what they do."""

CAPTIONS: Final[Mapping[str, str]] = {
    "return": "Enter",
    "escape": "Esc",
    "space": "Space",
    "backspace": "Backspace",
}
"""What is printed on a key where that is not its name in capitals."""


def action_words(card: TaskCard, action: Action) -> str:
    """An action as the screen calls it: its name on the card, or each axis with its number ("force +0.5")."""
    if isinstance(action, int):
        return card.actions[action]
    numbers = (f"{value:+.2g}" if value else "0" for value in action)
    return ", ".join(f"{axis.name} {number}" for axis, number in zip(card.axes, numbers, strict=True))
