"""One control step of an arm, and what it looks like at any moment within it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["ArmMoment", "FanucFrames"]

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmMoment:
    """One world at one moment: what MuJoCo needs to place its bodies, and what the task keeps beside."""

    qpos: Reals
    """(nq,)."""
    mocap: Reals
    """(nmocap, 3) where the marks are, the virtual target first (m)."""
    turns: Reals
    """(nmocap, 4) how they are turned, as quaternions."""
    user: Reals
    """(u,) user data."""
    tool: Reals
    """(3,) the tool's tip (m)."""
    features: Reals
    """(k,)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FanucFrames:
    """The substeps of a control step, the state before it first."""

    scene: str
    """The task's folder in `envs/fanuc`, whose scene.xml shows the world."""
    path: Reals
    """(m, nq) with m at least 1."""
    after: ArmMoment
    """What the step led to."""

    @classmethod
    def still(cls, scene: str, moment: ArmMoment) -> Self:
        """An arm that stands as it is: what there is to show before the first step."""
        return cls(scene=scene, path=moment.qpos[None], after=moment)

    def at(self, fraction: float) -> Reals:
        """(nq,) at a fraction 0..1 of the step (clipped), straight from one substep to the next.

        A quaternion in it is not normalised; MuJoCo does that itself.
        """
        where = min(max(fraction, 0.0), 1.0) * (len(self.path) - 1)
        low = min(int(where), len(self.path) - 1)
        high = min(low + 1, len(self.path) - 1)
        between: Reals = self.path[low] + (where - low) * (self.path[high] - self.path[low])
        return between
