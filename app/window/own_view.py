"""The world of a user's own task: the picture that its environment draws, or its observation in numbers and bars."""

from typing import Any, Final

import numpy as np
import pygame
from pygame import Rect, Surface

from mereq_teleop.app.window.painter import Painter, Typesetter
from mereq_teleop.app.window.palette import BACKGROUND, DIM, LINE, PANEL, RGB, TEXT
from mereq_teleop.app.window.view import WorldView
from mereq_teleop.envs.gymnasium_batch import GymnasiumFrames
from mereq_teleop.envs.own.owned import Readings

__all__ = ["OwnView"]

_SIZE: Final = (1280, 358)
"""Of the world in a window of the design's size."""
_ROW: Final = 34
"""Height of a row of readings, in design units."""
_MARGIN: Final = 24
_WIDEST: Final = 560
"""Of a column: a name and its bar are read together."""


class OwnView(WorldView):
    """Draws `GymnasiumFrames` of pictures or `Readings`; what a user's own simulator shows is not known, nor drawn."""

    def __init__(self) -> None:
        self._typesetter = Typesetter()

    def draw(self, surface: Surface, frames: Any, fraction: float, ego: RGB) -> None:
        """Fill the surface with the world after the last step: it has no frames in between."""
        surface.fill(BACKGROUND)
        shown = frames.after if isinstance(frames, GymnasiumFrames) else frames
        if isinstance(shown, np.ndarray) and shown.ndim == 3:
            _picture(surface, shown)
        elif isinstance(shown, Readings):
            self._readings(surface, shown, ego)
        else:
            paint = self._painter(surface)
            paint.text("this world has nothing to show", surface.get_rect().center, colour=DIM, anchor="center")

    def size(self, frames: Any) -> tuple[int, int] | None:
        """Of the environment's own picture."""
        shown = frames.after if isinstance(frames, GymnasiumFrames) else None
        return (shown.shape[1], shown.shape[0]) if isinstance(shown, np.ndarray) and shown.ndim == 3 else None

    def facts(self, frames: Any, fraction: float) -> str:
        """Nothing: the environment's own picture says it."""
        return ""

    def _painter(self, surface: Surface) -> Painter:
        width, height = surface.get_size()
        return Painter(surface, max(min(width / _SIZE[0], height / _SIZE[1]), 0.5), self._typesetter)

    def _readings(self, surface: Surface, readings: Readings, ego: RGB) -> None:
        """Name, number and, between its limits, a bar for each component; in columns, as many as fit."""
        paint = self._painter(surface)
        margin, width, height = paint.px(_MARGIN), *surface.get_size()
        # The corners of the view are the HUD's.
        top, pitch = paint.px(80), paint.px(_ROW)
        rows = max((height - top - margin) // pitch, 1)
        columns = max(min(-(-len(readings.names) // rows), width // paint.px(260)), 1)
        column = min((width - margin) // columns, paint.px(_WIDEST))
        low, high = readings.limits
        for index, (name, value) in enumerate(zip(readings.names[: rows * columns], readings.values, strict=False)):
            left, y = margin + index // rows * column, top + index % rows * pitch
            room = column - margin
            paint.text(name.replace("_", " "), (left, y), size=15, colour=DIM, anchor="midleft", width=int(room * 0.4))
            paint.text(f"{value:+.3g}", (left + room * 0.58, y), size=16, bold=True, anchor="midright")
            bar = Rect(left + round(room * 0.62), y - paint.px(6), round(room * 0.38), paint.px(12))
            _bar(paint, bar, _share(value, float(low[index]), float(high[index])), ego)
        if len(readings.names) > rows * columns:
            more = f"and {len(readings.names) - rows * columns} more"
            paint.text(more, (margin, height - margin), size=14, colour=DIM, anchor="bottomleft")


def _share(value: float, low: float, high: float) -> float:
    """Where a number lies, 0..1: between its limits; without any as x / (1 + |x|) does."""
    if np.isfinite(low):
        return min(max((value - low) / (high - low), 0.0), 1.0)
    return (value / (1 + abs(value)) + 1) / 2


def _bar(paint: Painter, rect: Rect, share: float, colour: RGB) -> None:
    """From the middle to the value, as the weights' bars."""
    paint.box(rect, PANEL, radius=3)
    middle, end = rect.centerx, rect.left + round(rect.width * share)
    filled = Rect(min(middle, end), rect.top, max(abs(end - middle), 1), rect.height)
    pygame.draw.rect(paint.surface, colour, filled)
    pygame.draw.line(paint.surface, LINE if abs(end - middle) > 1 else TEXT, (middle, rect.top), (middle, rect.bottom))


def _picture(surface: Surface, pixels: np.ndarray) -> None:
    """As large as it fits, in its own proportions, on its own ground."""
    height, width = pixels.shape[:2]
    factor = min(surface.get_width() / width, surface.get_height() / height)
    picture = pygame.image.frombuffer(np.ascontiguousarray(pixels[:, :, :3]).tobytes(), (width, height), "RGB")
    scaled = pygame.transform.smoothscale(picture, (max(round(width * factor), 1), max(round(height * factor), 1)))
    surface.blit(scaled, scaled.get_rect(center=surface.get_rect().center))
