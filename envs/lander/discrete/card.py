"""The card of the lander whose engines are either on or off."""

from typing import Final

from mereq_teleop.envs.card import Preference, TaskCard
from mereq_teleop.envs.lander.features import FEATURES

__all__ = ["CARD", "ENV_ID"]

ENV_ID: Final = "LunarLander-v3"

CARD = TaskCard(
    name="lunar-lander",
    title="Land on the moon with three engines that are on or off",
    ids={"lunar-lander": ENV_ID, "lunarLanderDiscrete": ENV_ID, "LunarLander-v2": ENV_ID},
    served=dict.fromkeys(("lunarLanderDiscrete", "LunarLander-v2"), f"gymnasium's {ENV_ID}, which took v2's place"),
    features=FEATURES,
    actions=("COAST", "TURN_LEFT", "MAIN_ENGINE", "TURN_RIGHT"),
    neutral_action=0,
    keys={"space": 0, "left": 1, "up": 2, "right": 3},
    holds=True,
    # Half the world's own 50 a second, which leave a person no time.
    control_rate_hz=25.0,
    frames_per_step=1,
    horizon_steps=1000,
    episodes=100,
    round_steps=500,
    termination="either",
    crash_feature="crash",
    observation_shape=(8,),
    batch="mereq_teleop.envs.lander.task:discrete_batch",
    encoder="mereq_teleop.envs.lander.encode:encode",
    inputs=13,
    prior="lunar-lander-prior",
    preferences=(
        Preference(
            name="gentle",
            theta=(0.0, 0.0, 0.0, -2.0, 0.0),
            expert="lunar-lander-gentle",
            engage_above=1.0,
            release_after=3,
            calibration="",
        ),
    ),
)
