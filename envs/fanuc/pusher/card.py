"""The pusher's card."""

from typing import Final

from mereq_teleop.envs.card import Feature, Preference, TaskCard
from mereq_teleop.envs.fanuc.moves import axes_of, keys_of

__all__ = ["ADD_TABLE", "BASIC", "CARD", "MOST", "SPEED", "THETA"]

BASIC: Final = "Fanuc-pusher-v0"
ADD_TABLE: Final = "Fanuc-pusher-addTableReward-v0"
SPEED: Final = 0.2
"""Greatest speed of the tool along each axis (m/s)."""
THETA: Final = (-0.3, 0.0, 0.0)
MOST: Final = {"forward": SPEED, "left": SPEED, "up": SPEED}
"""Greatest speed along each axis (m/s)."""

CARD = TaskCard(
    name="pusher",
    title="Push a bottle to the goal with a robot arm",
    ids={"pusher": BASIC, "fanucPusherBasic": BASIC, "fanucPusherAddTableReward": ADD_TABLE},
    features=(
        Feature(
            name="contact_height",
            unit="0 .. 1 for 0 .. 100 mm above the bench",
            meaning="height of the tool's tip where it pushes: while it is within 30 mm of the bottle; 0 elsewhere",
        ),
        Feature(
            name="off_centre",
            unit="0 .. 1 of the bottle's radius",
            meaning="how far beside the bottle's middle the tool pushes; 0 while it does not",
        ),
        Feature(name="speed", unit="0 .. 1 of the greatest", meaning="speed of the tool's target"),
    ),
    axes=axes_of(MOST),
    neutral_action=(0.0, 0.0, 0.0),
    keys=keys_of(MOST),
    control_rate_hz=20.0,
    frames_per_step=10,
    horizon_steps=120,
    round_steps=200,
    learns_each="round",
    termination="success",
    observation_shape=(16,),
    batch="mereq_teleop.envs.fanuc.pusher.task:pusher_batch",
    encoder="mereq_teleop.envs.fanuc.pusher.encode:encode",
    inputs=16,
    prior="pusher-prior",
    instant="pusher-instant",
    preferences=(
        Preference(
            name="low",
            theta=THETA,
            expert="pusher-low",
            engage_above=0.3,
            engage_after=1,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.262, a residual learner that was told the true theta 0.025, "
                "the expert itself 0"
            ),
        ),
    ),
)
