"""The eraser's card."""

from typing import Final

from mereq_teleop.envs.card import Feature, Preference, TaskCard
from mereq_teleop.envs.fanuc.moves import axes_of, keys_of

__all__ = ["ADD_TABLE", "BASIC", "CARD", "MOST", "PRESS", "SPEED", "THETA"]

BASIC: Final = "Fanuc-eraser-v0"
ADD_TABLE: Final = "Fanuc-eraser-addTableReward-v0"
SPEED: Final = 0.2
"""Greatest speed of the tool over the board (m/s)."""
PRESS: Final = 0.1
"""Greatest speed up and down (m/s): to press takes a fine hand."""
THETA: Final = (0.6, 0.0, 0.0)
MOST: Final = {"forward": SPEED, "left": SPEED, "up": PRESS}
"""Greatest speed along each axis (m/s)."""

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
    axes=axes_of(MOST),
    neutral_action=(0.0, 0.0, 0.0),
    keys=keys_of(MOST),
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
    instant="eraser-instant",
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
