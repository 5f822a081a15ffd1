"""What the hands on a device with axes ask for, while the device is there."""

from collections.abc import Mapping

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Sight
from mereq_teleop.teleop.flick import PUSHED, flicks
from mereq_teleop.teleop.handover import Handover
from mereq_teleop.teleop.mapping import DeviceMapping, Pull
from mereq_teleop.teleop.shaping import Shape, shaped, turned
from mereq_teleop.teleop.source import Reading
from mereq_teleop.teleop.takeover import Hands, Rules, TakeoverState, advance, dropped

__all__ = ["Grip"]


class Grip:
    """Makes of deflections what the task's card understands, and takes over by the rules.

    Where actions are continuous, a command asks for one with each step while its person has control, and again within
    the step whenever the hands have moved: what the step executes is never older than the last poll. The first steps
    after a takeover go over from the policy's motion to the person's.

    Where actions are discrete, an axis that is pushed past 0.6 asks for one action, and for the next one only after it
    was let back under 0.3; but where steps are shorter than a push, it asks with each step for as long as it is out.
    """

    def __init__(
        self,
        name: str,
        card: TaskCard,
        mapping: DeviceMapping,
        pulls: Mapping[str, tuple[Pull, ...]],
        rules: Rules,
        *,
        demonstrating: bool = False,
        turns: bool = False,
    ) -> None:
        """Begin with hands of which nothing is known.

        Args:
            name: Of the device, in its commands.
            card: The task.
            mapping: How deflections count, and which buttons engage and release.
            pulls: What drives each axis, or asks for each action.
            rules: What takes over.
            demonstrating: Whether nobody but the human drives: a stick that is held over counts from the first step on.
            turns: Whether the axes x and y can be the camera's.
        """
        self._name = name
        self._card = card
        self._mapping = mapping
        self._pulls = pulls
        self._rules = rules
        self._demonstrating = demonstrating
        self._turns = turns
        self._state = TakeoverState()
        self._armed: frozenset[str] = frozenset()
        self._queued: list[Action] = []
        """Actions that were asked for while the takeover was not certain."""
        self._handover = Handover(card)
        self._asked: tuple[int, Action, bool] | None = None
        """The step that was asked for last, its action, and whether the hands were at rest."""
        self._touched = False

    def follow(self, sight: Sight, reading: Reading) -> list[Command]:
        """What is asked for now."""
        before = self._state
        if before.engaged and sight.authority is not Authority.HUMAN:
            # Esc, a pause or a lost focus: someone else has decided.
            before = dropped(before)
        deflections = self._deflections(reading, sight.heading_rad)
        hands = self._hands(reading, deflections, sight.time_s)
        now = self._awake(sight, hands) if self._demonstrating else advance(before, hands, self._rules)
        self._state = now = dropped(now) if sight.authority is Authority.NOBODY else now
        self._touched = hands.touched
        flicked = self._flicked(reading)
        self._queued = [*self._queued, *flicked] if now.engaged or now.uncertain else []
        if not now.engaged:
            return [self._command(None, False, reading)] if before.engaged else []
        if not before.engaged:
            self._handover.begin(sight, sight.authority)
            self._asked = None
        if self._card.lasting:
            return self._moved(sight, reading, deflections)
        asked: list[Action | None] = [*self._queued]
        self._queued = []
        if not before.engaged and not asked:
            asked = [None]
        return [self._command(action, True, reading) for action in asked]

    def _awake(self, sight: Sight, hands: Hands) -> TakeoverState:
        """The wish of hands that nobody shares control with: only after a loss must they show that they are back."""
        back = hands.touched or hands.held or hands.tapped
        return TakeoverState(engaged=back or sight.authority is not Authority.SAFE)

    def _moved(self, sight: Sight, reading: Reading, deflections: Mapping[str, float]) -> list[Command]:
        """The action of this moment, unless it was asked for in this very step."""
        wanted = self._pushed_most(reading) if self._card.discrete else self._action(deflections)
        action = self._handover.blend(wanted, sight.step) if isinstance(wanted, tuple) else wanted
        asked = (sight.step, action, not self._touched)
        if asked == self._asked:
            return []
        self._asked = asked
        return [self._command(asked[1], True, reading)]

    def _action(self, deflections: Mapping[str, float]) -> tuple[float, ...]:
        """What the deflections ask for, in environment units."""
        neutral = self._card.neutral_action
        assert isinstance(neutral, tuple)
        action = []
        for axis, rest in zip(self._card.axes, neutral, strict=True):
            pushed = sum(pull.sign * deflections.get(pull.axis, 0.0) for pull in self._pulls.get(axis.name, ()))
            wanted = rest + pushed * (axis.high - rest if pushed > 0.0 else rest - axis.low)
            action.append(min(max(wanted, axis.low), axis.high))
        return tuple(action)

    def _hands(self, reading: Reading, deflections: Mapping[str, float], now_s: float) -> Hands:
        touching = {pull.axis for pulls in self._pulls.values() for pull in pulls}
        engage, release = frozenset(self._mapping.engage), frozenset(self._mapping.release)
        return Hands(
            touched=any(deflections.get(axis, 0.0) for axis in touching),
            held=not engage.isdisjoint(reading.pressed),
            tapped=not engage.isdisjoint(reading.tapped),
            released=not release.isdisjoint((*reading.pressed, *reading.tapped)),
            time_s=now_s,
        )

    def _flicked(self, reading: Reading) -> tuple[int, ...]:
        """The discrete actions that are asked for now."""
        if self._card.lasting:
            return ()
        names, self._armed = flicks(self._armed, self._pushed(reading))
        return tuple(self._card.actions.index(name) for name in names)

    def _pushed_most(self, reading: Reading) -> Action:
        """The discrete action whose axis is out furthest; to hold still, if none is far out."""
        pushed = self._pushed(reading)
        most = max(pushed, key=pushed.__getitem__)
        return self._card.actions.index(most) if pushed[most] > PUSHED else self._card.neutral_action

    def _pushed(self, reading: Reading) -> dict[str, float]:
        """How far the axis of each discrete action is out its way."""
        return {
            name: max((pull.sign * self._way(reading, pull.axis) for pull in pulls), default=0.0)
            for name, pulls in self._pulls.items()
        }

    def _way(self, reading: Reading, axis: str) -> float:
        """How far an axis is out, with no dead zone and no curve: the thresholds of a push are of its whole way."""
        inverted = self._mapping.shape(axis).inverted
        return shaped(reading.axes.get(axis, 0.0), Shape(dead_zone=0.0, exponent=1.0, inverted=inverted))

    def _deflections(self, reading: Reading, heading_rad: float | None) -> Mapping[str, float]:
        """How far each axis is meant to be out; x and y relative to the base."""
        meant = {axis: shaped(raw, self._mapping.shape(axis)) for axis, raw in reading.axes.items()}
        return turned(meant, heading_rad) if self._turns and heading_rad is not None else meant

    def _command(self, action: Action | None, engaged: bool, reading: Reading) -> Command:
        at_rest = engaged and not self._touched
        return Command(device=self._name, action=action, engaged=engaged, time_s=reading.time_s, at_rest=at_rest)
