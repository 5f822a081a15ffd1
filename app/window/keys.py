"""What the keyboard asks of the window's owner, and how keys are called on the screen."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Action
from mereq_teleop.teleop.takeover import Mode

__all__ = [
    "BINDINGS",
    "CAMERA_KEY",
    "CAPTIONS",
    "CONTROL_KEYS",
    "MEANINGS",
    "WITHHELD",
    "Request",
    "action_words",
    "asking_keys",
    "driving_keys",
    "key_words",
    "spoken",
]


class Request(StrEnum):
    """Something that the loop is asked to do; it decides when."""

    PAUSE = "pause"
    NEW_EPISODE = "new episode"
    ROLLBACK = "rollback"
    RETRACT = "retract"
    REWIND = "rewind"
    FASTER = "faster"
    SLOWER = "slower"
    STEP_BY_STEP = "step by step"
    NEXT_STEP = "next step"
    AXES_FRAME = "axes frame"
    HELP = "help"
    QUIT = "quit"


BINDINGS: Final[Mapping[str, Request]] = {
    "p": Request.PAUSE,
    "r": Request.NEW_EPISODE,
    "b": Request.ROLLBACK,
    "backspace": Request.RETRACT,
    "shift+backspace": Request.REWIND,
    "[": Request.SLOWER,
    "]": Request.FASTER,
    "page down": Request.SLOWER,
    "page up": Request.FASTER,
    ".": Request.STEP_BY_STEP,
    "n": Request.NEXT_STEP,
    "v": Request.AXES_FRAME,
    "h": Request.HELP,
    "q": Request.QUIT,
}
"""Request of each key, by pygame's key names, with "shift+" before one that needs it.

Brackets are no keys of their own on every keyboard (on a German one they need AltGr): the page keys are.
"""

MEANINGS: Final[Mapping[Request, str]] = {
    Request.PAUSE: "pause or go on",
    Request.NEW_EPISODE: "new episode",
    Request.ROLLBACK: "back to the previous policy",
    Request.RETRACT: "take the last correction back",
    Request.REWIND: "the last five seconds again",
    Request.SLOWER: "slower world, down to 0.25 x",
    Request.FASTER: "faster world, up to 4 x",
    Request.STEP_BY_STEP: "step by step: the world waits",
    Request.NEXT_STEP: "let the next step happen",
    Request.AXES_FRAME: "turn the SpaceMouse's axes",
    Request.HELP: "show or hide this help",
    Request.QUIT: "save and quit",
}

WITHHELD: Final = frozenset(
    (
        Request.NEW_EPISODE,
        Request.ROLLBACK,
        Request.SLOWER,
        Request.FASTER,
        Request.STEP_BY_STEP,
        Request.NEXT_STEP,
    )
)
"""What a blind window does not do: people of one study must drive under equal conditions."""

CONTROL_KEYS: Final[Mapping[str, str]] = {"return": "take over", "escape": "give back"}
"""Keys that the keyboard device takes beside the driving keys of the task's card, and what they do by instinct."""

_CONTROL: Final[Mapping[Mode, Mapping[str, str]]] = {
    Mode.INSTINCT: CONTROL_KEYS,
    Mode.TOGGLE: {"return": "take over, give back", "escape": "give back"},
    Mode.HOLD: {"tab": "hold it to drive", "escape": "give back"},
}

CAMERA_KEY: Final = "c"
"""Asks for the view from which a task is seen at first."""

CAPTIONS: Final[Mapping[str, str]] = {
    "return": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "backspace": "Backspace",
    "shift+backspace": "Shift+Backspace",
    "shift": "Shift",
    "home": "Home",
    "end": "End",
    "page up": "Page up",
    "page down": "Page down",
    "drag": "Drag",
    "right drag": "Right drag",
    "click or drag": "Click or drag",
    "wheel": "Wheel",
}
"""What is printed on a key (or said of the mouse) where that is not its name in capitals."""

_OPPOSITES: Final[Mapping[str, str]] = {"forward": "back", "left": "right", "up": "down", "open": "close"}
"""What it is to go the other way along an axis."""


def action_words(card: TaskCard, action: Action) -> str:
    """An action as the screen calls it: its name on the card, or its axes with their numbers.

    One axis: "force +0.5". Of several those that are not zero: "forward +0.20, up -0.10 m/s", or "stay".
    """
    if isinstance(action, int):
        return card.actions[action]
    if len(card.axes) == 1:
        return f"{card.axes[0].name} {action[0]:+.2g}" if action[0] else f"{card.axes[0].name} 0"
    moved = [f"{axis.name} {value:+.2f}" for axis, value in zip(card.axes, action, strict=True) if round(value, 2)]
    return f"{', '.join(moved)} {card.axes[0].unit}" if moved else "stay"


def key_words(card: TaskCard, action: Action) -> str:
    """A driving key's action, as short as its help needs it: with several axes "back" instead of "forward -0.2 m/s"."""
    if isinstance(action, int) or len(card.axes) == 1:
        return action_words(card, action)
    ways = (
        axis.name if value > 0 else _OPPOSITES.get(axis.name, f"{axis.name} -")
        for axis, value in zip(card.axes, action, strict=True)
        if value
    )
    return " ".join(ways) or "stay"


def asking_keys(card: TaskCard, *, blind: bool = False) -> dict[tuple[str, ...], str]:
    """The keys of each request that the task and the window know, and what it does in words."""
    none = (WITHHELD if blind else frozenset()) | (frozenset() if card.level else {Request.AXES_FRAME})
    return {
        tuple(key for key, asked in BINDINGS.items() if asked is request): words
        for request, words in MEANINGS.items()
        if request not in none
    }


def driving_keys(card: TaskCard, mode: Mode = Mode.INSTINCT) -> dict[tuple[str, ...], str]:
    """The keys that drive, take over and give back, and what each does in words."""
    driving = {key: spoken(key_words(card, action)) for key, action in card.keys.items()}
    return {(key,): meaning for key, meaning in {**driving, **_CONTROL[mode]}.items()}


def spoken(action: str) -> str:
    """An action as one says it: `LANE_LEFT` is "lane left"."""
    return action.replace("_", " ").lower()
