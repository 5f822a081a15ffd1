"""The highway task's card."""

from mereq_teleop.envs.card import Feature, Preference, TaskCard
from mereq_teleop.envs.highway.rewards import ADD_LINEAR, ADD_RIGHT, BASIC, DENSE, PURE_RIGHT

__all__ = ["CARD"]

CARD = TaskCard(
    name="highway",
    title="Drive on a three-lane highway among thirty cars",
    ids={
        "highway": BASIC,
        "highwayBasic": BASIC,
        "highwayAddRightReward": ADD_RIGHT,
        "highwayPureRightReward": PURE_RIGHT,
        "highwayAddLinearReward": ADD_LINEAR,
        "highwayDense": DENSE,
    },
    features=(
        Feature(name="collision", unit="0 or 1", meaning="the ego vehicle has crashed", wanted=False),
        Feature(name="right_lane", unit="0 leftmost .. 1 rightmost", meaning="lane that the ego vehicle heads for"),
        Feature(name="high_speed", unit="20..30 m/s as 0..1, clipped", meaning="forward speed of the ego vehicle"),
    ),
    actions=("LANE_LEFT", "IDLE", "LANE_RIGHT", "FASTER", "SLOWER"),
    neutral_action=1,
    keys={"left": 0, "space": 1, "right": 2, "up": 3, "down": 4},
    control_rate_hz=1.0,
    frames_per_step=5,
    horizon_steps=40,
    test_keys=("highwayDense",),
    needs_theta=("highwayAddLinearReward",),
    observation_shape=(5, 5),
    batch="mereq_teleop.envs.highway.batch:HighwayBatch",
    encoder="mereq_teleop.envs.highway.encode:encode",
    inputs=51,
    prior="highway-prior",
    preferences=(
        Preference(
            name="right-lane",
            theta=(0.0, 0.5, 0.0),
            expert="highway-right-lane",
            engage_above=1.0,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.148, three residual learners that were told the true theta "
                "0.020 to 0.027, the expert itself 0"
            ),
        ),
        Preference(
            name="left-lane",
            theta=(0.0, -0.5, 0.0),
            expert="highway-left-lane",
            engage_above=1.1,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.090, three residual learners that were told the true theta "
                "0.028 to 0.042, the expert itself 0"
            ),
        ),
        Preference(
            name="slow",
            theta=(0.0, 0.0, -0.8),
            expert="highway-slow",
            engage_above=0.2,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.890, three residual learners that were told the true theta "
                "0.014 to 0.024, the expert itself 0; a step too fast is soon made good, so that one costs little"
            ),
        ),
        Preference(
            name="right-lane-noisy",
            theta=(0.0, 0.5, 0.0),
            expert="highway-right-lane",
            engage_above=1.0,
            release_after=3,
            lapse=0.2,
            slip=0.1,
            calibration="as right-lane, whose rule measures the intervention rate; the noise is in the hand alone",
        ),
    ),
)
