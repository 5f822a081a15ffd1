"""Whose axes the hands on a SpaceMouse mean: the robot's base's, or the camera's through which they look."""

from typing import Literal

from mereq_teleop.app.journal import Journal
from mereq_teleop.envs.card import TaskCard

__all__ = ["Frame", "Heading"]

Frame = Literal["base", "camera"]


class Heading:
    """The frame that was chosen, and where the camera looks now; the window says where that is."""

    def __init__(self, card: TaskCard, journal: Journal, frame: Frame = "base") -> None:
        self.frame: Frame = frame
        self.camera_rad: float | None = None
        """Where the camera looks (about the base's z, 0 along its +x); None where there is no camera."""
        self._journal = journal
        self._turnable = card.level

    @property
    def turnable(self) -> bool:
        """Whether the task has axes on the bench, and a camera to look at them."""
        return self._turnable and self.camera_rad is not None

    @property
    def rad(self) -> float | None:
        """What a device is to be told: the camera's heading; None where axes are the base's."""
        return self.camera_rad if self.frame == "camera" and self.turnable else None

    def switch(self, now_s: float, *, device: bool) -> None:
        """Take the other frame from now on.

        Args:
            now_s: Monotonic time.
            device: Whether a device is there whose axes can be turned.
        """
        if not (device and self.turnable):
            self._journal.announce("there are no axes to turn: that takes a SpaceMouse and an arm", now_s, warning=True)
            return
        self.frame = "base" if self.frame == "camera" else "camera"
        self._journal.announce(f"the SpaceMouse's axes are the {self.frame}'s", now_s)
