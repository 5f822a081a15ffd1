"""Text, boxes and bars in design units on one surface; rendered text is kept, so that a frame costs little."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import pygame
from pygame import Rect, Surface

from mereq_teleop.app.window.keys import CAPTIONS
from mereq_teleop.app.window.palette import BACKGROUND, DIM, PANEL, RGB, TEXT

__all__ = ["Anchor", "Painter", "Shape", "Typesetter"]

Shape = Literal["disc", "ring", "diamond", "triangle"]
"""Of a light: something is well, is off, is at work, is wrong."""
Anchor = Literal["topleft", "topright", "bottomleft", "midleft", "midright", "center"]

_KEPT: Final = 600
"""Rendered texts that are kept; a frame shows about sixty."""
_ARROWS: Final = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class Typesetter:
    """Renders text once and hands the same surface out again."""

    def __init__(self) -> None:
        pygame.font.init()
        self._files = {False: _font_file("DejaVuSans.ttf"), True: _font_file("DejaVuSans-Bold.ttf")}
        self._fonts: dict[tuple[int, bool], pygame.font.Font] = {}
        self._texts: dict[tuple[str, int, bool, RGB, int | None], Surface] = {}

    def render(self, words: str, size_px: int, bold: bool, colour: RGB, width_px: int | None) -> Surface:
        """The words on a transparent surface, cut with an ellipsis where they are wider than `width_px`."""
        key = (words, size_px, bold, colour, width_px)
        if (surface := self._texts.get(key)) is None:
            if len(self._texts) >= _KEPT:
                self._texts.clear()
            font = self._font(size_px, bold)
            surface = font.render(_fitting(font, words, width_px), True, colour)
            self._texts[key] = surface
        return surface

    def _font(self, size_px: int, bold: bool) -> pygame.font.Font:
        if (font := self._fonts.get((size_px, bold))) is None:
            font = self._fonts[size_px, bold] = pygame.font.Font(self._files[bold], size_px)
        return font


class Painter:
    """Draws on one surface; sizes are in design units, rectangles in pixels."""

    def __init__(self, surface: Surface, unit: float, typesetter: Typesetter) -> None:
        self.surface = surface
        self._unit = unit
        self._typesetter = typesetter

    def px(self, units: float) -> int:
        """Pixels of so many design units; at least one."""
        return max(round(units * self._unit), 1)

    def text(
        self,
        words: str,
        at: tuple[float, float],
        *,
        size: float = 15,
        bold: bool = False,
        colour: RGB = TEXT,
        anchor: Anchor = "topleft",
        width: int | None = None,
    ) -> Rect:
        """Set a line of text with its anchor at a point (px), no wider than `width` (px); where it came to lie."""
        rendered = self._typesetter.render(words, self.px(size), bold, colour, width)
        rect = rendered.get_rect(**{anchor: (round(at[0]), round(at[1]))})
        self.surface.blit(rendered, rect)
        return rect

    def box(self, rect: Rect, colour: RGB = PANEL, *, radius: float = 6, outline: RGB | None = None) -> None:
        """A filled box with round corners."""
        pygame.draw.rect(self.surface, colour, rect, border_radius=self.px(radius))
        if outline is not None:
            pygame.draw.rect(self.surface, outline, rect, self.px(1), border_radius=self.px(radius))

    def bar(self, rect: Rect, share: float, colour: RGB) -> None:
        """A bar that is filled from the left."""
        self.box(rect, BACKGROUND, radius=3)
        if filled := round(rect.width * share):
            self.box(Rect(rect.left, rect.top, filled, rect.height), colour, radius=3)

    def key(self, name: str, at: tuple[float, float]) -> Rect:
        """A key cap whose left edge is centred on a point (px)."""
        height = self.px(22)
        rect = Rect(round(at[0]), round(at[1] - height / 2), self.cap_width(name), height)
        self.box(rect, PANEL, radius=4, outline=DIM)
        if (arrow := _ARROWS.get(name)) is not None:
            self._arrow(rect.center, arrow)
        else:
            self.text(CAPTIONS.get(name, name.upper()), rect.center, size=13, bold=True, anchor="center")
        return rect

    def cap_width(self, name: str) -> int:
        """How wide (px) a key cap is."""
        if name in _ARROWS:
            return self.px(22)
        return max(self.px(22), self.measure(CAPTIONS.get(name, name.upper()), size=13, bold=True)[0] + self.px(14))

    def _arrow(self, centre: tuple[int, int], way: tuple[int, int]) -> None:
        reach = self.px(5)
        (x, y), (dx, dy) = centre, way
        tip = (x + dx * reach, y + dy * reach)
        base = (x - dx * reach, y - dy * reach)
        sides = [(base[0] + side * dy * reach, base[1] + side * dx * reach) for side in (1, -1)]
        pygame.draw.polygon(self.surface, TEXT, [tip, *sides])

    def light(self, at: tuple[float, float], colour: RGB, shape: Shape) -> None:
        """A signal light at a point (px), whose shape tells what its colour tells."""
        radius = self.px(6)
        (x, y) = at
        match shape:
            case "disc":
                pygame.draw.aacircle(self.surface, colour, at, radius)
            case "ring":
                pygame.draw.aacircle(self.surface, colour, at, radius, self.px(2))
            case "diamond":
                corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
                pygame.draw.polygon(self.surface, colour, corners)
            case "triangle":
                corners = [(x, y - radius), (x + radius, y + radius - 1), (x - radius, y + radius - 1)]
                pygame.draw.polygon(self.surface, colour, corners)

    def measure(self, words: str, *, size: float = 15, bold: bool = False) -> tuple[int, int]:
        """Width and height (px) of a line of text."""
        return self._typesetter.render(words, self.px(size), bold, TEXT, None).get_size()

    def lines(self, words: str, width: int, most: int, *, size: float = 15, bold: bool = False) -> list[str]:
        """The words broken into lines no wider than `width` (px); what `most` lines cannot hold stays on the last."""
        rest, lines = words.split(), list[str]()
        while rest and len(lines) < most - 1:
            taken = 1
            while taken < len(rest) and self.measure(" ".join(rest[: taken + 1]), size=size, bold=bold)[0] <= width:
                taken += 1
            lines.append(" ".join(rest[:taken]))
            rest = rest[taken:]
        if rest:
            lines.append(" ".join(rest))
        return lines

    def onto(self, surface: Surface) -> "Painter":
        """The same brushes on another surface."""
        return Painter(surface, self._unit, self._typesetter)


def _font_file(name: str) -> str | None:
    """DejaVu as matplotlib (which highway-env needs) ships it: the same look everywhere; None is pygame's own font.

    Finding a package without importing it costs nothing, asking the system for its fonts starts a process.
    """
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return os.fspath(path) if path.is_file() else None


def _fitting(font: pygame.font.Font, words: str, width_px: int | None) -> str:
    if width_px is None or font.size(words)[0] <= width_px:
        return words
    while words and font.size(words + "...")[0] > width_px:
        words = words[:-1]
    return words.rstrip() + "..."
