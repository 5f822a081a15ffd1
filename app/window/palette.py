"""The window's colours; those with a meaning follow Okabe and Ito (2008), for colour-blind people too."""

from collections.abc import Mapping
from typing import Final

from mereq_teleop.sessions.records import Authority

__all__ = [
    "AUTHORITY",
    "BACKGROUND",
    "BAD",
    "BUSY",
    "DIM",
    "GOOD",
    "INK",
    "LESS",
    "LINE",
    "MORE",
    "PANEL",
    "RGB",
    "TEXT",
]

RGB = tuple[int, int, int]

BACKGROUND: Final[RGB] = (17, 19, 23)
PANEL: Final[RGB] = (30, 33, 39)
LINE: Final[RGB] = (58, 63, 73)
TEXT: Final[RGB] = (236, 238, 241)
DIM: Final[RGB] = (160, 167, 178)
INK: Final[RGB] = (12, 13, 16)
"""Text on a bright ground."""

GOOD: Final[RGB] = (0, 178, 130)
BUSY: Final[RGB] = (86, 180, 233)
BAD: Final[RGB] = (240, 112, 40)
MORE: Final[RGB] = (0, 178, 130)
"""A weight above zero: the person wants more of the feature."""
LESS: Final[RGB] = (204, 121, 167)

AUTHORITY: Final[Mapping[Authority, RGB]] = {
    Authority.POLICY: (86, 180, 233),
    Authority.HUMAN: (230, 130, 0),
    Authority.SAFE: (250, 240, 90),
    Authority.NOBODY: (150, 156, 166),
}
