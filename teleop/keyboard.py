"""The keyboard of the operator's window."""

from collections import deque
from enum import Enum, auto

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Sight
from mereq_teleop.teleop.handover import Handover
from mereq_teleop.teleop.takeover import Mode

__all__ = ["DEAD_MAN_KEY", "ENGAGE_KEYS", "RELEASE_KEYS", "Keyboard"]

ENGAGE_KEYS = frozenset({"return", "enter", "keypad enter"})
RELEASE_KEYS = frozenset({"escape"})
DEAD_MAN_KEY = "tab"
"""Under `hold` it is held for as long as one wants control: it stays free of what Shift and Ctrl mean elsewhere."""


class Stroke(Enum):
    """What a key or the focus says, whoever has control."""

    DRIVE = auto()
    ENGAGE = auto()
    RELEASE = auto()
    HOLD = auto()
    LET_GO = auto()
    FOCUS_LOST = auto()
    FOCUS_BACK = auto()


POLICY, HUMAN, SAFE = Authority.POLICY, Authority.HUMAN, Authority.SAFE
ALWAYS: dict[tuple[Stroke, Authority], Authority] = {
    # Who has control asks for more.
    (Stroke.DRIVE, HUMAN): HUMAN,
    (Stroke.RELEASE, HUMAN): POLICY,
    (Stroke.RELEASE, SAFE): POLICY,
    (Stroke.FOCUS_LOST, HUMAN): SAFE,
    (Stroke.FOCUS_BACK, SAFE): POLICY,
}
WANTED: dict[Mode, dict[tuple[Stroke, Authority], Authority]] = {
    Mode.INSTINCT: {
        **ALWAYS,
        **{(stroke, before): HUMAN for stroke in (Stroke.DRIVE, Stroke.ENGAGE) for before in (POLICY, HUMAN, SAFE)},
    },
    Mode.TOGGLE: {
        **ALWAYS,
        (Stroke.ENGAGE, POLICY): HUMAN,
        (Stroke.ENGAGE, SAFE): HUMAN,
        (Stroke.ENGAGE, HUMAN): POLICY,
    },
    Mode.HOLD: {
        **ALWAYS,
        **{(Stroke.HOLD, before): HUMAN for before in (POLICY, HUMAN, SAFE)},
        (Stroke.LET_GO, HUMAN): POLICY,
    },
}
"""Who shall have control after a stroke; one that is not here asks for nothing."""


class Keyboard:
    """By instinct Enter or any driving key takes over; under `toggle` Enter does, and gives back; under `hold` the
    dead-man's key is held for it. Esc always gives back, and focus lost while the human drives loses it.

    Where actions are continuous, or steps shorter than a press, keys that are held down go on asking for their actions,
    once a step, as long as the human has control; those of several add up along each axis, within its limits, and of
    named actions the last key's counts. A key that goes up asks for what is
    left at once, unless it went down in this very step: a tap counts for a step. The first steps after a takeover go
    over from the policy's motion to theirs.

    The window calls `press`, `focus_lost` and `focus_gained`, which only take note; `poll` decides what they
    mean, starting from the authority that it is shown. So no flag of the keyboard's own can outlive a change
    made elsewhere.
    """

    def __init__(self, card: TaskCard, mode: Mode = Mode.INSTINCT) -> None:
        """Begin with no key down.

        Args:
            card: The task, whose keys drive.
            mode: What takes over.
        """
        self._card = card
        self._wanted = WANTED[mode]
        self._handover = Handover(card)
        self._strokes: deque[tuple[Stroke, Action | None, float]] = deque()
        self._focused = True
        self._held: dict[str, Action] = {}
        self._pressed_in: dict[str, int] = {}
        """Step in which each held key went down."""
        self._let_go: list[str] = []
        self._asked_step = -1

    def open(self) -> None:
        """Nothing to do: the window owns the keys."""

    def close(self) -> None:
        """Forget what was pressed."""
        self._strokes.clear()
        self._forget_held()

    def describe(self) -> str:
        """Which device this is."""
        return "keyboard"

    def turns(self) -> bool:
        """Its arrows are the base's."""
        return False

    def press(self, key: str, time_s: float) -> bool:
        """A key went down, by pygame's name for it; says whether the key is one of the device's."""
        action = self._card.keys.get(key)
        if action is not None:
            if self._card.lasting:
                # Of named actions the key that went down last counts.
                self._held.pop(key, None)
                self._held[key] = action
                action = self._together()
            self._strokes.append((Stroke.DRIVE, action, time_s))
        elif key in ENGAGE_KEYS or key == DEAD_MAN_KEY:
            # What is held down already is meant from the first step on.
            stroke = Stroke.HOLD if key == DEAD_MAN_KEY else Stroke.ENGAGE
            self._strokes.append((stroke, self._together() if self._card.lasting else None, time_s))
        elif key in RELEASE_KEYS:
            self._strokes.append((Stroke.RELEASE, None, time_s))
        else:
            return False
        return True

    def release(self, key: str, time_s: float = 0.0) -> None:
        """A key went up."""
        if key == DEAD_MAN_KEY:
            self._strokes.append((Stroke.LET_GO, None, time_s))
        if self._held.pop(key, None) is not None:
            self._let_go.append(key)

    def focus_lost(self, time_s: float) -> None:
        """The window lost the keyboard's focus: no key reaches us any more."""
        self._forget_held()
        self._strokes.append((Stroke.FOCUS_LOST, None, time_s))

    def focus_gained(self, time_s: float) -> None:
        """The window has the keyboard's focus again."""
        self._strokes.append((Stroke.FOCUS_BACK, None, time_s))

    def poll(self, sight: Sight) -> list[Command]:
        """What the keys asked for since the last poll; keys without an effect give no command."""
        authority = sight.authority
        commands: list[Command] = []
        while self._strokes:
            stroke, action, time_s = self._strokes.popleft()
            wanted = self._wants(stroke, authority)
            if wanted is None:
                continue
            lost = "the window lost the keyboard's focus" if wanted is Authority.SAFE else ""
            engaged = wanted is Authority.HUMAN
            if engaged and authority is not Authority.HUMAN:
                self._handover.begin(sight, authority)
            at_rest = engaged and stroke is not Stroke.DRIVE and not self._held
            asked = self._blended(action, sight.step) if engaged else None
            commands.append(
                Command(device="keyboard", action=asked, engaged=engaged, time_s=time_s, at_rest=at_rest, lost=lost)
            )
            authority = wanted
        let_up = self._let_up(sight.step)
        due = let_up if sight.step == self._asked_step else self._held or self._handover.lasts(sight.step)
        if commands:
            self._asked_step = sight.step
        elif due and authority is Authority.HUMAN:
            self._asked_step = sight.step
            action, at_rest = self._blended(self._together(), sight.step), not self._held
            commands.append(
                Command(device="keyboard", action=action, engaged=True, time_s=sight.time_s, at_rest=at_rest)
            )
        return commands

    def _let_up(self, step: int) -> bool:
        """Whether a key went up since the last poll that had been down before this step."""
        for key in self._held:
            self._pressed_in.setdefault(key, step)
        gone = [self._pressed_in.pop(key, step) for key in self._let_go]
        self._let_go.clear()
        return any(pressed_in != step for pressed_in in gone)

    def _blended(self, action: Action | None, step: int) -> Action | None:
        """What to ask for: a motion that goes over from the one before."""
        return self._handover.blend(action, step) if isinstance(action, tuple) else action

    def _forget_held(self) -> None:
        self._held.clear()
        self._pressed_in.clear()
        self._let_go.clear()

    def _together(self) -> Action:
        """What the held keys ask for together; to hold still, if none is."""
        if self._card.discrete:
            return [self._card.neutral_action, *self._held.values()][-1]
        if not self._held:
            return tuple(0.0 for _ in self._card.axes)
        vectors = [action for action in self._held.values() if isinstance(action, tuple)]
        sums = (sum(parts) for parts in zip(*vectors, strict=True))
        return tuple(min(max(total, axis.low), axis.high) for total, axis in zip(sums, self._card.axes, strict=True))

    def _wants(self, stroke: Stroke, authority: Authority) -> Authority | None:
        """Who shall have control after this stroke; None where it asks for nothing."""
        was_focused = self._focused
        if stroke in (Stroke.FOCUS_LOST, Stroke.FOCUS_BACK):
            self._focused = stroke is Stroke.FOCUS_BACK
        if stroke is Stroke.FOCUS_BACK and was_focused:
            return None
        return self._wanted.get((stroke, authority))
