"""A frame of a recorded session by its name: SESSION@EPISODE:STEP."""

import re
from dataclasses import dataclass
from typing import Self

from mereq_teleop.app.errors import Usage

__all__ = ["ForkPoint"]

_PLACE = re.compile(r"(?P<session>.+)@(?P<episode>\d+)(?:\.(?P<take>\d+))?:(?P<step>\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkPoint:
    """The moment before one control step was decided."""

    session: str
    """Folder or name of the session, a piece of its name, or `last`."""
    episode: int
    step: int
    """Control steps of the episode that were taken before."""
    take: int | None = None
    """Which run of an episode that was restarted or rewound, from 1; None is the last."""

    @classmethod
    def parse(cls, words: str) -> Self:
        """From SESSION@EPISODE:STEP, or SESSION@EPISODE.TAKE:STEP.

        Raises:
            Usage: the words say neither.
        """
        if (found := _PLACE.fullmatch(words)) is None:
            raise Usage(
                f"--fork is {words!r}: wanted SESSION@EPISODE:STEP, for instance last@3:12 (SESSION@EPISODE.TAKE:STEP "
                "for an earlier run of an episode that was restarted or rewound)"
            )
        take = found["take"]
        return cls(
            session=found["session"],
            episode=int(found["episode"]),
            step=int(found["step"]),
            take=None if take is None else int(take),
        )

    def __str__(self) -> str:
        take = "" if self.take is None else f".{self.take}"
        return f"{self.session}@{self.episode}{take}:{self.step}"
