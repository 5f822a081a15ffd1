"""The page of the windows' keys."""

from collections.abc import Mapping

from mereq_teleop.app.reference.markdown import code, table
from mereq_teleop.app.window.keys import BINDINGS, CAMERA_KEY, CAPTIONS, MEANINGS, WITHHELD, Request, driving_keys
from mereq_teleop.app.window.replay_keys import REPLAY_HELP
from mereq_teleop.envs import card
from mereq_teleop.teleop.takeover import Mode

__all__ = ["body", "caption"]

_EXAMPLE = "highway"


def body() -> str:
    """The operator's window and the replay's."""
    asked = {tuple(key for key, asks in BINDINGS.items() if asks is it): words for it, words in MEANINGS.items()}
    withheld = (code(caption(key)) for key, asks in BINDINGS.items() if asks in WITHHELD)
    axes = next(code(caption(key)) for key, asks in BINDINGS.items() if asks is Request.AXES_FRAME)
    told = [
        "H shows them in the window. What each state of the window looks like: [the operator's window](../hud.md).",
        "## The operator's window",
        _rows(asked),
        f"A blind window (`--blind`, studies) has no {', '.join(withheld)}. {axes} is for the arm alone. "
        f"With the arm, {code(caption(CAMERA_KEY))} resets the camera; a drag turns it, a right drag "
        "or shift-drag moves it, the wheel zooms.",
        "## Taking over and giving back",
        "`--takeover` says what takes over. The keys that drive are each task's own ([tasks.md](tasks.md)).",
        *(f"`{mode.value}`:\n\n{_rows(_control(mode))}" for mode in Mode),
        "## The replay's window",
        _rows(REPLAY_HELP),
    ]
    return "\n\n".join(part.strip() for part in told)


def caption(key: str) -> str:
    """A key as its help calls it."""
    return CAPTIONS.get(key, key.upper() if len(key) == 1 else key.capitalize())


def _control(mode: Mode) -> dict[tuple[str, ...], str]:
    task = card(_EXAMPLE)
    return {names: does for names, does in driving_keys(task, mode).items() if not set(names) & set(task.keys)}


def _rows(keys: Mapping[tuple[str, ...], str]) -> str:
    return table(
        ("keys", "do"), [(" ".join(code(caption(name)) for name in names), does) for names, does in keys.items()]
    )
