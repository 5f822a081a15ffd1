"""What makes a scene with the arm a task."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mereq_teleop.envs.card import TaskCard

__all__ = ["FanucTask"]

Reals = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class FanucTask:
    """A task of the arm: its scene, where the tool may go, and its kernels."""

    card: TaskCard
    scene: str
    """Folder in `envs/fanuc` with scene.xml and tool.xml."""
    thetas: Mapping[str, tuple[float, ...]]
    """Weights of the features in the reward, by gymnasium id."""
    length_m: float
    """Of the tool, from the flange to its tip."""
    workspace_m: tuple[tuple[float, float, float], tuple[float, float, float]]
    """Least and greatest coordinates of the tool's tip in the base's frame."""
    lead_m: float
    """How far the virtual target may be ahead of the tip: bounds the force."""
    grip_m: float = 0.0
    """The gripper's greatest opening."""
    reset: Callable[[np.random.Generator, Reals, Reals, Reals, Reals], Reals]
    """(random, qpos, mocap, turns, user) of one world: places everything but the arm; returns the tip's place (3,)."""
    measure: Callable[..., None]
    """Kernel (qpos, qvel, user, tool, observation, features): what n worlds look like as they are."""
    judge: Callable[..., None]
    """Kernel (qpos, qvel, user, tool, actions, reward, terminated): what the step that led there was worth; it may
    write user data, which `measure` never does."""
