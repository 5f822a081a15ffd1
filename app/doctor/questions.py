"""What a person shows with the device in hand: which way of which axis drives what, and which buttons do what."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from mereq_teleop.app.clock import Clock, RateKeeper
from mereq_teleop.app.doctor.rest import Rest
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.mapping import Pull
from mereq_teleop.teleop.source import Source

__all__ = ["Answers", "ask_all"]

_RATE_HZ = 60.0
_PUSHED, _BACK = 0.6, 0.25
"""Parts of full deflection: past the one an axis is meant, under the other it is let go."""
_PATIENCE_S = 8.0
_OR_WAIT = f"(or wait {_PATIENCE_S:g} s to leave it as it is)"
_BUTTONS = {"engage": "that shall take over", "release": "that shall give back"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What was shown; what was not shown is missing."""

    pulls: Mapping[str, Pull]
    """The way that drives each axis of the task, or asks for each action, as the hardware has it."""
    buttons: Mapping[str, str]
    """Of `engage` and `release`."""


def ask_all(
    source: Source, card: TaskCard, rest: Mapping[str, Rest], say: Callable[[str], None], clock: Clock
) -> Answers:
    """Ask for every axis or action of the task and for both buttons; each question waits some seconds.

    Raises:
        DeviceLost: it was unplugged.
    """
    pulls, buttons = {}, {}
    taken: set[tuple[str, int]] = set()
    for target in _targets(card):
        say(f"move it for {target!r}, then let go {_OR_WAIT}")
        pull = _pushed(source, rest, taken, clock)
        say(f"  {target}: {'as it is' if pull is None else f'{pull.axis}, {_way(pull)}'}")
        if pull is not None:
            pulls[target] = pull
            # Of an axis that drives another, the way back is that one's too.
            taken |= {(pull.axis, pull.sign)} if card.discrete else {(pull.axis, 1), (pull.axis, -1)}
    for role, meaning in _BUTTONS.items():
        say(f"press the button {meaning} {_OR_WAIT}")
        button = _tapped(source, clock)
        say(f"  {button or 'as it is'}")
        if button:
            buttons[role] = button
    return Answers(pulls, buttons)


def _targets(card: TaskCard) -> list[str]:
    """The axes, or the actions without the one that needs no asking."""
    if card.discrete:
        return [action for index, action in enumerate(card.actions) if index != card.neutral_action]
    return [axis.name for axis in card.axes]


def _way(pull: Pull) -> str:
    return "positive" if pull.sign > 0 else "negative"


def _pushed(source: Source, rest: Mapping[str, Rest], taken: Set[tuple[str, int]], clock: Clock) -> Pull | None:
    """The axis and way that is pushed farthest and not taken, once let go again; None if none is in time."""
    keeper, end_s = RateKeeper(clock, _RATE_HZ), clock.monotonic() + _PATIENCE_S
    farthest = 0.0
    pull: Pull | None = None
    while True:
        now = {axis: value - rest[axis].drift for axis, value in source.read().axes.items() if axis in rest}
        for axis, value in now.items():
            way = Pull(axis=axis, sign=1 if value > 0 else -1)
            if abs(value) > max(_PUSHED, farthest) and (way.axis, way.sign) not in taken:
                farthest, pull = abs(value), way
        if pull is not None and max(map(abs, now.values())) < _BACK:
            return pull
        if keeper.wait() >= end_s:
            return pull


def _tapped(source: Source, clock: Clock) -> str:
    """The first button that goes down; empty if none does in time."""
    keeper, end_s = RateKeeper(clock, _RATE_HZ), clock.monotonic() + _PATIENCE_S
    source.read()
    while keeper.wait() < end_s:
        if tapped := source.read().tapped:
            return tapped[0]
    return ""
