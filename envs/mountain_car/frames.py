"""One control step of the mountain car, and what it looks like at any moment within it."""

from dataclasses import dataclass
from typing import Self

__all__ = ["CarMoment", "MountainCarFrames"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarMoment:
    """The car at one moment."""

    position: float
    """Metres along the road."""
    velocity: float
    """Metres a step."""
    force: float
    """-1..1, positive towards the flag; 0 before the first step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MountainCarFrames:
    """The car at a decision and after the step that followed it, which has no frames in between."""

    before: CarMoment
    after: CarMoment

    @classmethod
    def still(cls, moment: CarMoment) -> Self:
        """A car that stands as it is: what there is to show before the first step."""
        return cls(before=moment, after=moment)

    def at(self, fraction: float) -> CarMoment:
        """The car at a fraction 0..1 of the step (clipped), straight from one state to the other."""
        share = min(max(fraction, 0.0), 1.0)
        return CarMoment(
            position=(1.0 - share) * self.before.position + share * self.after.position,
            velocity=(1.0 - share) * self.before.velocity + share * self.after.velocity,
            force=self.after.force,
        )
