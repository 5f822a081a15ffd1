"""A device with axes: a joystick, a gamepad, a wheel or a SpaceMouse, whatever its source."""

from collections.abc import Callable

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Sight
from mereq_teleop.teleop.errors import BadMapping, DeviceLost, DeviceRefused, TeleopError
from mereq_teleop.teleop.grip import Grip
from mereq_teleop.teleop.guide import Guide, guide_of
from mereq_teleop.teleop.mapping import DeviceMapping, mapping_path, pulls_of
from mereq_teleop.teleop.source import Source
from mereq_teleop.teleop.takeover import QUIET_S, Mode, Rules

__all__ = ["RETRY_S", "AnalogDevice", "rules_of"]

RETRY_S = 1.0
"""How often a device that is gone is looked for."""


def rules_of(card: TaskCard, mode: Mode) -> Rules:
    """How takeovers are made in a task: where steps are long, a person waits for what their last action did."""
    return Rules(mode, quiet_s=max(QUIET_S, 2.0 / card.control_rate_hz))


class AnalogDevice:
    """Reads a source and says what the hands on it ask for; finds it again when it comes back.

    A source that is lost while a human has control is said to be lost at once.
    """

    def __init__(
        self,
        card: TaskCard,
        source: Source,
        *,
        name: str = "joystick",
        mapping: DeviceMapping | None = None,
        mode: Mode = Mode.INSTINCT,
        patient: bool = False,
        demonstrating: bool = False,
        turns: bool = False,
        complain: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Make the device of a source.

        Args:
            card: The task.
            source: Where axes and buttons come from.
            name: What kind of device it is, in its commands and to the operator.
            mapping: What axes and buttons stand for; what is usual if None.
            mode: What takes over.
            patient: Whether `open` is content where the device is not there yet, or where its mapping does not fit it.
            demonstrating: Whether nobody but the human drives: a device that is lost leaves control to nobody else.
            turns: Whether its forward and left can be the camera's.
            complain: Told once, in a line, why a device that is there cannot be used.
        """
        self._card = card
        self._source = source
        self._name = name
        self._mapping = mapping or DeviceMapping()
        self._rules = rules_of(card, mode)
        self._demonstrating = demonstrating
        self._patient = patient
        self._turns = turns
        self._complain = complain
        self._complaint = ""
        self._grip: Grip | None = None
        """None while the device is not there."""
        self._guide: Guide | None = None
        self._absent = ""
        """What to say of a device that is not there."""
        self._tried_s = float("-inf")

    def open(self) -> None:
        """Find the hardware.

        Raises:
            TeleopError: the device is not patient, and it is not there or the mapping does not fit it.
        """
        if self._patient:
            self._look()
        else:
            self._find(wait=True)

    def close(self) -> None:
        """Let go of the hardware."""
        self._grip = None
        self._source.close()

    def describe(self) -> str:
        """Which device this is; empty while a patient device was never there."""
        return self._source.describe() if self._grip is not None else self._absent

    def guides(self) -> tuple[Guide, ...]:
        """What axes and buttons stand for, while the device is there."""
        return () if self._grip is None or self._guide is None else (self._guide,)

    def turns(self) -> bool:
        """Whether it is there, and one whose axes can be the camera's."""
        return self._turns and self._grip is not None

    def poll(self, sight: Sight) -> list[Command]:
        """What the hands ask for now."""
        if self._grip is None and sight.time_s - self._tried_s >= RETRY_S:
            self._tried_s = sight.time_s
            self._look()
        if self._grip is None:
            return []
        try:
            return self._grip.follow(sight, self._source.read())
        except DeviceLost as lost:
            return self._lost(sight, str(lost))

    def _find(self, *, wait: bool) -> None:
        self._source.open(wait=wait)
        try:
            axes = self._source.read().axes
            pulls = pulls_of(self._mapping, self._card, axes, mapping_path(self._name))
        except TeleopError:
            self._source.close()
            raise
        self._grip = Grip(
            self._name,
            self._card,
            self._mapping,
            pulls,
            self._rules,
            demonstrating=self._demonstrating,
            turns=self._turns,
        )
        self._guide = guide_of(self._source.describe(), self._card, self._mapping, pulls, self._rules, axes)
        self._complaint = ""

    def _look(self) -> None:
        """Take the device if it is there, without waiting; one that is of no use is left alone, and that is said."""
        try:
            self._find(wait=False)
        except BadMapping as error:
            self._refused("its mapping does not fit", f"the {self._name} is left alone: {error}")
        except DeviceRefused as error:
            self._refused("refused", str(error))
        except TeleopError:
            return

    def _refused(self, briefly: str, line: str) -> None:
        """It is there, and of no use: say why, but not at every try."""
        self._absent = f"{self._name} ({briefly})"
        if line != self._complaint:
            self._complaint = line
            self._complain(line)

    def _lost(self, sight: Sight, why: str) -> list[Command]:
        """Say so, if it matters to whoever has control."""
        self.close()
        self._absent = f"{self._name} (gone)"
        self._tried_s = sight.time_s
        if sight.authority is not Authority.HUMAN:
            return []
        return [Command(device=self._name, action=None, engaged=False, time_s=sight.time_s, lost=why)]
