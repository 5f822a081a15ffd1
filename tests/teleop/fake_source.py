"""A joystick of the tests' own: what it reads is set by hand."""

from collections.abc import Callable

import numpy as np

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.arbiter import Arbiter
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Device, Sight
from mereq_teleop.teleop.errors import DeviceLost, TeleopError
from mereq_teleop.teleop.source import Reading

__all__ = ["FRAME_S", "FakeSource", "Person"]

FRAME_S = 1 / 60


class FakeSource:
    """A plain joystick with four axes, a hat and buttons."""

    def __init__(self) -> None:
        self.axes = dict.fromkeys(("axis0", "axis1", "axis2", "axis3", "hat0x", "hat0y"), 0.0)
        self.pressed: set[str] = set()
        self.tapped: list[str] = []
        self.plugged = True
        self.opened = 0
        """How often it was looked for."""
        self._open = False

    def open(self, *, wait: bool = True) -> None:
        self.opened += 1
        if not self.plugged:
            raise TeleopError("no joystick is plugged in")
        self._open = True

    def read(self) -> Reading:
        if not (self.plugged and self._open):
            raise DeviceLost("the stick was unplugged")
        tapped, self.tapped = tuple(self.tapped), []
        return Reading(axes=dict(self.axes), pressed=frozenset(self.pressed), tapped=tapped, time_s=0.0)

    def close(self) -> None:
        self._open = False

    def describe(self) -> str:
        return "fake stick"


class Person:
    """Someone before a task: time, the steps of the world, and who has control."""

    def __init__(self, card: TaskCard, device: Device, policy_action: Action, *, demonstrating: bool = False) -> None:
        self.arbiter = Arbiter(card, demonstrating=demonstrating)
        self.commands: list[Command] = []
        """All that were ever given."""
        self.steps: list[tuple[Authority, Action]] = []
        """Who executed what."""
        self.heading_rad: float | None = None
        """Where the camera looks whose axes the hands mean."""
        self._card = card
        self._device = device
        self._policy_action = policy_action
        self._frame = 0

    def who(self) -> Authority:
        """Who has control now."""
        return self.arbiter.authority

    def by_hand(self) -> Action:
        """What the last step executed, which must have been the human's."""
        authority, executed = self.steps[-1]
        assert authority is Authority.HUMAN
        return executed

    def wait(self, seconds: float, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Frames go by, and the steps of the task with them."""
        for _ in range(round(seconds / FRAME_S)):
            meanwhile()
            self.frame()

    def frame(self) -> list[Command]:
        """One poll, and the step that is due with it; gives the commands."""
        now_s, self._frame = self._frame * FRAME_S, self._frame + 1
        blind = np.zeros(1, np.float32)
        sight = Sight(now_s, len(self.steps), 0, self.who(), blind, self._policy_action, self.heading_rad)
        commands = self._device.poll(sight)
        for command in commands:
            self.arbiter.on_command(command)
        self.arbiter.expire(now_s)
        self.commands += commands
        frames_per_step = round(1.0 / (self._card.control_rate_hz * FRAME_S))
        if self._frame % frames_per_step == 0 and self.who() is not Authority.NOBODY:
            decision = self.arbiter.decide(self._policy_action)
            self.steps.append((decision.authority, decision.executed))
        return commands
