"""The arm's tasks: MuJoCo's picture of the scene, and over it what a person needs to see in numbers.

The picture is drawn by a thread of its own (`arm_renderer`, which says why). `draw` only tells that thread what there
is to see and shows the newest picture that it has finished; a frame of the window costs no more than that.
"""

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pygame import Rect, Surface

from mereq_teleop.app.window.camera import Camera, Gesture
from mereq_teleop.app.window.gauge import Gauge, draw_gauge, draw_line_left
from mereq_teleop.app.window.graphics import backend
from mereq_teleop.app.window.layout import DESIGN_SIZE
from mereq_teleop.app.window.look import Look
from mereq_teleop.app.window.painter import Painter, Typesetter
from mereq_teleop.app.window.palette import BACKGROUND, BAD, RGB, TEXT
from mereq_teleop.app.window.view import WorldView
from mereq_teleop.envs.fanuc.eraser.ink import CELLS, INK
from mereq_teleop.envs.fanuc.frames import FanucFrames

if TYPE_CHECKING:
    from mereq_teleop.app.window.arm_renderer import ArmRenderer

__all__ = ["ERASER", "GRIPPER", "PUSHER", "ArmScene", "ArmView", "eraser_view", "gripper_view", "pusher_view"]

Reals = NDArray[np.float64]

CONTROL_RATE_HZ: Final = 20.0
_HEIGHT: Final = 340
"""The world's height in the window (px) at which one design unit is one pixel."""
_LEAP_M: Final = 0.05
"""A mark that went further in one step did not move there: another episode began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmScene:
    """What is particular to the view of one task."""

    scene: str
    """Folder in `envs/fanuc`."""
    camera: Camera
    """From where it is seen at first."""
    gauge: Gauge
    """Of the card's first feature."""
    ink: slice | None = None
    """User data: how much is left of each cell of the line, 0..1."""
    plumb: bool = True
    """Whether a line shows where on the bench the tip is."""
    touch: tuple[str, str] = ("contact", "no contact")
    """How it is said that the first feature is measured, or not."""


PUSHER: Final = ArmScene(
    scene="pusher",
    camera=Camera(at=(0.47, 0.0, 0.13), distance=0.84, azimuth=78.0, elevation=-17.0),
    gauge=Gauge(caption="contact height", unit="mm", scale=100.0, most=250.0, every=50.0),
    touch=("at the bottle", "away from the bottle"),
)
ERASER: Final = ArmScene(
    scene="eraser",
    camera=Camera(at=(0.47, 0.0, 0.06), distance=0.80, azimuth=80.0, elevation=-38.0),
    gauge=Gauge(caption="force", unit="N", scale=15.0, most=20.0, every=5.0, zero=5.0),
    ink=slice(INK, INK + CELLS),
    touch=("erasing", "not erasing"),
)
GRIPPER: Final = ArmScene(
    scene="gripper",
    camera=Camera(at=(0.46, 0.0, 0.11), distance=0.80, azimuth=70.0, elevation=-24.0),
    gauge=Gauge(caption="grasp offset", unit="mm", scale=100.0, most=100.0, every=25.0),
    touch=("near the pillow", "far from the pillow"),
)


class ArmView(WorldView):
    """Draws `FanucFrames`.

    Raises:
        NoGraphics: there is no OpenGL to draw with.
    """

    hints = MappingProxyType(
        {
            "drag": "turn the view",
            "right drag": "move it (or Shift and drag)",
            "wheel": "nearer or further",
            "c": "first view again",
        }
    )

    def __init__(self, scene: ArmScene) -> None:
        make_context = backend()
        # Only now: importing mujoco fails where MUJOCO_GL is wrong, and `backend` has said so in one line.
        from mereq_teleop.app.window.arm_renderer import ArmRenderer
        from mereq_teleop.envs.fanuc.batch import load_scene

        self._scene = scene
        self._camera = scene.camera
        self._renderer = ArmRenderer(load_scene(scene.scene), make_context, plumb=scene.plumb)
        self._typesetter = Typesetter()
        self._asked: tuple[object, ...] = ()
        self._frames: FanucFrames | None = None
        self._before: FanucFrames | None = None
        self._held: float | None = None

    @property
    def renderer(self) -> "ArmRenderer":
        """The thread that draws."""
        return self._renderer

    def draw(self, surface: Surface, frames: FanucFrames, fraction: float, ego: RGB) -> None:
        """Show the newest picture, and ask for one of the world at a fraction 0..1 of the step."""
        self._follow(frames)
        self._ask(surface.get_size(), frames, fraction, ego)
        picture = self._renderer.picture
        if picture is None or picture.get_size() != surface.get_size():
            surface.fill(BACKGROUND)
        if picture is not None:
            surface.blit(picture, picture.get_rect(center=surface.get_rect().center))
        self._draw_over(surface, frames, ego)

    def facts(self, frames: FanucFrames, fraction: float) -> str:
        """The tool's height and speed and whether it touches (or is near), in words."""
        after, before = frames.after, (self._before or frames).after
        speed = CONTROL_RATE_HZ * float(np.linalg.norm(after.tool - before.tool)) if self._goes_on else 0.0
        contact = self._scene.touch[0 if after.features[0] else 1]
        return f"tool {1000 * after.tool[2]:.0f} mm up    {speed:.2f} m/s    {contact}"

    @property
    def azimuth_deg(self) -> float:
        """Heading of the camera about the base's z, 0 along its +x."""
        return self._camera.azimuth

    def look(self, gesture: Gesture) -> None:
        """Turn, move or zoom the camera."""
        self._camera = self._camera.moved(gesture, self._scene.camera)

    def settle(self) -> None:
        """Wait for the picture of what was drawn last."""
        self._renderer.settle()

    def close(self) -> None:
        """End the thread that draws."""
        self._renderer.close()

    def _follow(self, frames: FanucFrames) -> None:
        """Take note of a new step."""
        if frames is self._frames:
            return
        self._before, self._frames = self._frames, frames
        if not self._goes_on:
            self._held = None
        if frames.after.features[0]:
            self._held = float(frames.after.features[0])

    @property
    def _goes_on(self) -> bool:
        """Whether the last two steps belong to one episode."""
        if self._before is None or self._frames is None:
            return False
        way = np.linalg.norm(self._frames.after.tool - self._before.after.tool)
        return bool(way < _LEAP_M) and len(self._frames.path) > 1

    def _ask(self, size: tuple[int, int], frames: FanucFrames, fraction: float, ego: RGB) -> None:
        """Ask for a picture, if it would be another one."""
        asked = (size, frames, fraction, ego, self._camera)
        if asked == self._asked:
            return
        self._asked = asked
        after = frames.after
        mocap, tool = after.mocap, after.tool
        if self._goes_on and self._before is not None:
            # Only where they are after a step is known: between two steps they go straight.
            share = min(max(fraction, 0.0), 1.0)
            mocap = self._before.after.mocap + share * (mocap - self._before.after.mocap)
            tool = self._before.after.tool + share * (tool - self._before.after.tool)
        ink = None if self._scene.ink is None else after.user[self._scene.ink]
        look = Look(
            size=size,
            camera=self._camera,
            qpos=frames.at(fraction),
            mocap=mocap,
            turns=after.turns,
            tool=tool,
            tint=ego,
            ink=ink,
        )
        self._renderer.ask(look)

    def _draw_over(self, surface: Surface, frames: FanucFrames, ego: RGB) -> None:
        """Gauge, line and, if it comes to that, why there is no picture."""
        width, height = surface.get_size()
        paint = Painter(surface, min(width / DESIGN_SIZE[0], height / _HEIGHT), self._typesetter)
        gauge, value = self._scene.gauge, float(frames.after.features[0])
        rect = Rect(0, paint.px(14), paint.px(128), paint.px(224))
        rect.right = width - paint.px(14)
        held = None if self._held is None else gauge.zero + gauge.scale * self._held
        draw_gauge(paint, rect, gauge, gauge.zero + gauge.scale * value if value else None, held, ego)
        if self._scene.ink is not None:
            line = Rect(0, paint.px(16), paint.px(320), paint.px(40))
            line.centerx = width // 2
            draw_line_left(paint, line, frames.after.user[self._scene.ink].tolist(), TEXT)
        if self._renderer.failure:
            words = f"the scene is no longer drawn: {self._renderer.failure}; control goes on, q saves and quits"
            paint.text(words, (width / 2, height / 2), size=16, bold=True, colour=BAD, anchor="center", width=width)


pusher_view = partial(ArmView, PUSHER)
eraser_view = partial(ArmView, ERASER)
gripper_view = partial(ArmView, GRIPPER)
