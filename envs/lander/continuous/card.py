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
    axes=(
        Axis(name="main", unit="of the throttle; off below 0", low=-1.0, high=1.0),
        Axis(name="side", unit="of the throttle; off within 0.5 of 0", low=-1.0, high=1.0),
    ),
    neutral_action=(0.0, 0.0),
    keys={"space": (0.0, 0.0), "up": (1.0, 0.0), "left": (0.0, -1.0), "right": (0.0, 1.0)},
    # Half the world's own 50 a second, which leave a person no time.
    control_rate_hz=25.0,
    frames_per_step=1,
    horizon_steps=1000,
    episodes=100,
    round_steps=500,
    termination="either",
    crash_feature="crash",
    observation_shape=(8,),
    batch="mereq_teleop.envs.lander.task:continuous_batch",
    encoder="mereq_teleop.envs.lander.encode:encode",
    inputs=13,
    prior="lunar-lander-continuous-prior",
    preferences=(
        Preference(
            name="gentle",
            theta=(0.0, 0.0, 0.0, -2.0, 0.0),
            expert="lunar-lander-continuous-gentle",
            engage_above=0.2,
            release_after=3,
            calibration="",
        ),
    ),
)
