"""Where the line's ink is kept: apart from the simulation, for the window's sake, which draws it without MuJoCo."""

from typing import Final

from mereq_teleop.envs.fanuc.control import TASK

__all__ = ["CELLS", "CELL_M", "INK"]

CELLS: Final = 16
"""The line's cells."""
CELL_M: Final = 0.007
"""From the middle of one to the next one's."""
INK: Final = TASK
"""User data: what is left of each cell, 0..1."""
