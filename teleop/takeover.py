"""When hands on a device mean that their person wants control.

    instinct   touching the device takes over; a quiet time or the release button gives back
    toggle     the engage button takes over and gives back
    hold       the engage button is a dead man's: it takes over while it is held

Nothing is taken or given back on a contact that bounces: a deflection or a held button has to last for `debounce_s`,
and so has its end; a button that was pressed counts at once, but not again before it was up for as long. While a
takeover is not certain the policy simply stays in control, so no step is labelled as a human's that was none.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["DEBOUNCE_S", "QUIET_S", "Hands", "Mode", "Rules", "TakeoverState", "advance", "dropped"]

DEBOUNCE_S = 0.03
"""30 ms: two frames of the window; contacts bounce for less than 10 ms."""
QUIET_S = 1.5


class Mode(StrEnum):
    """What takes over and what gives back."""

    INSTINCT = "instinct"
    TOGGLE = "toggle"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Rules:
    """How takeovers are made."""

    mode: Mode = Mode.INSTINCT
    quiet_s: float = QUIET_S
    """By instinct, how long the device must be untouched until the policy has control again (s)."""
    debounce_s: float = DEBOUNCE_S


@dataclass(frozen=True, slots=True)
class Hands:
    """What the hands on a device do at one moment."""

    touched: bool
    """Whether an axis is beyond its dead zone."""
    held: bool
    """Whether the engage button is down."""
    tapped: bool
    """Whether the engage button went down since the moment before, even if it is up again."""
    released: bool
    """Whether the release button is, or was, down."""
    time_s: float


@dataclass(frozen=True, slots=True)
class TakeoverState:
    """What is known of a person's wish."""

    engaged: bool = False
    """Whether they want control."""
    armed: bool = False
    """Whether the device was at rest since control went last: what is merely left deflected takes nothing over."""
    since_s: float | None = None
    """Since when the hands ask for the other than `engaged`; None while they don't."""
    down_s: float = float("-inf")
    """When the engage button was last seen down."""

    @property
    def uncertain(self) -> bool:
        """Whether a takeover may have begun that is not certain yet."""
        return not self.engaged and self.since_s is not None


def dropped(state: TakeoverState) -> TakeoverState:
    """Control went elsewhere: what the hands do now takes it back only after they were at rest."""
    return TakeoverState(down_s=state.down_s)


def advance(state: TakeoverState, hands: Hands, rules: Rules) -> TakeoverState:
    """The wish after one more look at the hands; their times never go back."""
    down = hands.held or hands.tapped
    pressed = hands.tapped and hands.time_s - state.down_s >= rules.debounce_s
    state = replace(state, down_s=hands.time_s if down else state.down_s)
    if hands.released:
        return dropped(state)
    if pressed and rules.mode is not Mode.HOLD and not state.engaged:
        return TakeoverState(engaged=True, down_s=state.down_s)
    if rules.mode is Mode.TOGGLE:
        return dropped(state) if pressed else state
    asks = down if rules.mode is Mode.HOLD else hands.touched or pressed
    if asks is state.engaged:
        return replace(state, armed=state.armed or not asks, since_s=None)
    if asks and not state.armed:
        return state
    since_s = hands.time_s if state.since_s is None else state.since_s
    patience_s = rules.quiet_s if state.engaged and rules.mode is Mode.INSTINCT else rules.debounce_s
    if hands.time_s - since_s >= patience_s:
        return TakeoverState(engaged=asks, armed=not asks, down_s=state.down_s)
    return replace(state, since_s=since_s)
