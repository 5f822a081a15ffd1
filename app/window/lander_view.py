"""The moon: ground, pad and lander, seen from closer the lower it is, as in the arcade."""

import math
from itertools import pairwise
from typing import Final

import numpy as np
import pygame
from pygame import SRCALPHA, Rect, Surface, Vector2

from mereq_teleop.app.window.palette import LINE, RGB, TEXT
from mereq_teleop.app.window.view import WorldView
from mereq_teleop.envs.gymnasium_batch import GymnasiumFrames
from mereq_teleop.envs.lander.frames import LanderMoment, Pose

__all__ = ["PAD", "LanderView"]

PAD: Final[RGB] = (250, 240, 90)
_SKY: Final[tuple[RGB, RGB]] = ((9, 11, 18), (28, 32, 46))
"""Its colour at the top and at the bottom."""
_MOON: Final[tuple[RGB, RGB]] = ((112, 114, 122), (46, 48, 54))
"""The ground's colour at its surface and far below."""
_RIM: Final[RGB] = (168, 171, 178)
_STRUT: Final[RGB] = (188, 193, 201)
_GLASS: Final[RGB] = (28, 44, 60)
_FLAME: Final[tuple[RGB, RGB]] = ((255, 150, 50), (255, 236, 170))
"""Outside and inside."""
_WORLD_M: Final = 20.0
"""From side to side; beyond, the lander is lost."""
_FAR_M: Final = 14.4
_NEAR_M: Final = 6.4
"""Height of what is seen from high above the pad, and from close to it."""
_NEAR_FLOOR_M: Final = 2.1
"""What is lowest in sight from close by, where the pad's height is 3.3."""
_ABOVE_M: Final = 1.0
"""There is at least so much room over the lander's middle."""
_CLIMB_M: Final = 9.0
"""Height over the pad from which on the view is the far one."""
_UNIT: Final = 1 / 30
"""Metres in one of gymnasium's units of drawing."""
_BODY: Final = ((-14, 17), (-17, 0), (-17, -10), (17, -10), (17, 0), (14, 17))
_FINE: Final = 3
"""The lander is drawn so many times larger and scaled down, which smooths its edges."""
_STARS: Final = 140


class LanderView(WorldView):
    """Draws `GymnasiumFrames` of `LanderMoment`."""

    def __init__(self) -> None:
        self._sky: Surface | None = None

    def draw(self, surface: Surface, frames: GymnasiumFrames, fraction: float, ego: RGB) -> None:
        """Draw the world at a fraction 0..1 of the step, the lander in the colour of who flies it."""
        if self._sky is None or self._sky.get_size() != surface.get_size():
            self._sky = _night(surface.get_size())
        surface.blit(self._sky, (0, 0))
        after: LanderMoment = frames.after
        share = min(max(fraction, 0.0), 1.0)
        body = frames.before.body.towards(after.body, share)
        legs = [old.towards(new, share) for old, new in zip(frames.before.legs, after.legs, strict=True)]
        camera = _Camera(surface.get_size(), body, after.pad[2])
        _draw_sides(surface, camera)
        _draw_ground(surface, camera, after)
        _draw_pad(surface, camera, after)
        _draw_lander(surface, camera, after, body, legs, ego)

    def facts(self, frames: GymnasiumFrames, fraction: float) -> str:
        """Height, speeds and tilt at that moment, in words."""
        after: LanderMoment = frames.after
        if after.landed:
            return "landed"
        body = frames.before.body.towards(after.body, min(max(fraction, 0.0), 1.0))
        across, rise = after.velocity
        height = max(body.y - after.pad[2] - 18 * _UNIT, 0.0)
        sinking = f"{'sinking' if rise < 0 else 'rising'} {abs(rise):.1f} m/s"
        told = (
            f"height {height:.1f} m    {sinking}    across {across:+.1f} m/s    tilt {math.degrees(body.angle):+.0f}°"
        )
        return f"crashed    {told}" if after.crashed else told


class _Camera:
    """Where spots of the world are in the picture."""

    def __init__(self, size: tuple[int, int], body: Pose, pad_m: float) -> None:
        self.size = size
        width, height = size
        far = min(max((body.y - pad_m) / _CLIMB_M, 0.0), 1.0)
        # Slow at both ends, so that neither the start nor the landing is a jolt.
        far = far * far * (3 - 2 * far)
        self._low = _NEAR_FLOOR_M * (1 - far)
        seen = max(_NEAR_M + far * (_FAR_M - _NEAR_M), body.y + _ABOVE_M - self._low)
        self.scale = height / seen
        """Pixels in a metre."""
        wide = width / self.scale
        self._left = min(max(_WORLD_M / 2, body.x - 0.4 * wide), body.x + 0.4 * wide) - wide / 2

    def place(self, x: float, y: float) -> Vector2:
        """A spot of the world (m) in the picture (px)."""
        return Vector2((x - self._left) * self.scale, self.size[1] - (y - self._low) * self.scale)


def _night(size: tuple[int, int]) -> Surface:
    """The sky and its stars, which are far away."""
    night = Surface(size)
    width, bottom = size
    above, below = (np.array(colour, float) for colour in _SKY)
    for y in range(bottom):
        share = y / max(bottom - 1, 1)
        night.fill(((1 - share) * above + share * below).astype(int).tolist(), Rect(0, y, width, 1))
    random = np.random.default_rng(4)
    for x, y, light in random.random((_STARS, 3)).tolist():
        shade = round(70 + 130 * light * light)
        side = 1 + (light > 0.93) * max(bottom // 250, 1)
        night.fill((shade, shade, shade), Rect(round(x * width), round(y * y * bottom), side, side))
    return night


def _draw_ground(surface: Surface, camera: _Camera, moment: LanderMoment) -> None:
    width, bottom = surface.get_size()
    inside = [camera.place(*corner) for corner in moment.ground]
    # The ground goes on beyond the world's sides, for the eye alone.
    line = [Vector2(min(0.0, inside[0].x), inside[0].y), *inside, Vector2(max(width, inside[-1].x), inside[-1].y)]
    top = min(spot.y for spot in line)
    deepest = max(bottom, max(spot.y for spot in line)) + 2
    bright, dark = (np.array(colour, float) for colour in _MOON)
    pygame.draw.polygon(surface, _MOON[0], [*line, Vector2(line[-1].x, deepest), Vector2(line[0].x, deepest)])
    layers = 8
    for layer in range(1, layers):
        # Each layer lies deeper and is darker, and follows the surface less.
        depth, share = (deepest - top) * layer / layers, layer / (layers - 1)
        shade = ((1 - share) * bright + share * dark).astype(int).tolist()
        sunk = [Vector2(spot.x, spot.y + (depth * (deepest - spot.y) / max(deepest - top, 1.0))) for spot in line]
        pygame.draw.polygon(surface, shade, [*sunk, Vector2(line[-1].x, deepest), Vector2(line[0].x, deepest)])
    for start, stop in pairwise(line):
        pygame.draw.line(surface, _RIM, start, stop, max(bottom // 170, 1))
        pygame.draw.aaline(surface, _RIM, start - Vector2(0, 1), stop - Vector2(0, 1))


def _draw_sides(surface: Surface, camera: _Camera) -> None:
    """Where the lander is lost."""
    bottom = surface.get_height()
    dash = max(bottom // 40, 2)
    for side in (0.0, _WORLD_M):
        x = camera.place(side, 0.0).x
        for y in range(0, bottom, 2 * dash):
            pygame.draw.line(surface, LINE, (x, y), (x, y + dash), max(bottom // 200, 1))


def _draw_pad(surface: Surface, camera: _Camera, moment: LanderMoment) -> None:
    left, right, height = moment.pad
    ends = camera.place(left, height), camera.place(right, height)
    thick = max(round(camera.scale * 0.09), 2)
    pygame.draw.line(surface, PAD, *ends, thick)
    for end in ends:
        top = end - Vector2(0, camera.scale * 1.15)
        pygame.draw.line(surface, TEXT, end, top, max(round(camera.scale * 0.05), 1))
        cloth = [top, top + Vector2(0.62, 0.17) * camera.scale, top + Vector2(0, 0.34) * camera.scale]
        pygame.draw.polygon(surface, PAD, cloth)
        pygame.draw.aalines(surface, PAD, True, cloth)


def _draw_lander(
    surface: Surface, camera: _Camera, moment: LanderMoment, body: Pose, legs: list[Pose], ego: RGB
) -> None:
    unit = camera.scale * _UNIT * _FINE
    side = max(round(camera.scale * 4.4), 4)
    sheet = Surface((side * _FINE, side * _FINE), SRCALPHA)
    middle = Vector2(sheet.get_size()) / 2

    def at(x: float, y: float, pose: Pose = body) -> Vector2:
        """A spot of a body, in gymnasium's units, on the sheet."""
        forth, up = math.cos(pose.angle), math.sin(pose.angle)
        offset = Vector2((pose.x - body.x) / _UNIT, (pose.y - body.y) / _UNIT)
        return middle + Vector2(offset.x + x * forth - y * up, -(offset.y + x * up + y * forth)) * unit

    def shape(colour: RGB, *corners: tuple[float, float], pose: Pose = body) -> None:
        pygame.draw.polygon(sheet, colour, [at(*corner, pose) for corner in corners])

    if moment.main:
        shape(_FLAME[0], (-9, -14), (9, -14), (0, -20 - 36 * moment.main))
        shape(_FLAME[1], (-4.5, -14), (4.5, -14), (0, -16 - 20 * moment.main))
    if moment.side:
        # The jet leaves on the side away from which the lander is pushed.
        way = -math.copysign(1.0, moment.side)
        shape(_FLAME[0], (17 * way, 10), (17 * way, 15), ((24 + 16 * abs(moment.side)) * way, 12.5))
        shape(_FLAME[1], (17 * way, 11.5), (17 * way, 13.5), ((20 + 8 * abs(moment.side)) * way, 12.5))
    shape(_STRUT, (-8, -8), (8, -8), (10, -15), (-10, -15))
    thick = max(round(2.2 * unit), 1)
    for leg, way, stands in zip(legs, (1, -1), moment.touching, strict=True):
        pygame.draw.line(sheet, _STRUT, at(14 * way, -4), at(0, -7, leg), thick)
        pygame.draw.line(sheet, _STRUT, at(9 * way, -9), at(0, -2, leg), max(thick // 2, 1))
        foot = PAD if stands else _STRUT
        shape(foot, (-5, -8), (5, -8), (5, -5.5), (-5, -5.5), pose=leg)
    shape((255, 255, 255), *((1.07 * x, 1.07 * y) for x, y in _BODY))
    shape(ego, *_BODY)
    shape(_GLASS, (-8, 12), (8, 12), (9.5, 2), (-9.5, 2))
    smooth = pygame.transform.smoothscale(sheet, (side, side))
    spot = camera.place(body.x, body.y)
    surface.blit(smooth, smooth.get_rect(center=(round(spot.x), round(spot.y))))
