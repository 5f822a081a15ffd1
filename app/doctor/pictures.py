"""What can be shown and heard: OpenGL for the arm's scene, a display for the window, sound."""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pygame

from mereq_teleop.app.doctor.check import Check, Need, State, fine
from mereq_teleop.app.window.graphics import BACKENDS, NoGraphics, backend, wanted_backend
from mereq_teleop.app.window.layout import DESIGN_SIZE
from mereq_teleop.envs import make_batch

if TYPE_CHECKING:
    from mereq_teleop.app.window.arm_stage import Stage
    from mereq_teleop.app.window.look import Look, Quality

__all__ = ["check_display", "check_graphics", "check_pictures", "check_sound"]

_GRAPHICS, _DISPLAY, _SOUND = "graphics (the arm's scene)", "display", "sound"
_SIZE = (1280, 540)
"""Of the world in a window of 1280 x 720 (px)."""
_PICTURES, _WARM = 8, 2
_SLOW_S = 0.1
_ARM = "pusher"
_NO_SCREEN = ("dummy", "offscreen")


def check_pictures(need: Need) -> Iterator[Check]:
    """What draws the arm, the display and the sound."""
    yield check_graphics(need)
    yield check_display(need)
    yield check_sound()


def check_graphics(need: Need) -> Check:
    """The context that the window would get, and how long the real scene takes in it.

    In a process of its own: a driver that crashes takes along whoever asks it.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        try:
            return apart.submit(_try_graphics, need).result()
        except BrokenProcessPool:
            remedy = "install another driver, or set MUJOCO_GL=osmesa (apt install libosmesa6), which needs none"
            found = "its driver ended the program that asked it to draw"
            return Check(section=_GRAPHICS, name="OpenGL", state=need.graphics_lacking, found=found, remedy=remedy)


def _try_graphics(need: Need) -> Check:
    on_arm, lacking = need.env if need.on_arm else "", need.graphics_lacking
    try:
        context = backend()(*_SIZE)
        try:
            context.make_current()
            told, (first_s, coarsest_s) = _told(), _pictures_s(on_arm or _ARM)
        finally:
            context.free()
    except NoGraphics as error:
        told, _, remedy = str(error).rpartition("; ") if "; " in str(error) else str(error).partition(": ")
        return Check(section=_GRAPHICS, name="OpenGL", state=lacking, found=told, remedy=remedy)
    except Exception as error:  # What a driver's loader raises is any of a dozen types.
        name, why = wanted_backend(), " ".join(str(error).split()) or type(error).__name__
        return Check(section=_GRAPHICS, name=name, state=lacking, found=why, remedy=BACKENDS[name])
    found = (
        f"{told}; a picture of {on_arm or _ARM} at {_SIZE[0]}x{_SIZE[1]} takes {1e3 * first_s:.0f} ms as finely as the "
        f"window begins, {1e3 * coarsest_s:.0f} ms at its coarsest, to which it goes by itself"
    )
    if coarsest_s > _SLOW_S:
        remedy = "install the graphics card's driver, end other programs that compute, or make the window smaller"
        return Check(section=_GRAPHICS, name=wanted_backend(), state=State.WARNING, found=found, remedy=remedy)
    return fine(_GRAPHICS, wanted_backend(), found)


def _told() -> str:
    """Vendor, renderer and version of the current context."""
    # Late: PyOpenGL binds to the platform that MuJoCo's own module has chosen.
    from OpenGL import GL

    names = (GL.glGetString(what) for what in (GL.GL_VENDOR, GL.GL_RENDERER, GL.GL_VERSION))
    return ", ".join(name.decode(errors="replace") if name else "?" for name in names)


def _pictures_s(env: str) -> tuple[float, float]:
    """Median seconds of a picture of the task's first moment: as finely as the window begins, and at its coarsest."""
    from mereq_teleop.app.window import arm_view
    from mereq_teleop.app.window.arm_renderer import LADDER
    from mereq_teleop.app.window.arm_stage import Stage
    from mereq_teleop.app.window.look import Look
    from mereq_teleop.envs.fanuc.batch import load_scene

    batch = make_batch(env, 1)
    batch.watch()
    batch.reset([0])
    frames = batch.frames
    scene = {view.scene: view for view in (arm_view.PUSHER, arm_view.ERASER, arm_view.GRIPPER)}[frames.scene]
    after, stage = frames.after, Stage(load_scene(scene.scene), plumb=scene.plumb)
    look = Look(
        size=_SIZE,
        camera=scene.camera,
        qpos=frames.at(1.0),
        mocap=after.mocap,
        turns=after.turns,
        tool=after.tool,
        tint=(255, 255, 255),
        ink=None if scene.ink is None else after.user[scene.ink],
    )
    try:
        return _cost_s(stage, look, LADDER[1]), _cost_s(stage, look, LADDER[-1])
    finally:
        stage.free()


def _cost_s(stage: "Stage", look: "Look", quality: "Quality") -> float:
    stage.fit(look.size, quality)
    costs_s = []
    for _ in range(_PICTURES):
        begun_s = time.perf_counter()
        stage.draw(look)
        costs_s.append(time.perf_counter() - begun_s)
    # The first ones also compile shaders.
    return statistics.median(costs_s[_WARM:])


def check_display(need: Need) -> Check:
    """What the window would open on."""
    lacking = need.window_lacking
    names = [f"{name}={value}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if (value := os.environ.get(name))]
    remedy = "log in to a desktop, or use `ssh -X`; without one --device simulated drives unattended"
    if sys.platform == "linux" and not names:
        found = "none: neither DISPLAY nor WAYLAND_DISPLAY is set"
        return Check(section=_DISPLAY, name="display", state=lacking, found=found, remedy=remedy)
    try:
        pygame.display.init()
        driver, sizes = pygame.display.get_driver(), pygame.display.get_desktop_sizes()
        rates = pygame.display.get_desktop_refresh_rates()
    except pygame.error as error:
        found = f"{', '.join(names)}: {error}"
        return Check(section=_DISPLAY, name="display", state=lacking, found=found, remedy=remedy)
    finally:
        pygame.display.quit()
    if driver in _NO_SCREEN:
        found = f"{', '.join(names)}: SDL offers only its driver {driver!r}"
        return Check(section=_DISPLAY, name="display", state=lacking, found=found, remedy=remedy)
    screens = ", ".join(
        f"{wide}x{high}{f' at {rate} Hz' if rate else ''}" for (wide, high), rate in zip(sizes, rates, strict=True)
    )
    width, height = DESIGN_SIZE
    scale = min(sizes[0][0] / width, sizes[0][1] / height)
    where = ", ".join(names) or sys.platform
    found = f"{driver} ({where}): {screens}; the window's {width}x{height} fit {scale:.2g} times"
    if scale < 1.0:
        remedy = f"take a screen of at least {width}x{height}, or make the window smaller"
        return Check(section=_DISPLAY, name="display", state=State.WARNING, found=found, remedy=remedy)
    return fine(_DISPLAY, "display", found)


def check_sound() -> Check:
    """Whether something can be heard; nothing needs it."""
    try:
        with _hushed():
            pygame.mixer.init()
        rate, _, channels = pygame.mixer.get_init() or (0, 0, 0)
        driver = pygame.mixer.get_driver()
    except (pygame.error, NotImplementedError) as error:
        remedy = "connect an output, or do without: nothing needs sound"
        return Check(section=_SOUND, name="output", state=State.WARNING, found=f"none: {error}", remedy=remedy)
    finally:
        pygame.mixer.quit()
    if driver in _NO_SCREEN:
        return fine(_SOUND, "output", f"{driver}: nothing will be heard")
    return fine(_SOUND, "output", f"{driver}: {rate} Hz, {channels} channels")


@contextmanager
def _hushed() -> Iterator[None]:
    """Nothing on standard error: ALSA, a C library, writes ten lines there that say less than SDL's one."""
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
