"""The eraser's card."""

from typing import Final

from mereq_teleop.envs.card import Axis, Feature, Preference, TaskCard

__all__ = ["ADD_TABLE", "BASIC", "CARD", "PRESS", "SPEED", "THETA"]

BASIC: Final = "Fanuc-eraser-v0"
ADD_TABLE: Final = "Fanuc-eraser-addTableReward-v0"
SPEED: Final = 0.2
"""Greatest speed of the tool over the board (m/s)."""
PRESS: Final = 0.1
"""Greatest speed up and down (m/s): to press takes a fine hand."""
THETA: Final = (0.6, 0.0, 0.0)

CARD = TaskCard(
    name="eraser",
    title="Erase a line on a board with a robot arm",
    ids={"eraser": BASIC, "fanucEraserBasic": BASIC, "fanucEraserAddTableReward": ADD_TABLE},
    features=(
        Feature(
            name="force",
            unit="0 .. 1 for 5 .. 20 N",
            meaning="force with which the pad takes ink off the board (5 N at least); 0 while it takes none",
            reach=1.0,
        ),
        Feature(
            name="away",
            unit="0 .. 1 for 0 .. 50 mm",
            meaning="way from the pad to the nearer end of what is left of the line",
            reach=0.5,
        ),
        Feature(name="speed", unit="0 .. 1 of the greatest", meaning="speed of the tool's target", reach=0.5),
    ),
    axes=tuple(
        Axis(name=name, unit="m/s", low=-most, high=most)
        for name, most in (("forward", SPEED), ("left", SPEED), ("up", PRESS))
    ),
    neutral_action=(0.0, 0.0, 0.0),
    keys={
        "up": (SPEED, 0.0, 0.0),
        "down": (-SPEED, 0.0, 0.0),
        "left": (0.0, SPEED, 0.0),
        "right": (0.0, -SPEED, 0.0),
        "w": (0.0, 0.0, PRESS),
        "s": (0.0, 0.0, -PRESS),
        "space": (0.0, 0.0, 0.0),
    },
    control_rate_hz=20.0,
    frames_per_step=10,
    horizon_steps=120,
    round_steps=200,
    learns_each="round",
    termination="success",
    observation_shape=(15,),
    batch="mereq_teleop.envs.fanuc.eraser.task:eraser_batch",
    encoder="mereq_teleop.envs.fanuc.eraser.encode:encode",
    inputs=15,
    prior="eraser-prior",
    preferences=(
        Preference(
            name="firm",
            theta=THETA,
            expert="eraser-firm",
            engage_above=0.3,
            engage_after=2,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.264, a residual learner that was told the true theta 0.048, "
                "the expert itself 0"
            ),
        ),
    ),
)
