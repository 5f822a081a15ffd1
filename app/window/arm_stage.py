"""MuJoCo's scene of an arm and the buffers it is drawn into: for the one thread whose OpenGL context is current."""

import copy
from typing import Final

import mujoco
import numpy as np
import pygame
from numpy.typing import NDArray
from pygame import Surface

from mereq_teleop.app.window.look import Look, Quality

__all__ = ["Stage"]

Reals = NDArray[np.float64]

_MOST_GEOMS: Final = 400
_SLICES: Final = 20
"""Edges of a round thing's outline: with MuJoCo's own 28 a shadow takes half as long again."""
_DRIVEN: Final = ("tip", "driver")
"""What the names of the geoms begin with that have the colour of who drives."""
_INK: Final = "ink"
_THIN_M: Final = 0.0012
_LEAD_M: Final = 0.0025
_SHORTEST_LEAD_M: Final = 0.002
_EYE = np.eye(3).ravel()


class Stage:
    """Draws one `Look` after the other.

    Args:
        model: of the scene; not changed.
        plumb: whether a line goes from the tip straight down to the bench.
    """

    def __init__(self, model: mujoco.MjModel, *, plumb: bool) -> None:
        self._model = copy.copy(model)
        self._model.vis.quality.numslices = self._model.vis.quality.numstacks = _SLICES
        self._data = mujoco.MjData(self._model)
        names = [self._model.geom(geom).name for geom in range(self._model.ngeom)]
        self._driven = [geom for geom, name in enumerate(names) if name.startswith(_DRIVEN)]
        ink = [geom for geom, name in enumerate(names) if name.startswith(_INK)]
        self._ink = sorted(ink, key=lambda geom: int(names[geom].removeprefix(_INK)))
        self._plumb = plumb
        self._options = mujoco.MjvOption()
        self._scene = mujoco.MjvScene(self._model, _MOST_GEOMS)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        self._camera = mujoco.MjvCamera()
        self._fitted: tuple[tuple[int, int], Quality] | None = None
        self._buffers: mujoco.MjrContext | None = None
        self._pixels = np.empty((0, 0, 3), np.uint8)

    def fit(self, size: tuple[int, int], quality: Quality) -> None:
        """From now on pictures are of this size (px) and quality."""
        if self._fitted == (size, quality):
            return
        self.free()
        width, height = (max(round(quality.scale * side), 1) for side in size)
        visual = self._model.vis
        visual.global_.offwidth, visual.global_.offheight = width, height
        visual.quality.offsamples = quality.samples
        visual.quality.shadowsize = quality.shadows
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = quality.shadows > 0
        self._buffers = mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._buffers)
        self._pixels = np.empty((height, width, 3), np.uint8)
        self._fitted = size, quality

    def draw(self, look: Look) -> Surface:
        """A new picture."""
        self._place(look)
        camera, seen = self._camera, look.camera
        camera.lookat[:] = seen.at
        camera.distance, camera.azimuth, camera.elevation = seen.distance, seen.azimuth, seen.elevation
        every = mujoco.mjtCatBit.mjCAT_ALL
        mujoco.mjv_updateScene(self._model, self._data, self._options, None, camera, every, self._scene)
        self._add_marks(look)
        height, width, _ = self._pixels.shape
        whole = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_render(whole, self._scene, self._buffers)
        mujoco.mjr_readPixels(self._pixels, None, whole, self._buffers)
        # OpenGL's first row is the lowest.
        picture = pygame.image.frombuffer(self._pixels[::-1].tobytes(), (width, height), "RGB")
        return picture if picture.get_size() == look.size else pygame.transform.smoothscale(picture, look.size)

    def free(self) -> None:
        """Give the buffers back."""
        if self._buffers is not None:
            self._buffers.free()
        self._buffers = self._fitted = None

    def _place(self, look: Look) -> None:
        model, data = self._model, self._data
        data.qpos[:] = look.qpos
        data.mocap_pos[:] = look.mocap
        if look.turns is not None:
            data.mocap_quat[:] = look.turns
        model.geom_rgba[self._driven, :3] = np.array(look.tint) / 255
        if look.ink is not None and self._ink:
            model.geom_rgba[self._ink, 3] = look.ink
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_camlight(model, data)

    def _add_marks(self, look: Look) -> None:
        """The target's lead over the tip, and where the tip is over the bench."""
        tint = np.append(np.array(look.tint) / 255, 1.0)
        if np.linalg.norm(look.mocap[0] - look.tool) > _SHORTEST_LEAD_M:
            self._add_line(_LEAD_M, look.tool, look.mocap[0], tint)
        if self._plumb:
            foot = np.array([look.tool[0], look.tool[1], 0.0006])
            self._add_line(_THIN_M, look.tool, foot, np.array([1.0, 1.0, 1.0, 0.55]))
            size = np.array([0.012, 0.0004, 0.0])
            colour = np.append(tint[:3], 0.8)
            mujoco.mjv_initGeom(self._new(), mujoco.mjtGeom.mjGEOM_CYLINDER, size, foot, _EYE, colour)

    def _add_line(self, radius: float, start: Reals, end: Reals, colour: Reals) -> None:
        geom = self._new()
        mujoco.mjv_initGeom(geom, mujoco.mjtGeom.mjGEOM_CAPSULE, np.zeros(3), np.zeros(3), _EYE, colour)
        mujoco.mjv_connector(geom, mujoco.mjtGeom.mjGEOM_CAPSULE, radius, start, end)

    def _new(self) -> mujoco.MjvGeom:
        """One more thing in the scene."""
        self._scene.ngeom += 1
        return self._scene.geoms[self._scene.ngeom - 1]
