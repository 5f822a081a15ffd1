"""The arm's scene, drawn by MuJoCo in a thread of its own.

The control loop hands over what there is to see and takes the newest picture that is finished; it waits for neither.
The OpenGL context is made, used and freed in the thread alone. Nearly all of a picture's time is MuJoCo's and OpenGL's,
which work without Python's global lock (the GIL). Whatever holds that lock stops the 60 Hz loop although it runs in
another thread; so pixels are turned round, scaled and handed over by numpy and pygame without it, and never touched by
Python code. The thread gives way to the loop by a lower priority, too.

What it draws is as fine as the machine can do at 30 pictures a second: see `LADDER`.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import mujoco
from pygame import Surface

from mereq_teleop.app.window.arm_stage import Stage
from mereq_teleop.app.window.graphics import Context, cannot_draw
from mereq_teleop.app.window.look import Look, Quality

__all__ = ["LADDER", "ArmRenderer", "better"]

LADDER: Final = (
    Quality(scale=1.0, samples=4, shadows=2048),
    Quality(scale=1.0, samples=0, shadows=768),
    Quality(scale=1.0, samples=0, shadows=0),
    Quality(scale=0.6, samples=0, shadows=0),
)
"""From fine to coarse. A graphics card draws the first; two cores without one the second."""
SLOWEST_S: Final = 1 / 30
"""What takes longer than this is drawn less finely from then on."""
_FIRST: Final = 1
"""Where on the ladder to begin."""
_FEW: Final = 15
"""Pictures of one quality before it may change."""
_WARM: Final = 3
_LATELY: Final = 0.1
"""Weight of the newest picture in the running mean of what they cost."""
_IDLE_S: Final = 0.25
"""How often a thread with nothing to do looks whether its process ends."""
_PATIENCE_S: Final = 20.0
"""For the context, and for `settle`."""
_NICENESS: Final = 10
_SMALL: Final = (64, 64)


class ArmRenderer:
    """A thread that draws the newest `Look`; it ends with `close`, and with the process at the latest.

    Args:
        model: of the scene; not changed.
        make_context: makes the thread's OpenGL context, for pictures of a width and a height (px).
        plumb: whether a line goes from the tip straight down to the bench.

    Raises:
        NoGraphics: no context can be made, or nothing be drawn with it.
    """

    def __init__(
        self, model: mujoco.MjModel, make_context: Callable[[int, int], Context], *, plumb: bool = True
    ) -> None:
        self.failure = ""
        """Why there are no more pictures, in one line; empty while there are."""
        self.pictures = 0
        """How many were drawn."""
        self.cost_s = 0.0
        """What one took lately."""
        self.level = _FIRST
        """Where on the ladder the renderer is."""
        self._model, self._make_context, self._plumb = model, make_context, plumb
        self._asked: Look | None = None
        self._drawn: tuple[Look, Surface] | None = None
        self._patient = False
        self._closed = False
        self._changed = threading.Condition()
        self._ready = threading.Event()
        # Not a daemon: the process's end would cut it off in the middle of OpenGL.
        self._thread = threading.Thread(target=self._run, name="arm renderer")
        self._thread.start()
        if not self._ready.wait(_PATIENCE_S):
            self._closed = True
            raise cannot_draw(TimeoutError(f"no context after {_PATIENCE_S:g} s"))
        if self.failure:
            raise cannot_draw(RuntimeError(self.failure))

    def ask(self, look: Look) -> None:
        """This is what there is to see now; what was asked for before and is not begun is forgotten."""
        with self._changed:
            self._asked = look
            self._changed.notify_all()

    @property
    def picture(self) -> Surface | None:
        """The newest finished picture; None before the first."""
        drawn = self._drawn
        return None if drawn is None else drawn[1]

    def settle(self) -> None:
        """Wait until what was asked for last is drawn, from now on as finely as can be, however long it takes.

        For pictures on disk, never in the control loop.
        """
        with self._changed:
            if not self._patient and self._asked is not None:
                self._patient, self.level = True, 0
                self._asked = replace(self._asked)
                self._changed.notify_all()
            self._changed.wait_for(lambda: bool(self.failure) or not self._waiting, _PATIENCE_S)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    @property
    def _waiting(self) -> bool:
        """Whether something was asked for that is not drawn yet."""
        return self._asked is not None and (self._drawn is None or self._drawn[0] is not self._asked)

    def _run(self) -> None:
        """The thread."""
        try:
            if sys.platform == "linux":
                # Of this thread and those that OpenGL starts from it.
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
            context = self._make_context(*_SMALL)
            try:
                context.make_current()
                self._draw_all(Stage(self._model, plumb=self._plumb))
            finally:
                context.free()
        except Exception as error:  # Whatever it was, the loop goes on and tells the person.
            self.failure = " ".join(str(error).split()) or type(error).__name__
        finally:
            self._ready.set()
            with self._changed:
                self._changed.notify_all()

    def _draw_all(self, stage: Stage) -> None:
        """Draw until the end; a context that cannot draw shows it at once."""
        stage.fit(_SMALL, LADDER[self.level])
        self._ready.set()
        same = 0
        try:
            while (look := self._next()) is not None:
                stage.fit(look.size, LADDER[self.level])
                begun_s = time.perf_counter()
                picture = stage.draw(look)
                cost_s = time.perf_counter() - begun_s
                # The first ones of a quality also compile its shaders.
                self.cost_s += (1.0 if same < _WARM else _LATELY) * (cost_s - self.cost_s)
                with self._changed:
                    self._drawn = (look, picture)
                    self.pictures += 1
                    self._changed.notify_all()
                same += 1
                level = better(self.level, self.cost_s)
                if level != self.level and same >= _FEW and not self._patient:
                    self.level, same = level, 0
        finally:
            stage.free()

    def _next(self) -> Look | None:
        """What to draw next, once there is something; None when it is time to end."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting, _IDLE_S)
                if self._closed or not threading.main_thread().is_alive():
                    return None
                if self._waiting:
                    return self._asked


def better(level: int, cost_s: float) -> int:
    """Where on the ladder to go on: coarser when too slow, finer when three times as fast as need be."""
    if cost_s > SLOWEST_S:
        return min(level + 1, len(LADDER) - 1)
    return max(level - 1, 0) if cost_s < SLOWEST_S / 3 else level
