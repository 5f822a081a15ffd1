"""How a task's world is drawn: one view a task, imported when it is needed."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, Protocol, cast

from pygame import Surface

from mereq_teleop.app.window.camera import Gesture
from mereq_teleop.app.window.palette import RGB
from mereq_teleop.envs.card import TaskCard

__all__ = ["OWN", "VIEWS", "WorldView", "view_of"]


class WorldView(Protocol):
    """Draws the frames that a task's batch gives; what a view does not need, it inherits."""

    hints: Mapping[str, str] = MappingProxyType({})
    """What else the help should say of this view: keys, or what the mouse does."""

    def draw(self, surface: Surface, frames: Any, fraction: float, ego: RGB) -> None:
        """Fill the surface with the world at a fraction 0..1 of the step, the vehicle in the colour of its driver."""

    def facts(self, frames: Any, fraction: float) -> str:
        """What the world says of itself at that moment, in a few words."""

    def size(self, frames: Any) -> tuple[int, int] | None:
        """Width and height (px) of a picture that was drawn elsewhere; None where the view fills any size."""
        return None

    @property
    def azimuth_deg(self) -> float | None:
        """Heading of the camera about the world's z, 0 along its +x; None where there is none to turn."""
        return None

    def look(self, gesture: Gesture) -> None:
        """The person asks for another view, which later pictures show."""
        return

    def settle(self) -> None:
        """Wait until the next `draw` can show what the last one was given: for pictures on disk, never in a loop."""
        return

    def close(self) -> None:
        """Give back what drawing needs."""
        return


VIEWS: Final[Mapping[str, str]] = {
    "highway": "mereq_teleop.app.window.highway_view:HighwayView",
    "lunar-lander": "mereq_teleop.app.window.lander_view:LanderView",
    "lunar-lander-continuous": "mereq_teleop.app.window.lander_view:LanderView",
    "mountain-car": "mereq_teleop.app.window.mountain_view:MountainView",
    "pusher": "mereq_teleop.app.window.arm_view:pusher_view",
    "eraser": "mereq_teleop.app.window.arm_view:eraser_view",
    "gripper": "mereq_teleop.app.window.arm_view:gripper_view",
}
"""What makes the view of each task, as module:attribute."""
OWN: Final = "mereq_teleop.app.window.own_view:OwnView"
"""That of every user's own task."""


def view_of(card: TaskCard) -> WorldView:
    """A view of this task's world.

    Raises:
        NoGraphics: the task needs OpenGL, and there is none.
    """
    module, _, attribute = (OWN if card.source else VIEWS[card.name]).partition(":")
    return cast("WorldView", getattr(import_module(module), attribute)())
