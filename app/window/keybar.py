"""The two rows of keys at the bottom: what drives, and what else a person may ask for."""

from collections.abc import Mapping
from typing import Final

from pygame import Rect

from mereq_teleop.app.window.keys import BINDINGS, WITHHELD, driving_keys
from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import DIM
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.takeover import Mode

__all__ = ["draw_keys"]

_ASKING: Final[Mapping[tuple[str, ...], str]] = {
    ("backspace",): "take back",
    ("r",): "new episode",
    ("b",): "previous policy",
    ("p",): "pause",
    (".",): "step by step",
    ("[", "]"): "speed",
    ("h",): "help",
    ("q",): "quit",
}
"""The keys of the second row: the most used of the requests, all of which are in the help."""


def draw_keys(paint: Painter, rect: Rect, card: TaskCard, mode: Mode, *, blind: bool = False) -> None:
    """Draw both rows into a rectangle (px); one that does not fit the width ends before its end."""
    if not rect.height:
        return
    middle = rect.top + rect.height / 2 - paint.px(2)
    asking = {keys: words for keys, words in _ASKING.items() if not (blind and BINDINGS[keys[0]] in WITHHELD)}
    for keys, y in ((driving_keys(card, mode), middle - paint.px(14)), (asking, middle + paint.px(14))):
        _draw_row(paint, (rect.left + paint.px(12), y), rect.right - paint.px(12), keys)


def _draw_row(paint: Painter, at: tuple[int, float], right: int, keys: Mapping[tuple[str, ...], str]) -> None:
    x, y = at
    for names, meaning in keys.items():
        caps = sum(paint.cap_width(name) + paint.px(4) for name in names)
        if x + caps + paint.measure(meaning, size=14)[0] > right:
            return
        for name in names:
            x = paint.key(name, (x, y)).right + paint.px(4)
        words = paint.text(meaning, (x + paint.px(2), y), size=14, colour=DIM, anchor="midleft")
        x = words.right + paint.px(18)
