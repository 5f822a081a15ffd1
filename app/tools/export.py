"""Give sessions to other tools."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from mereq_teleop.app.errors import Usage
from mereq_teleop.app.place import check_ending, check_folder
from mereq_teleop.app.wording import counted

if TYPE_CHECKING:
    from mereq_teleop.app.footage import Look
    from mereq_teleop.sessions.folder import SessionFolder
    from mereq_teleop.sessions.reader import Recording

__all__ = ["Export"]

GIF_FPS = 12.5
"""GIF counts in hundredths of a second."""
MOST_GIF_PICTURES = 1500
"""Of a GIF, whose pictures are all held in memory."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """Write recorded sessions as a Minari dataset, CSV tables, or a film (mp4, gif)."""

    session: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders or names of sessions, pieces of their names, or `last`; a film has one."""
    to: Literal["minari", "csv", "mp4", "gif"]
    """minari (one dataset of all sessions), csv (steps, segments, rounds, and what the columns mean), mp4 or gif."""
    output: str | None = None
    """Where to: a folder for csv, a file for a film, a dataset's name for minari (for instance mereq/highway-v0, kept
    under MINARI_DATASETS_PATH or ~/.minari/datasets). By default named after the first session, in this folder."""
    force: bool = False
    """Replace what is there."""
    episode: int | None = None
    """Film only this episode, counted from 0."""
    start: float = 0.0
    """Where the film begins, from the first step of the session or of the episode, in the unit of --unit."""
    stop: float | None = None
    """Where it ends; the end by default."""
    unit: Literal["s", "steps"] = "s"
    """Of --start and --stop: s (seconds of world time) or steps (control steps)."""
    hud: bool = True
    """Draw the head-up display into the film."""
    fps: float | None = None
    """Pictures a second; 30 for mp4, 12.5 for gif (there it is rounded to hundredths of a second a picture)."""
    speed: float = 1.0
    """World seconds a second of the film."""
    width: int = 1200
    """Of the film (px)."""
    height: int | None = None
    """Of the film (px); 640 with the HUD, 340 without, or what the picture of your own environment takes."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Write it, and say in one line what was written."""
        from mereq_teleop.app.replay import TYPES
        from mereq_teleop.sessions.folder import default_root, find_session
        from mereq_teleop.sessions.reader import read_recording

        if not self.session:
            raise Usage("mereq export: name a session, for instance `last`; `mereq sessions` lists them")
        found = [find_session(self.sessions or default_root(), name) for name in self.session]
        if self.to in ("mp4", "gif"):
            if len(found) > 1:
                raise Usage(f"--to {self.to} shows one session, not {len(found)}: name one")
            self._film(found[0])
            return 0
        if self.episode is not None or self.start or self.stop is not None:
            raise Usage(f"--episode, --start and --stop are for films: leave them out, or take --to mp4, not {self.to}")
        recordings = [(folder.name, read_recording(folder.recording, TYPES)) for folder in found]
        for name, recording in recordings:
            _say_loss(name, recording)
        _same_world(recordings)
        if self.to == "minari":
            self._minari(recordings)
        else:
            self._csv(recordings)
        return 0

    def _minari(self, recordings: "Sequence[tuple[str, Recording]]") -> None:
        from mereq_teleop.sessions.minari_dataset import dataset_path, write_minari
        from mereq_teleop.sessions.task import task_of

        name = self.output or f"mereq/{recordings[0][0]}-v0"
        episodes, steps = write_minari(recordings, task_of(recordings[0][1]), name, replace=self.force)
        print(f"{name}: {episodes} episodes, {steps} steps, in {dataset_path(name)}")

    def _csv(self, recordings: "Sequence[tuple[str, Recording]]") -> None:
        from mereq_teleop.sessions.tables import TABLES, write_tables
        from mereq_teleop.sessions.task import task_of

        folder = Path(self.output or recordings[0][0])
        there = [table for table in TABLES if (folder / table).exists()]
        if there and not self.force:
            raise Usage(f"{folder / there[0]} exists: give another folder with --output, or --force to replace it")
        steps = write_tables(recordings, task_of(recordings[0][1]), folder)
        print(f"{folder}: {steps} steps of {len(recordings)} session{'s' * (len(recordings) > 1)}, {', '.join(TABLES)}")

    def _film(self, folder: "SessionFolder") -> None:
        from mereq_teleop.app.footage import Look, Piece, footage
        from mereq_teleop.app.gif import write_pictures
        from mereq_teleop.app.replay import TYPES
        from mereq_teleop.app.video import write_mp4
        from mereq_teleop.sessions.reader import read_recording

        piece = Piece(episode=self.episode, start=self.start, stop=self.stop, unit=self.unit)
        path = Path(self.output or f"{folder.name}.{self.to}")
        if path.is_dir():
            raise Usage(f"--output {path} is a folder: give the file's name too")
        check_ending("--output", path, f"a film of --to {self.to}", f".{self.to}")
        check_folder("--output", path)
        size = (self.width, (640 if self.hud else 340) if self.height is None else self.height)
        if self.to == "mp4" and (size[0] % 2 or size[1] % 2):
            raise Usage(f"--width and --height are {size[0]} and {size[1]}: an MP4 needs even ones")
        fps = (30.0 if self.to == "mp4" else GIF_FPS) if self.fps is None else self.fps
        look = Look(size=size, hud=self.hud, fit=self.height is None, fps=fps, speed=self.speed)
        if self.to == "gif":
            look = replace(look, fps=100 / round(100 / fps))
        recording = read_recording(folder.recording, TYPES)
        _say_loss(folder.name, recording)
        count, size, shots = footage(recording, folder.name, piece, look)
        if self.to == "gif" and count > MOST_GIF_PICTURES:
            raise Usage(
                f"this makes {count} pictures, too many for a GIF ({MOST_GIF_PICTURES}): take --to mp4, a piece "
                "(--episode, --start, --stop), a lower --fps or a higher --speed"
            )
        if path.exists() and not self.force:
            raise Usage(f"{path} exists: give another file with --output, or --force to replace it")
        with _ended_in_order():
            told = _told(shots, count, size)
            if self.to == "gif":
                write_pictures(told, size, 1 / look.fps, path)
            else:
                write_mp4(told, size, look.fps, path)
        print(f"{path}: {_film_words(count, look)}")


def _told(shots: Iterator[bytes], count: int, size: tuple[int, int]) -> Iterator[bytes]:
    """The pictures; how many there are is said at once, and on a terminal how many are done."""
    from mereq_teleop.app.progress import Bar

    print(f"{count:,} picture{'s' * (count != 1)} of {size[0]} x {size[1]}", file=sys.stderr, flush=True)
    if not sys.stderr.isatty():
        yield from shots
        return
    bar, done = Bar("pictures"), 0
    try:
        for done, shot in enumerate(shots, start=1):
            yield shot
            bar(done, count)
    finally:
        if done < count:
            bar.break_off()


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """A polite kill ends the command as Ctrl-C does: what is half written goes."""

    def end(*_: object) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _film_words(count: int, look: "Look") -> str:
    return f"{counted(count, 'picture')}, {count / look.fps:.1f} s at {look.fps:g} pictures a second"


def _say_loss(name: str, recording: "Recording") -> None:
    if recording.loss:
        print(f"{name}: {recording.loss}")


def _same_world(recordings: "Sequence[tuple[str, Recording]]") -> None:
    (first, of_first), *others = recordings
    for name, recording in others:
        if recording.config.env != of_first.config.env:
            raise Usage(
                f"{first} is of {of_first.config.env}, {name} of {recording.config.env}: export them one by one"
            )
