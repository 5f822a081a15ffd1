"""A training from where it is to its end: the bar, curves and checkpoints beside it."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mereq_teleop.agents.training_run import TrainingRun
from mereq_teleop.app.errors import AppError
from mereq_teleop.app.eventfile import EventFile
from mereq_teleop.app.progress import Bar
from mereq_teleop.app.training.folder import TrainingFolder

__all__ = ["drive"]

POINTS = 200
"""Of each curve."""


class _Observer:
    """Looks at a run after every sweep."""

    def __init__(self, run: TrainingRun, folder: TrainingFolder, every: int, stopped: threading.Event) -> None:
        self._run, self._folder, self._every, self._stopped = run, folder, every, stopped
        self._bar, self._note = Bar("steps", already=run.done), ""
        self._point, self._kept = self._place(), run.done // every
        self._began_s, self._first = time.monotonic(), run.done
        try:
            self._curves = EventFile(folder.curves, time.time())
        except OSError as error:
            raise AppError(f"cannot write {folder.curves}: {error.strerror}") from None

    def _place(self) -> int:
        return POINTS * self._run.done // self._run.steps

    def look(self) -> bool:
        """Whether to go on."""
        run = self._run
        if self._place() > self._point:
            self._point = self._place()
            self._draw()
        self._bar(min(run.done, run.steps), run.steps, self._note)
        if run.done // self._every > self._kept and run.done < run.steps:
            self._kept = run.done // self._every
            self._folder.keep(run.state())
        return not self._stopped.is_set()

    def _draw(self) -> None:
        figures = self._run.figures()
        if (mean := figures.get("return")) is not None:
            self._note = f", return {mean:.4g}"
        pace = (self._run.done - self._first) / max(time.monotonic() - self._began_s, 1e-9)
        for name, value in (*figures.items(), ("steps_a_second", pace)):
            try:
                self._curves.add(f"train/{name}", value, self._run.done, time.time())
            except OSError:
                # A curve is no reason to lose the training; a checkpoint that cannot be kept will say so.
                return

    def close(self) -> None:
        """Give the file back."""
        self._curves.close()


def drive(run: TrainingRun, folder: TrainingFolder, every: int) -> bool:
    """Train until the end, or until Ctrl-C or a polite kill, which leave a checkpoint; whether it is finished.

    Args:
        run: the training, wherever it is.
        folder: where curves and checkpoints go.
        every: control steps between two checkpoints.

    Raises:
        AppError: the folder cannot be written.
    """
    with _told_to_stop() as stopped:
        observer = _Observer(run, folder, every, stopped)
        try:
            run.go_on(observer.look)
        finally:
            observer.close()
        if run.done >= run.steps:
            return True
        folder.keep(run.state())
        return False


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set by Ctrl-C and a polite kill; what was there before is put back."""
    stopped, numbers = threading.Event(), (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in numbers}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
