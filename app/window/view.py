"""How a task's world is drawn: one view a task, imported when it is needed."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, Protocol, cast

from pygame import Surface

from mereq_teleop.app.window.palette import RGB
from mereq_teleop.envs.card import TaskCard

__all__ = ["VIEWS", "WorldView", "view_of"]


class WorldView(Protocol):
    """Draws the frames that a task's batch gives."""

    def draw(self, surface: Surface, frames: Any, fraction: float, ego: RGB) -> None:
        """Fill the surface with the world at a fraction 0..1 of the step, the vehicle in the colour of its driver."""

    def facts(self, frames: Any, fraction: float) -> str:
        """What the world says of itself at that moment, in a few words."""


VIEWS: Final[Mapping[str, str]] = {
    "highway": "mereq_teleop.app.window.highway_view:HighwayView",
    "mountain-car": "mereq_teleop.app.window.mountain_view:MountainView",
}
"""The view of each task, as module:attribute."""


def view_of(card: TaskCard) -> WorldView:
    """A view of this task's world."""
    module, _, attribute = VIEWS[card.name].partition(":")
    return cast("WorldView", getattr(import_module(module), attribute)())
