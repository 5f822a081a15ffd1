"""Animated pictures, and one episode of a policy as one."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

from PIL import Image

from mereq_teleop.agents.policy import Driver
from mereq_teleop.app.errors import AppError
from mereq_teleop.app.place import drafted
from mereq_teleop.app.window.film import Film
from mereq_teleop.envs import make_batch

__all__ = ["PICTURE_S", "episode", "write_gif", "write_pictures"]

PICTURE_S: Final = 0.08
"""World time between two pictures; GIF counts in hundredths of a second."""
SIZE: Final = (840, 300)
"""Of the picture (px); one that the environment draws itself keeps its proportions."""
_SAMPLES: Final = 9
"""Pictures whose colours make up the palette of all."""


def write_gif(policy: Driver, world: str, seed: int, path: Path) -> int:
    """Drive one episode by the policy's argmax or mean and write what it looks like; returns how many pictures.

    Args:
        policy: who drives.
        world: key or gymnasium id.
        seed: of the episode.
        path: where the GIF goes.

    Raises:
        AppError: the file cannot be written.
        NoGraphics: the task needs OpenGL, and there is none.
    """
    with closing(Film(policy.card, SIZE)) as film:
        moments = episode(policy, world, seed)
        frames, fraction = next(moments)
        size = film.fit(frames)
        shots = (film.picture(*moment) for moment in chain([(frames, fraction)], moments))
        return write_pictures(shots, size, PICTURE_S, path)


def write_pictures(shots: Iterable[bytes], size: tuple[int, int], picture_s: float, path: Path) -> int:
    """Write pictures as a GIF that repeats for ever; returns how many. What fails leaves no file behind.

    Args:
        shots: red, green, blue of each pixel, row by row; at least one.
        size: width and height (px).
        picture_s: how long each is shown, a multiple of 0.01 s.
        path: where the GIF goes.

    Raises:
        AppError: the file cannot be written.
    """
    pictures = [Image.frombytes("RGB", size, shot) for shot in shots]
    palette = _palette(pictures)
    first, *others = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures)
    try:
        with drafted(path) as draft:
            first.save(draft, "GIF", save_all=True, append_images=others, duration=round(1000 * picture_s), loop=0)
    except OSError as error:
        raise AppError(f"{path}: {error.strerror or error}") from None
    return len(pictures)


def episode(policy: Driver, world: str, seed: int) -> Iterator[tuple[Any, float]]:
    """Frames and the fraction 0..1 of their step, every `PICTURE_S` of world time from the start to the end."""
    batch = make_batch(world, 1)
    batch.watch()
    obs = batch.reset([seed])
    yield batch.frames, 1.0
    steps_a_picture = PICTURE_S * policy.card.control_rate_hz
    drawn = 1
    for step in count(1):
        after = batch.step(policy.act(obs))
        obs, frames, over = after.observation, batch.frames, bool(after.terminated[0] or after.truncated[0])
        while drawn * steps_a_picture <= step:
            yield frames, min(1.0 - (step - drawn * steps_a_picture), 1.0)
            drawn += 1
        if over:
            yield frames, 1.0
            return


def _palette(pictures: list[Image.Image]) -> Image.Image:
    """Colours for all pictures alike, so that nothing flickers."""
    some = pictures[:: max(len(pictures) // _SAMPLES, 1)]
    width, height = pictures[0].size
    sheet = Image.new("RGB", (width, height * len(some)))
    for index, picture in enumerate(some):
        sheet.paste(picture, (0, height * index))
    return sheet.quantize(256, Image.Quantize.MAXCOVERAGE)
