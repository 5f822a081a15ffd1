"""From devices' commands and the policy's wish to one decision a step."""

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.events import AuthorityChange
from mereq_teleop.sessions.records import Action, Authority, Decision
from mereq_teleop.teleop.authority import AuthorityHolder, Event
from mereq_teleop.teleop.command import Command

__all__ = ["SAFE_S", "Arbiter"]

SAFE_S = 2.0
"""How long the task's neutral action stands in for a device that was lost in control; then the policy drives."""


class Arbiter:
    """Holds the authority and the human's pending action, and makes the decision of each step."""

    def __init__(self, card: TaskCard, *, demonstrating: bool = False) -> None:
        """Begin with the policy in control.

        Args:
            card: The task.
            demonstrating: Whether nobody but the human drives: what was lost is then waited for without end.
        """
        self._card = card
        self._demonstrating = demonstrating
        self._lost_s = 0.0
        """When the device was lost; only of use while the authority is SAFE."""
        self._holder = AuthorityHolder()
        self._pending: Action | None = None
        self._moved = False

    @property
    def authority(self) -> Authority:
        """Who has control of the next step."""
        return self._holder.authority

    @property
    def reason(self) -> str:
        """Why the authority is SAFE; empty otherwise."""
        return self._holder.reason

    @property
    def pending(self) -> Action | None:
        """The human's action that the next decision will execute; None before the human asks for one."""
        return self._pending

    @property
    def moved(self) -> bool:
        """Whether a human asked for it by moving: hands at rest ask for nothing."""
        return self._moved

    def apply(self, event: Event, reason: str = "") -> AuthorityChange | None:
        """Move the authority; whatever was pending before a change is forgotten.

        Args:
            event: What happened.
            reason: Why, for a device that was lost.
        """
        change = self._holder.apply(event, reason)
        if change is not None:
            self._forget()
        return change

    def on_command(self, command: Command) -> AuthorityChange | None:
        """Take a device's command; returns the change of authority that it made, if any.

        Raises:
            ValueError: the action is not in the task's action space.
        """
        self._check(command)
        if command.lost:
            lost = self.apply(Event.LOST, command.lost)
            self._lost_s = command.time_s if lost is not None else self._lost_s
            return lost
        change = self.apply(Event.ENGAGE if command.engaged else Event.RELEASE)
        if command.engaged and self.authority is Authority.HUMAN and command.action is not None:
            self._pending, self._moved = command.action, not command.at_rest
        return change

    def safe_left_s(self, now_s: float) -> float | None:
        """How long until the policy drives (s); None while the authority is not SAFE, or waits without end."""
        if self.authority is not Authority.SAFE or self._demonstrating:
            return None
        return max(SAFE_S - (now_s - self._lost_s), 0.0)

    def expire(self, now_s: float) -> AuthorityChange | None:
        """Let the policy drive if what was lost, a device or the focus, was not back within `SAFE_S`."""
        return self.apply(Event.EXPIRE) if self.safe_left_s(now_s) == 0.0 else None

    def decide(self, policy_action: Action) -> Decision:
        """The decision of this step; uses the pending action up.

        Raises:
            ValueError: nobody has control.
        """
        human: Action | None = None
        executed: Action = policy_action
        if self.authority is Authority.HUMAN:
            # A human who asks for nothing holds still: a choice of theirs, to be learned from like any other.
            executed = human = self._card.neutral_action if self._pending is None else self._pending
        elif self.authority is Authority.SAFE:
            executed = self._card.neutral_action
        self._forget()
        return Decision(
            policy_action=policy_action,
            human_action=human,
            authority=self.authority,
            executed=executed,
            reason=self.reason,
        )

    def _forget(self) -> None:
        self._pending, self._moved = None, False

    def _check(self, command: Command) -> None:
        if command.action is not None and not self._card.allows(command.action):
            raise ValueError(f"{command.device} asks for action {command.action}, wanted {self._card.action_space}")
