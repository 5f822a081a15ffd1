"""Pictures of every state of the HUD, for every task: `python -m mereq_teleop.app.window.screenshots`.

Each task's world is a real one, driven for some steps by the policy that ships with it; the states are `states`. The
pictures are small: they have few colours, but those that mean something are exact.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pygame
import tyro
from numpy.typing import NDArray
from PIL import Image
from pygame import Surface

from mereq_teleop.agents.shipped import shipped
from mereq_teleop.app.window.layout import SMALLEST_SIZE, lay_out
from mereq_teleop.app.window.palette import (
    AUTHORITY,
    BACKGROUND,
    BAD,
    BUSY,
    DIM,
    GOOD,
    INK,
    LESS,
    LINE,
    MORE,
    PANEL,
    RGB,
    TEXT,
)
from mereq_teleop.app.window.picture import Picture
from mereq_teleop.app.window.states import MEANINGS, states
from mereq_teleop.app.window.view import VIEWS
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Action
from mereq_teleop.sessions.world import OneWorld, as_action

__all__ = ["Screenshots", "main", "shots"]

_COLOURS: Final = 36
"""Of the world, and as many of the HUD, beside those that mean something."""
_CLOSE: Final = 16.0
"""A distance in red, green and blue."""
_SECONDS: Final = 1.2
"""How long the policy drives before the picture is taken, but for tasks with long steps."""
_FEWEST_STEPS: Final = 6


@dataclass(frozen=True, kw_only=True)
class Screenshots:
    """Draw every state of the operator's window without a display."""

    out: Path = Path("docs/hud")
    """Folder to write `<task>-<state>.png` to."""
    tasks: tuple[str, ...] = tuple(VIEWS)
    """Tasks to draw."""
    states: tuple[str, ...] = tuple(MEANINGS)
    """States to draw."""
    width: int = SMALLEST_SIZE[0]
    """Of the pictures (px)."""
    height: int = SMALLEST_SIZE[1]
    """Of the pictures (px)."""


def main() -> None:
    """Write the pictures."""
    settings = tyro.cli(Screenshots)
    settings.out.mkdir(parents=True, exist_ok=True)
    for task in settings.tasks:
        for name, picture in shots(card_of(task), (settings.width, settings.height), settings.states):
            path = settings.out / f"{task}-{name}.png"
            picture.save(path, optimize=True)
            print(f"{path}  {path.stat().st_size / 1024:.0f} kB", flush=True)


def shots(card: TaskCard, size: tuple[int, int], names: tuple[str, ...]) -> Iterator[tuple[str, Image.Image]]:
    """The picture of each state by its name.

    Raises:
        NoGraphics: the task needs OpenGL, and there is none.
    """
    frames, action = _driven(card)
    scenes, picture = states(card, action), Picture(card)
    try:
        for name in names:
            surface = Surface(size)
            # A view with a thread of its own shows at the second one what the first was given.
            for _ in range(2):
                picture.draw(surface, scenes[name], frames, 1.0)
                picture.view.settle()
            yield name, _small(surface)
    finally:
        picture.view.close()


def _small(surface: Surface) -> Image.Image:
    """The surface in a few colours of the world, a few of the HUD, and those that mean something in both."""
    size, road = surface.get_size(), lay_out(*surface.get_size()).road
    box = (road.left, road.top, road.right, road.bottom)
    pixels = Image.frombytes("RGB", size, pygame.image.tobytes(surface, "RGB"))
    around = pixels.copy()
    around.paste(BACKGROUND, box)
    meant = (*AUTHORITY.values(), BACKGROUND, BAD, BUSY, DIM, GOOD, INK, LESS, LINE, MORE, PANEL, TEXT)
    world, world_palette = _reduced(pixels.crop(box), (TEXT, INK, _frame(surface)))
    hud, hud_palette = _reduced(around, meant)
    indices = hud + len(world_palette)
    indices[road.top : road.bottom, road.left : road.right] = world
    small = Image.fromarray(indices, "P")
    small.putpalette([part for colour in (*world_palette, *hud_palette) for part in colour])
    return small


def _reduced(pixels: Image.Image, meant: tuple[RGB, ...]) -> tuple[NDArray[np.uint8], tuple[RGB, ...]]:
    """The index of each pixel's colour, and the colours: those that mean something and a few of the picture's own."""
    own = pixels.quantize(_COLOURS, kmeans=2).getpalette() or []
    few = [(own[start], own[start + 1], own[start + 2]) for start in range(0, min(len(own), 3 * _COLOURS), 3)]
    # Pillow takes what lies close for the same.
    far = (colour for colour in few if min(math.dist(colour, other) for other in meant) > _CLOSE)
    colours = tuple(dict.fromkeys((*meant, *far)))
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours for part in colour])
    return np.array(pixels.quantize(palette=palette, dither=Image.Dither.NONE)), colours


def _frame(surface: Surface) -> RGB:
    """The colour of who drives, around the world."""
    red, green, blue, _ = surface.get_at(lay_out(*surface.get_size()).road.topleft)
    return red, green, blue


def _driven(card: TaskCard) -> tuple[Any, Action]:
    """What there is to see after some steps of the policy, and what it did last."""
    batch, policy = make_batch(card.name, 1), shipped(card.prior, card)
    batch.watch()
    world = OneWorld(batch)
    obs = world.reset(3)
    action: Action = card.neutral_action
    for _ in range(max(round(_SECONDS * card.control_rate_hz), _FEWEST_STEPS)):
        action = as_action(policy.act(obs[None])[0])
        obs = world.step(action).observation
    return batch.frames, action


if __name__ == "__main__":
    main()
