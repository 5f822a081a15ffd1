"""The seam between devices and the actor's loop."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.command import Command

__all__ = ["Device", "Sight"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a device is shown when it is polled."""

    time_s: float
    """Monotonic time."""
    step: int
    """How many decisions were made in the session so far: the index of the one to come."""
    episode: int
    authority: Authority
    """Who has control now, whoever gave it to them."""
    obs: npt.NDArray[np.float32]
    """What the coming decision is made on, in the task's shape."""
    policy_action: Action
    """What the policy would do."""
    heading_rad: float | None = None
    """Where the camera looks whose forward and left the hands mean (about the base's z, 0 along its +x); None where
    they mean the base's own."""


class Device(Protocol):
    """Whatever lets someone take over: polled at up to 60 Hz with a window, once a control step without."""

    def open(self) -> None:
        """Make ready.

        Raises:
            TeleopError: the device cannot be used; one line says what to do.
        """
        ...

    def poll(self, sight: Sight) -> list[Command]:
        """What was asked for since the last poll, in order; never waits."""
        ...

    def close(self) -> None:
        """Let go of the device; harmless when it is not open."""
        ...

    def describe(self) -> str:
        """Which device this is, in a few words for the operator."""
        ...

    def turns(self) -> bool:
        """Whether a device is there whose forward and left can be the camera's: a SpaceMouse."""
        ...
