"""The gymnasium class of the arm's tasks: the batched simulation with one world."""

import os
from typing import Any

import gymnasium
import mujoco
import numpy as np
from gymnasium.spaces import Box
from numpy.typing import NDArray

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import EnvError
from mereq_teleop.envs.fanuc.batch import load_scene
from mereq_teleop.envs.registry import card, make_batch

__all__ = ["FanucEnv", "register"]

_HEIGHT, _WIDTH = 480, 640


class FanucEnv(gymnasium.Env[NDArray[np.float32], NDArray[np.float32]]):
    """One arm at one task; an action is the velocity of its tool in m/s, within the card's limits.

    `info["features"]` of reset and step is the (k,) float64 vector of the state that they lead to, in the card's order.

    Args:
        env_id: gymnasium id, which decides the task and the reward.
        render_mode: None or "rgb_array": a picture of 640 x 480.

    Raises:
        UnknownEnv: no card has this id; the message names the nearest.
        EnvError: there is no such render mode.
    """

    # gymnasium asks the class, and declares no class variable.
    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012

    def __init__(self, env_id: str, render_mode: str | None = None) -> None:
        if render_mode not in (None, "rgb_array"):
            raise EnvError(f"no render mode {render_mode!r}; known: rgb_array")
        task = card(env_id)
        self.render_mode = render_mode
        self.observation_space = Box(-np.inf, np.inf, task.observation_shape, np.float32)
        low, high = (np.array([getattr(axis, end) for axis in task.axes], np.float32) for end in ("low", "high"))
        self.action_space = Box(low, high)
        self.batch = make_batch(env_id, 1)
        """The simulation."""
        self._renderer: mujoco.Renderer | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start anew: with a seed as the batched simulator does with it, without one from the environment's own."""
        super().reset(seed=seed)
        start = int(self.np_random.integers(2**31)) if seed is None else seed
        obs: NDArray[np.float32] = self.batch.reset([start])[0]
        return obs, {"features": self.batch.features[0]}

    def step(self, action: NDArray[np.float32]) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Advance by one control step; an action outside the limits is clipped.

        Raises:
            ValueError: the action is not (axes,) finite numbers; then nothing has moved.
        """
        after = self.batch.step(np.asarray(action)[None])
        info = {"features": after.features[0]}
        return after.observation[0], float(after.reward[0]), bool(after.terminated[0]), bool(after.truncated[0]), info

    def render(self) -> NDArray[np.uint8] | None:
        """The scene as it is, (480, 640, 3); None without a render mode.

        Raises:
            EnvError: MuJoCo has no OpenGL to draw with.
        """
        if self.render_mode is None:
            return None
        frames = self.batch.frames
        model = load_scene(frames.scene)
        if self._renderer is None:
            self._renderer = _renderer(model)
        data = mujoco.MjData(model)
        data.qpos, data.mocap_pos, data.userdata = frames.after.qpos, frames.after.mocap, frames.after.user
        mujoco.mj_forward(model, data)
        self._renderer.update_scene(data)
        picture: NDArray[np.uint8] = self._renderer.render()
        return picture

    def close(self) -> None:
        """Give the renderer's memory back."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None


def register(task: TaskCard) -> None:
    """Make a task's ids known to gymnasium."""
    for env_id in dict.fromkeys(task.ids.values()):
        if env_id not in gymnasium.registry:
            entry = "mereq_teleop.envs.fanuc.reference:FanucEnv"
            gymnasium.register(id=env_id, entry_point=entry, kwargs={"env_id": env_id})


def _renderer(model: mujoco.MjModel) -> mujoco.Renderer:
    try:
        return mujoco.Renderer(model, _HEIGHT, _WIDTH)
    except Exception as error:  # What OpenGL's loaders raise when a library is missing is any of a dozen types.
        told = os.environ.get("MUJOCO_GL")
        tried = f"MUJOCO_GL={told}" if told else "a window's, since MUJOCO_GL is not set"
        why = " ".join(str(error).split())
        raise EnvError(
            f"MuJoCo cannot draw (tried {tried}): {why}; set MUJOCO_GL=egl (apt install libegl1 libgl1-mesa-dri) "
            "or MUJOCO_GL=osmesa (apt install libosmesa6)"
        ) from error
