"""Several devices at once: any of them can take over."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.authority import AuthorityHolder, Event
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Device, Sight
from mereq_teleop.teleop.guide import Guide, guides_of

__all__ = ["Together"]


class Together:
    """Polls its devices in their order; where two ask for an action in the same moment, the later one's counts.

    Who drives is the device that was moved last. Another one that is lost, or at rest, takes nothing from their hands;
    only the last device, which is the keyboard with its Esc, gives back whoever drives.
    """

    def __init__(self, *devices: Device) -> None:
        self._devices: Sequence[Device] = devices
        self._driver: Device | None = None
        """Whose hands moved last; None while no human has control."""

    def open(self) -> None:
        """Make all ready, or none.

        Raises:
            TeleopError: one of them cannot be used.
        """
        with ExitStack() as opened:
            for device in self._devices:
                device.open()
                opened.callback(device.close)
            opened.pop_all()

    def close(self) -> None:
        """Let go of all."""
        for device in self._devices:
            device.close()

    def describe(self) -> str:
        """Those that are there."""
        return " + ".join(filter(None, (device.describe() for device in self._devices)))

    def guides(self) -> tuple[Guide, ...]:
        """What the hands on each of them do."""
        return tuple(guide for device in self._devices for guide in guides_of(device))

    def turns(self) -> bool:
        """Whether one of them does."""
        return any(device.turns() for device in self._devices)

    def poll(self, sight: Sight) -> list[Command]:
        """What they asked for; each is shown what those before it did to the authority."""
        holder = AuthorityHolder(sight.authority)
        commands: list[Command] = []
        for device in self._devices:
            for command in device.poll(replace(sight, authority=holder.authority)):
                if holder.authority is not Authority.HUMAN:
                    self._driver = None
                if self._driver not in (None, device) and self._idles(device, command):
                    continue
                holder.apply(_event(command), command.lost)
                self._driver = device
                commands.append(command)
        return commands

    def _idles(self, device: Device, command: Command) -> bool:
        """Whether a command of another device than the driver's is no more than that its hands are gone."""
        return command.at_rest if command.engaged else bool(command.lost) or device is not self._devices[-1]


def _event(command: Command) -> Event:
    if command.lost:
        return Event.LOST
    return Event.ENGAGE if command.engaged else Event.RELEASE
