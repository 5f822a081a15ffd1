"""A device that follows a script, for demonstrations and tests.

Plain text, one event a line, `#` starts a comment; a continuous action is its numbers with commas between them:

    # step  what
    12      LANE_RIGHT      takes over with this action (any action of the task's card; -0.5,1 for two axes)
    13      FASTER          goes on driving
    14      engage          takes over, or goes on, without asking for an action
    15      lost            the device is gone; `release` or another action ends that
    20      release         gives back

The step is the session's count of decisions, from 0; lines are in order of their steps. Case does not matter.
"""

from collections import deque
from difflib import get_close_matches
from pathlib import Path

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Action, Record
from mereq_teleop.sessions.user_files import read_bounded
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Sight
from mereq_teleop.teleop.errors import BadScript

__all__ = ["ScriptEvent", "ScriptedDevice", "parse_script", "read_script"]

MAX_BYTES = 1 << 20
MAX_STEP = 1 << 40


class ScriptEvent(Record):
    """One line of a script."""

    step: int
    engaged: bool
    action: Action | None = None
    lost: bool = False


class ScriptedDevice:
    """Says what a script says, when its step has come."""

    def __init__(self, events: tuple[ScriptEvent, ...], name: str = "script") -> None:
        self._name = name
        self._events = deque(events)
        self._count = len(events)

    def open(self) -> None:
        """Nothing to do: the script was read before."""

    def close(self) -> None:
        """Say nothing more."""
        self._events.clear()

    def describe(self) -> str:
        """Which device this is."""
        return f"script {self._name} ({self._count} events)"

    def turns(self) -> bool:
        """It has no axes."""
        return False

    def poll(self, sight: Sight) -> list[Command]:
        """The events that are due."""
        commands: list[Command] = []
        while self._events and self._events[0].step <= sight.step:
            event = self._events.popleft()
            commands.append(
                Command(
                    device=self._name,
                    action=event.action,
                    engaged=event.engaged,
                    time_s=sight.time_s,
                    lost="the script says so" if event.lost else "",
                )
            )
        return commands


def read_script(path: Path, card: TaskCard) -> ScriptedDevice:
    """The device of a script file.

    Raises:
        BadScript: the file cannot be read or a line makes no sense; the message names the line.
    """
    try:
        data = read_bounded(path, "the device script", BadScript, MAX_BYTES)
    except OSError as error:
        raise BadScript(f"cannot read the device script {path}: {error.strerror}") from None
    try:
        return ScriptedDevice(parse_script(data.decode(), card, str(path)), path.name)
    except UnicodeDecodeError:
        raise BadScript(f"the device script {path} is not text (UTF-8)") from None


def parse_script(text: str, card: TaskCard, name: str = "script") -> tuple[ScriptEvent, ...]:
    """The events of a script's text.

    Raises:
        BadScript: a line makes no sense; the message names it.
    """
    events: list[ScriptEvent] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            events.append(_event(words, card, events[-1].step if events else 0))
        except BadScript as error:
            raise BadScript(f"{name}, line {number}: {error}") from None
    return tuple(events)


def _event(words: list[str], card: TaskCard, last_step: int) -> ScriptEvent:
    if len(words) != 2:
        raise BadScript(f"wanted `<step> <action|engage|release|lost>`, got {' '.join(words)[:80]!r}")
    if not (words[0].isascii() and words[0].isdigit() and len(words[0]) < 20 and int(words[0]) < MAX_STEP):
        raise BadScript(f"a step is a number from 0, got {words[0][:80]!r}")
    step = int(words[0])
    if step < last_step:
        raise BadScript(f"step {step} comes after step {last_step}; lines go in order of their steps")
    word = words[1].lower()
    actions = {action.lower(): index for index, action in enumerate(card.actions)}
    if word in actions:
        return ScriptEvent(step=step, engaged=True, action=actions[word])
    if word in ("engage", "release", "lost"):
        return ScriptEvent(step=step, engaged=word == "engage", lost=word == "lost")
    if not card.discrete and (action := _vector(word)) is not None:
        if not card.allows(action):
            raise BadScript(f"action {word[:80]} is not in the action space: {card.action_space}")
        return ScriptEvent(step=step, engaged=True, action=action)
    known = [*(card.actions or ["numbers"]), "engage", "release", "lost"]
    close = get_close_matches(word, [option.lower() for option in known], n=1, cutoff=0.4)
    hint = f"; did you mean {next(k for k in known if k.lower() == close[0])!r}?" if close else ""
    raise BadScript(f"no action {words[1][:80]!r}; known: {', '.join(known)}{hint}")


def _vector(word: str) -> tuple[float, ...] | None:
    """Numbers with commas between them; None for anything else."""
    try:
        return tuple(float(number) for number in word.split(","))
    except ValueError:
        return None
