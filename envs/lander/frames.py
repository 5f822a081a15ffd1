"""The lander at one moment, as the window draws it."""

from dataclasses import dataclass

from mereq_teleop.envs.gymnasium_world import Moment
from mereq_teleop.envs.lander.measure import body_of, thrust_of

__all__ = ["LanderMoment", "Pose", "look"]

Spot = tuple[float, float]
"""Metres to the right and up from the lower left corner of gymnasium's picture."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a rigid body is."""

    x: float
    y: float
    angle: float
    """Radians, counterclockwise."""

    def towards(self, other: "Pose", share: float) -> "Pose":
        """So far on a straight way to another pose."""
        keep = 1.0 - share
        return Pose(
            keep * self.x + share * other.x, keep * self.y + share * other.y, keep * self.angle + share * other.angle
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LanderMoment:
    """The lander, its legs and the ground."""

    body: Pose
    legs: tuple[Pose, Pose]
    touching: tuple[bool, bool]
    """Which leg stands on the ground."""
    velocity: Spot
    """Metres a second."""
    main: float
    """Thrust of the main engine, 0..1."""
    side: float
    """Thrust of the side engines: -1 pushes the lander to the left, 1 to the right."""
    ground: tuple[Spot, ...]
    """The terrain's corners from left to right."""
    pad: tuple[float, float, float]
    """Left and right end of the pad, and its height."""
    landed: bool
    crashed: bool


def look(moment: Moment) -> LanderMoment:
    """What there is to draw."""
    env, body = moment.env.unwrapped, body_of(moment)
    main, side = thrust_of(moment.action)
    first, *_ = polygons = env.sky_polys  # type: ignore[attr-defined]
    return LanderMoment(
        body=_pose(body),
        legs=(_pose(env.legs[0]), _pose(env.legs[1])),  # type: ignore[attr-defined]
        touching=(bool(moment.after[6]), bool(moment.after[7])),
        velocity=(body.linearVelocity.x, body.linearVelocity.y),
        main=main,
        side=side,
        ground=(first[0], *(polygon[1] for polygon in polygons)),
        pad=(env.helipad_x1, env.helipad_x2, env.helipad_y),  # type: ignore[attr-defined]
        landed=moment.terminated and not body.awake,
        crashed=moment.terminated and body.awake,
    )


def _pose(body: object) -> Pose:
    position = body.position  # type: ignore[attr-defined]
    return Pose(position.x, position.y, body.angle)  # type: ignore[attr-defined]
