"""The gripper's card."""

from typing import Final

from mereq_teleop.envs.card import Feature, Preference, TaskCard
from mereq_teleop.envs.fanuc.moves import axes_of, keys_of

__all__ = ["ADD_TABLE", "BASIC", "CARD", "MOST", "SPEED", "THETA"]

BASIC: Final = "Fanuc-gribber-v0"
ADD_TABLE: Final = "Fanuc-gribber-addTableReward-v0"
SPEED: Final = 0.2
"""Greatest speed of the tool along each axis, and of its opening (m/s)."""
THETA: Final = (-0.8, 0.0, 0.0)
MOST: Final = {"forward": SPEED, "left": SPEED, "up": SPEED, "open": SPEED}
"""Greatest speed along each axis (m/s)."""

CARD = TaskCard(
    name="gripper",
    title="Grasp a pillow and lift it with a robot arm",
    ids={"gripper": BASIC, "fanucGribberBasic": BASIC, "fanucGribberAddTableReward": ADD_TABLE},
    features=(
        Feature(
            name="grasp_offset",
            unit="0 .. 1 for 0 .. 100 mm",
            meaning="how far along the pillow the grip is from its middle; 0 further than 150 mm from the pillow",
        ),
        Feature(
            name="squeeze",
            unit="0 .. 1 of the fingers' greatest force",
            meaning="force with which the fingers squeeze the pillow",
        ),
        Feature(name="speed", unit="0 .. 1 of the greatest", meaning="speed of the tool's target"),
    ),
    axes=axes_of(MOST),
    neutral_action=(0.0, 0.0, 0.0, 0.0),
    keys=keys_of(MOST),
    control_rate_hz=20.0,
    frames_per_step=10,
    horizon_steps=120,
    round_steps=200,
    learns_each="round",
    termination="success",
    observation_shape=(16,),
    batch="mereq_teleop.envs.fanuc.gripper.task:gripper_batch",
    encoder="mereq_teleop.envs.fanuc.gripper.encode:encode",
    inputs=16,
    prior="gripper-prior",
    preferences=(
        Preference(
            name="centred",
            theta=THETA,
            expert="gripper-centred",
            engage_above=0.1,
            engage_after=2,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.545, a residual learner that was told the true theta 0.003, "
                "the expert itself 0"
            ),
        ),
    ),
)
