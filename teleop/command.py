"""What a person's device asks for."""

from mereq_teleop.sessions.records import Action, Record

__all__ = ["Command"]


class Command(Record, kw_only=True, omit_defaults=True):
    """One request of a device: an action in environment units, and whether its person wants control.

    Raises:
        ValueError: a lost device that wants control or an action.
    """

    device: str
    action: Action | None = None
    """None asks for no action (Enter: engage only; Esc: give back)."""
    engaged: bool
    time_s: float
    """Monotonic time of the device's event."""
    at_rest: bool = False
    """Whether the hands that have control touch nothing: the action is what a device at rest stands for."""
    lost: str = ""
    """Why the device no longer speaks for its person (unplugged, focus lost); empty while it does."""

    def __post_init__(self) -> None:
        if self.lost and (self.engaged or self.action is not None):
            raise ValueError(f"{self.device} is lost ({self.lost}), yet it asks for control")
