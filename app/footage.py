"""Pictures of a recorded session, or of a piece of it: its actions are taken again, and drawn as they were driven."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import Literal

from mereq_teleop.app.errors import Usage
from mereq_teleop.app.recorded_scene import RecordedScenes
from mereq_teleop.app.window.film import Film
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.restage import Restage
from mereq_teleop.sessions.steps import RecordedStep
from mereq_teleop.sessions.task import task_of

__all__ = ["Look", "Piece", "footage", "moments", "piece_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Which part of a session to show.

    Raises:
        Usage: a negative number, or no time between start and stop.
    """

    episode: int | None = None
    """Only this episode, by its number; None for all."""
    start: float = 0.0
    """Where to begin, in the unit, from the first step of the session or of the episode."""
    stop: float | None = None
    """Where to end; None for the end."""
    unit: Literal["s", "steps"] = "s"
    """Of start and stop: seconds of world time, or control steps."""

    def __post_init__(self) -> None:
        if self.start < 0 or (self.episode is not None and self.episode < 0):
            raise Usage("--start and --episode count from 0")
        if self.stop is not None and self.stop <= self.start:
            raise Usage(f"--stop {self.stop:g} must come after --start {self.start:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How to show it.

    Raises:
        Usage: a size, rate or speed that makes no picture.
    """

    size: tuple[int, int]
    """Width and height (px)."""
    hud: bool = True
    """Whether the head-up display is drawn around the world."""
    fit: bool = False
    """Whether a world without it, which draws a picture of its own, gives the pictures its size."""
    fps: float = 30.0
    """Pictures a second."""
    speed: float = 1.0
    """World seconds a second of the film."""

    def __post_init__(self) -> None:
        if not all(64 <= side <= 4096 for side in self.size):
            raise Usage(f"--width and --height are {self.size[0]} and {self.size[1]}: they must lie in 64..4096 px")
        if not 1 <= self.fps <= 100:
            raise Usage(f"--fps is {self.fps:g}: it must lie between 1 and 100")
        if not 0.1 <= self.speed <= 100:
            raise Usage(f"--speed is {self.speed:g}: it must lie between 0.1 and 100")


def piece_of(steps: tuple[RecordedStep, ...], piece: Piece, rate_hz: float) -> range:
    """Indices of the steps that a piece has.

    Raises:
        Usage: the session has no such episode, or nothing there.
    """
    first, last = 0, len(steps)
    if piece.episode is not None:
        of_it = [index for index, step in enumerate(steps) if step.episode == piece.episode]
        if not of_it:
            episodes = 1 + max((step.episode for step in steps), default=-1)
            raise Usage(f"--episode {piece.episode}: the session has {episodes} episodes, counted from 0")
        first, last = of_it[0], of_it[-1] + 1
    scale = rate_hz if piece.unit == "s" else 1.0
    begin = first + int(piece.start * scale)
    end = (
        last if piece.stop is None else min(first + max(round(piece.stop * scale), int(piece.start * scale) + 1), last)
    )
    if begin >= end:
        length = f"{(last - first) / scale:g} {piece.unit}"
        raise Usage(f"--start {piece.start:g}: there are only {length}" if last > first else "the session has no step")
    return range(begin, end)


def moments(piece: range, rate_hz: float, look: Look) -> Iterator[tuple[int, float]]:
    """Step and fraction 0..1 of it for each picture, evenly in world time."""
    steps_a_picture = look.speed * rate_hz / look.fps
    for picture in count():
        # Rounded, so that what should be a whole step is one.
        place = round(picture * steps_a_picture, 9)
        if place >= len(piece):
            return
        yield piece[int(place)], place - int(place)


def footage(
    recording: Recording, session: str, piece: Piece, look: Look
) -> tuple[int, tuple[int, int], Iterator[bytes]]:
    """How many pictures a piece of a session makes, their size, and these: red, green, blue of each pixel, row by row.

    Raises:
        RecordingError: this installation has no such task, or its world cannot be brought back.
        NoGraphics: the task needs OpenGL, and there is none.
        Usage: the session has no such piece.
    """
    card = task_of(recording)
    scenes = RecordedScenes(recording, card, session)
    steps = piece_of(scenes.steps, piece, card.control_rate_hz)
    times = list(moments(steps, card.control_rate_hz, look))
    film = Film(card, look.size)
    restage = Restage(recording, make_batch(recording.config.env, 1))

    size = look.size
    if look.fit and not look.hud:
        first = scenes.steps[times[0][0]]
        size = film.fit(restage.frames(first.take, first.transition.step))

    def pictures() -> Iterator[bytes]:
        shown, frames = -1, None
        with closing(film):
            for index, fraction in times:
                step = scenes.steps[index]
                if index != shown:
                    shown, frames = index, restage.frames(step.take, step.transition.step)
                if look.hud:
                    yield film.picture_with_hud(frames, fraction, scenes.at(index, fraction))
                else:
                    yield film.picture(frames, fraction, step.transition.decision.authority)

    return len(times), size, pictures()
