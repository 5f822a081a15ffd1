"""The highway, drawn with highway-env's own code onto our surface."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pygame
from numpy.typing import NDArray
from pygame import Surface

from mereq_teleop.app.window.deferral import defer
from mereq_teleop.app.window.palette import RGB
from mereq_teleop.app.window.view import WorldView
from mereq_teleop.envs.highway.frames import HighwayFrames, Traffic
from mereq_teleop.envs.highway.layout import LANE_WIDTH, LANES, LENGTH, SPEED_LIMIT, WIDTH

# highway-env draws without them, and they take twice as long to load as all the rest.
defer("pandas", "matplotlib", "matplotlib.pyplot")

from highway_env.road.graphics import LaneGraphics, WorldSurface  # noqa: E402
from highway_env.road.road import RoadNetwork  # noqa: E402
from highway_env.vehicle.graphics import VehicleGraphics  # noqa: E402

__all__ = ["TRAFFIC", "HighwayView"]

TRAFFIC: Final[RGB] = (196, 202, 210)
"""The other cars' colour: pale, so that the ego car is the one that has a colour."""
_WHITE: Final[RGB] = (255, 255, 255)
_MARGIN_M: Final = 0.25
"""From the ego car's sides to the line around it, which is as thick."""
_VERGES: Final[tuple[RGB, RGB]] = ((50, 62, 53), (55, 68, 58))
"""Two greens that take turns along the road, so that one sees it pass by."""
_ASPHALT: Final[RGB] = (78, 81, 86)
_SHOULDER_M: Final = 0.6
_PERIOD_M: Final = 10 * LaneGraphics.STRIPE_SPACING
"""The road looks the same after so many metres (one pair of greens), so it is drawn once and moved along."""
_MIDWAY_M: Final = 100 * _PERIOD_M
"""Where it is drawn: far from both ends of the road, as every episode is."""
_VISIBLE_M: Final = 115.0
"""Metres of road from the left to the right edge of the surface."""
_SMALLEST_SCALE: Final = 2.0
"""Pixels a metre, however narrow the surface."""
_EGO_AT: Final = 0.28
"""Where the ego car stays, as a share of the width: what lies ahead matters more than what lies behind."""


@dataclass(frozen=True, slots=True)
class _Car:
    """What highway-env's drawing code wants to know of a vehicle; `color` None leaves the choice to it."""

    position: NDArray[np.float64]
    heading: float
    crashed: bool
    color: RGB | None
    LENGTH: float = LENGTH
    WIDTH: float = WIDTH


class HighwayView(WorldView):
    """Draws `HighwayFrames`; the camera follows the ego car along the road and stays over the middle lane."""

    def __init__(self) -> None:
        self._world: Any = None
        self._road: Any = None

    def draw(self, surface: Surface, frames: HighwayFrames, fraction: float, ego: RGB) -> None:
        """Draw the world at a fraction 0..1 of the step, the ego car in the colour of who drives it."""
        if self._world is None or self._world.get_size() != surface.get_size():
            self._world, self._road = _blank(surface), _road(surface)
        traffic = frames.at(fraction)
        world = self._world
        world.move_display_window_to(np.array([traffic.x[0], (LANES - 1) * LANE_WIDTH / 2]))
        passed = world.pix(world.origin[0] % _PERIOD_M)
        world.blit(self._road, (0, 0), (passed, 0, *world.get_size()))
        for car in _cars(traffic, ego):
            VehicleGraphics.display(car, world, offscreen=True)
        _outline(world, traffic)
        surface.blit(world, (0, 0))

    def facts(self, frames: HighwayFrames, fraction: float) -> str:
        """The ego car's speed at that moment, in words."""
        return f"{frames.at(fraction).speed[0]:.0f} m/s"


def _blank(surface: Surface, extra_m: float = 0.0) -> Any:
    """A surface in metres, as large as the one given, and so much longer along the road."""
    width, height = surface.get_size()
    scaling = max(width / _VISIBLE_M, _SMALLEST_SCALE)
    world = WorldSurface((width + math.ceil(extra_m * scaling), height), 0, surface)
    world.scaling = scaling
    world.centering_position = [_EGO_AT, 0.5]
    return world


def _road(surface: Surface) -> Any:
    """The empty road, one period longer than the surface."""
    road = _blank(surface, _PERIOD_M)
    middle_m = (LANES - 1) * LANE_WIDTH / 2
    road.origin = np.array([_MIDWAY_M, middle_m - road.get_height() / 2 / road.scaling])
    road.fill(_VERGES[0])
    for pair in range(math.ceil(_VISIBLE_M / _PERIOD_M) + 1):
        left, right = road.pix(pair * _PERIOD_M), road.pix((pair + 0.5) * _PERIOD_M)
        pygame.draw.rect(road, _VERGES[1], (left, 0, right - left, road.get_height()))
    half_m = LANES * LANE_WIDTH / 2 + _SHOULDER_M
    top, bottom = (road.pos2pix(0.0, middle_m + side * half_m)[1] for side in (-1, 1))
    pygame.draw.rect(road, _ASPHALT, (0, top, road.get_width(), bottom - top))
    for lane in RoadNetwork.straight_road_network(LANES, speed_limit=SPEED_LIMIT).lanes_list():
        LaneGraphics.display(lane, road)
    return road


def _outline(world: Any, traffic: Traffic) -> None:
    """A white line around the ego car: whatever colours say, it is the one."""
    heading = float(traffic.heading[0])
    along = pygame.Vector2(math.cos(heading), math.sin(heading)) * (LENGTH / 2 + _MARGIN_M)
    across = pygame.Vector2(-math.sin(heading), math.cos(heading)) * (WIDTH / 2 + _MARGIN_M)
    middle = pygame.Vector2(float(traffic.x[0]), float(traffic.y[0]))
    sides = ((1, 1), (1, -1), (-1, -1), (-1, 1))
    corners = [world.vec2pix(middle + forth * along + right * across) for forth, right in sides]
    # highway-env rounds all parts of a car down, which moves it up and to the left.
    corners = [(x - 2, y - 1) for x, y in corners]
    pygame.draw.polygon(world, _WHITE, corners, max(world.pix(_MARGIN_M), 1))


def _cars(traffic: Traffic, ego: RGB) -> list[_Car]:
    """The ego car last, so that it lies on top."""
    positions = np.stack([traffic.x, traffic.y], axis=1)
    cars = []
    for index in reversed(range(len(positions))):
        crashed = bool(traffic.crashed[index])
        colour = ego if index == 0 else TRAFFIC
        cars.append(_Car(positions[index], float(traffic.heading[index]), crashed, None if crashed else colour))
    return cars
