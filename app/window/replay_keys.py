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

_MEANINGS: Final[Mapping[ReplayRequest, str]] = {
    ReplayRequest.PLAY: "play or pause",
    ReplayRequest.STEP_BACK: "one step back",
    ReplayRequest.STEP_ON: "one step on",
    ReplayRequest.LAST_TAKEOVER: "to the takeover before",
    ReplayRequest.NEXT_TAKEOVER: "to the next takeover",
    ReplayRequest.FASTER: "faster, up to 16 x",
    ReplayRequest.SLOWER: "slower, down to 0.25 x",
    ReplayRequest.START: "to the start",
    ReplayRequest.END: "to the end",
    ReplayRequest.TAKE_OVER: "take over from this frame, as a new session",
    ReplayRequest.HELP: "show or hide this help",
    ReplayRequest.QUIT: "quit",
}

REPLAY_HELP: Final[Mapping[tuple[str, ...], str]] = {
    tuple(key for key, asks in REPLAY_BINDINGS.items() if asks is request): words
    for request, words in _MEANINGS.items()
}
"""The keys of each request, and what it does in words."""
