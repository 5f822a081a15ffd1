"""The card of the lander whose engines are throttled."""

from typing import Final

from mereq_teleop.envs.card import Axis, Preference, TaskCard
from mereq_teleop.envs.lander.features import FEATURES

__all__ = ["CARD", "ENV_ID"]

ENV_ID: Final = "LunarLanderContinuous-v3"

CARD = TaskCard(
    name="lunar-lander-continuous",
    title="Land on the moon with throttled engines",
    ids={
        "lunar-lander-continuous": ENV_ID,
        "lunarLanderContinuous": ENV_ID,
        "LunarLanderContinuous-v2": ENV_ID,
    },
    served=dict.fromkeys(
        ("lunarLanderContinuous", "LunarLanderContinuous-v2"), f"gymnasium's {ENV_ID}, which took v2's place"
    ),
    features=FEATURES,
    # The main engine is off below 0, the side engines within 0.5 of 0.
    axes=(
        Axis(name="main", unit="of full", low=-1.0, high=1.0),
        Axis(name="side", unit="of full", low=-1.0, high=1.0),
    ),
    neutral_action=(0.0, 0.0),
    keys={"space": (0.0, 0.0), "up": (1.0, 0.0), "left": (0.0, -1.0), "right": (0.0, 1.0)},
    # Half the world's own 50 a second, which leave a person no time.
    control_rate_hz=25.0,
    frames_per_step=1,
    horizon_steps=1000,
    episodes=100,
    round_steps=500,
    learns_each="round",
    termination="either",
    crash_feature="crash",
    observation_shape=(8,),
    batch="mereq_teleop.envs.lander.task:continuous_batch",
    encoder="mereq_teleop.envs.lander.encode:encode",
    inputs=13,
    prior="lunar-lander-continuous-prior",
    preferences=(
        Preference(
            name="steady",
            theta=(0.0, 0.0, -0.5, 0.0, 0.0),
            expert="lunar-lander-continuous-steady",
            engage_above=0.5,
            engage_after=5,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.089, one residual learner that was told the true theta (seed "
                "100) 0.039 after 2,000 gradient steps, the expert itself 0; after 3 steps in a row 0.129 and 0.078. "
                "Provisional: hands differ much, and that learner's return (180 in 24 episodes) is above the expert's"
            ),
        ),
    ),
)
