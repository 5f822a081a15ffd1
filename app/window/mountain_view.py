"""The mountain car's valley: hills, wall and flag are drawn once a size, the car on every frame."""

import math
from typing import Final

import numpy as np
import pygame
from pygame import SRCALPHA, Rect, Surface, Vector2

from mereq_teleop.app.window.palette import LINE, RGB, TEXT
from mereq_teleop.app.window.view import WorldView
from mereq_teleop.envs.mountain_car.frames import CarMoment, MountainCarFrames
from mereq_teleop.envs.mountain_car.kernels import GOAL_M, LEFT_WALL_M, MAX_SPEED, RIGHT_WALL_M

__all__ = ["FLAG", "MountainView", "height"]

FLAG: Final[RGB] = (250, 240, 90)
_SKY: Final[tuple[RGB, RGB]] = ((24, 29, 40), (52, 62, 78))
"""Its colour at the top and at the bottom."""
_FAR_HILLS: Final[RGB] = (47, 60, 66)
_GRASS: Final[tuple[RGB, RGB]] = ((66, 86, 66), (38, 48, 41))
"""The hill's colour at its surface and far below."""
_ROAD: Final[RGB] = (120, 126, 134)
_TYRE: Final[RGB] = (20, 21, 24)
_GLASS: Final[RGB] = (196, 214, 228)
_VISIBLE_M: Final = (float(LEFT_WALL_M) - 0.12, float(RIGHT_WALL_M) + 0.12)
_CAR_SHARE: Final = 0.17
"""Length of the car as a share of the surface's height."""
_FINE: Final = 3
"""The car is drawn so many times larger and scaled down, which smooths its edges."""


def height(x: float) -> float:
    """Height of the road, 0.1..1, as gymnasium draws it."""
    return math.sin(3 * x) * 0.45 + 0.55


class MountainView(WorldView):
    """Draws `MountainCarFrames`."""

    def __init__(self) -> None:
        self._valley: Surface | None = None

    def draw(self, surface: Surface, frames: MountainCarFrames, fraction: float, ego: RGB) -> None:
        """Draw the world at a fraction 0..1 of the step, the car in the colour of who drives it."""
        if self._valley is None or self._valley.get_size() != surface.get_size():
            self._valley = _valley(surface.get_size())
        surface.blit(self._valley, (0, 0))
        car = frames.at(fraction)
        _draw_car(surface, car, ego)
        _draw_force(surface, car, ego)

    def facts(self, frames: MountainCarFrames, fraction: float) -> str:
        """Speed and force at that moment, in words."""
        car = frames.at(fraction)
        return f"speed {100 * abs(car.velocity) / float(MAX_SPEED):.0f} %    force {car.force:+.2f}"


def _place(size: tuple[int, int], x: float) -> Vector2:
    """Where a spot of the road is (px)."""
    left, right = _VISIBLE_M
    return Vector2((x - left) / (right - left) * size[0], size[1] * (0.93 - 0.67 * height(x)))


def _along(size: tuple[int, int], x: float) -> Vector2:
    """Direction of the road at a spot, towards the flag, as the picture has it."""
    return (_place(size, x + 0.005) - _place(size, x - 0.005) + Vector2(1e-9, 0)).normalize()


def _valley(size: tuple[int, int]) -> Surface:
    """Everything that does not move."""
    valley = Surface(size)
    width, bottom = size
    _shade(valley, _SKY)
    columns = np.linspace(0, width, max(width // 4, 2))
    waves = 0.5 - 0.09 * np.sin(columns / width * 9 + 0.7) - 0.05 * np.sin(columns / width * 23)
    far = list(zip(columns.tolist(), (bottom * waves).tolist(), strict=True))
    pygame.draw.polygon(valley, _FAR_HILLS, [(0, bottom), *far, (width, bottom)])
    road = [_place(size, x) for x in np.linspace(*_VISIBLE_M, max(width // 4, 2)).tolist()]
    hill = Surface(size, SRCALPHA)
    pygame.draw.polygon(hill, (255, 255, 255), [(0, bottom), *road, (width, bottom)])
    grass = Surface(size, SRCALPHA)
    _shade(grass, _GRASS)
    hill.blit(grass, (0, 0), special_flags=pygame.BLEND_RGBA_MULT)
    valley.blit(hill, (0, 0))
    line = max(bottom // 90, 1)
    pygame.draw.lines(valley, _ROAD, False, road, line)
    pygame.draw.aalines(valley, _ROAD, False, [spot - Vector2(0, line / 2) for spot in road])
    _draw_wall(valley)
    _draw_flag(valley)
    return valley


def _shade(surface: Surface, colours: tuple[RGB, RGB]) -> None:
    """Fill with colours that go from the first at the top to the second at the bottom."""
    width, bottom = surface.get_size()
    above, below = (np.array(colour, float) for colour in colours)
    for y in range(bottom):
        share = y / max(bottom - 1, 1)
        surface.fill(((1 - share) * above + share * below).astype(int).tolist(), Rect(0, y, width, 1))


def _draw_wall(valley: Surface) -> None:
    """What the car bumps into on the left."""
    size = valley.get_size()
    reach, foot = size[1] * _CAR_SHARE, _place(size, float(LEFT_WALL_M))
    post = Rect(0, 0, max(round(reach * 0.14), 1), round(reach * 1.2))
    post.bottomright = (round(foot.x - reach / 2), round(_place(size, float(LEFT_WALL_M) - 0.05).y))
    pygame.draw.rect(valley, LINE, post)
    pygame.draw.rect(valley, _ROAD, post, max(size[1] // 200, 1))


def _draw_flag(valley: Surface) -> None:
    size = valley.get_size()
    foot, tall = _place(size, float(GOAL_M)), size[1] * 0.24
    top = foot - Vector2(0, tall)
    pygame.draw.line(valley, TEXT, foot, top, max(size[1] // 110, 1))
    cloth = [top, top + Vector2(0.45, 0.16) * tall, top + Vector2(0, 0.32) * tall]
    pygame.draw.polygon(valley, FLAG, cloth)
    pygame.draw.aalines(valley, FLAG, True, cloth)


def _draw_car(surface: Surface, car: CarMoment, ego: RGB) -> None:
    size = surface.get_size()
    length = max(round(size[1] * _CAR_SHARE), 4)
    side = 2 * length
    sheet = Surface((side * _FINE, side * _FINE), SRCALPHA)
    along = _along(size, car.position)
    up = Vector2(along.y, -along.x)
    middle, unit = Vector2(sheet.get_size()) / 2, length * _FINE

    def at(forth: float, above: float) -> Vector2:
        return middle + (forth * along + above * up) * unit

    def shape(colour: RGB, *corners: tuple[float, float]) -> None:
        pygame.draw.polygon(sheet, colour, [at(*corner) for corner in corners])

    outline = ((-0.53, 0.1), (-0.53, 0.34), (-0.34, 0.38), (-0.22, 0.6), (0.17, 0.6), (0.34, 0.37), (0.53, 0.31))
    shape((255, 255, 255), *outline, (0.53, 0.1))
    body = ((-0.5, 0.13), (-0.5, 0.31), (-0.32, 0.35), (-0.2, 0.57), (0.15, 0.57), (0.32, 0.35), (0.5, 0.29))
    shape(ego, *body, (0.5, 0.13))
    shape(_GLASS, (-0.24, 0.37), (-0.155, 0.52), (-0.03, 0.52), (-0.03, 0.37))
    shape(_GLASS, (0.02, 0.37), (0.02, 0.52), (0.125, 0.52), (0.24, 0.37))
    for axle in (-0.29, 0.29):
        pygame.draw.circle(sheet, _TYRE, at(axle, 0.13), unit * 0.13)
        pygame.draw.circle(sheet, _ROAD, at(axle, 0.13), unit * 0.06)
    smooth = pygame.transform.smoothscale(sheet, (side, side))
    surface.blit(smooth, smooth.get_rect(center=_rounded(_place(size, car.position))))


def _draw_force(surface: Surface, car: CarMoment, ego: RGB) -> None:
    """An arrow over the car, as long as the force is large."""
    size = surface.get_size()
    length = size[1] * _CAR_SHARE
    reach = 1.3 * length * abs(car.force)
    head = min(0.18 * length, reach)
    if reach < 2:
        return
    along = _along(size, car.position)
    up = Vector2(along.y, -along.x)
    forth = along * math.copysign(1.0, car.force)
    start = _place(size, car.position) + up * length * 0.85
    tip = start + forth * reach
    neck, thick = tip - forth * head, 0.05 * length
    shaft = [start + up * thick, neck + up * thick, neck + up * head * 0.8, tip]
    shaft += [neck - up * head * 0.8, neck - up * thick, start - up * thick]
    pygame.draw.polygon(surface, ego, shaft)
    pygame.draw.aalines(surface, ego, True, shaft)


def _rounded(spot: Vector2) -> tuple[int, int]:
    return round(spot.x), round(spot.y)
