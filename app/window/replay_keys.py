"""What the keyboard asks of a replay."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

__all__ = ["REPLAY_BINDINGS", "REPLAY_HELP", "ReplayRequest"]


class ReplayRequest(StrEnum):
    """Something that the replay is asked to do."""

    PLAY = "play"
    STEP_ON = "step on"
    STEP_BACK = "step back"
    NEXT_TAKEOVER = "next takeover"
    LAST_TAKEOVER = "last takeover"
    FASTER = "faster"
    SLOWER = "slower"
    START = "start"
    END = "end"
    TAKE_OVER = "take over"
    HELP = "help"
    QUIT = "quit"


REPLAY_BINDINGS: Final[Mapping[str, ReplayRequest]] = {
    "space": ReplayRequest.PLAY,
    "left": ReplayRequest.STEP_BACK,
    "right": ReplayRequest.STEP_ON,
    "shift+left": ReplayRequest.LAST_TAKEOVER,
    "shift+right": ReplayRequest.NEXT_TAKEOVER,
    "up": ReplayRequest.FASTER,
    "down": ReplayRequest.SLOWER,
    "]": ReplayRequest.FASTER,
    "[": ReplayRequest.SLOWER,
    "page up": ReplayRequest.FASTER,
    "page down": ReplayRequest.SLOWER,
    "home": ReplayRequest.START,
    "end": ReplayRequest.END,
    "t": ReplayRequest.TAKE_OVER,
    "h": ReplayRequest.HELP,
    "q": ReplayRequest.QUIT,
}
"""Request of each key, by pygame's key names, with "shift+" before one that needs it."""

REPLAY_HELP: Final[Mapping[str, str]] = {
    "space": "play or pause",
    "left": "one step back",
    "right": "one step on",
    "shift+left": "to the takeover before",
    "shift+right": "to the next takeover",
    "up": "faster, up to 16 x",
    "down": "slower, down to 0.25 x",
    "home": "to the start",
    "end": "to the end",
    "t": "take over from this frame, as a new session",
    "h": "show or hide this help",
    "q": "quit",
}
"""What the help says of each key."""
