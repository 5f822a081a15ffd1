"""The card of the lander whose engines are throttled."""

from dataclasses import replace
from typing import Final

from mereq_teleop.envs.card import Axis, Preference
from mereq_teleop.envs.lander.discrete.card import CARD as DISCRETE

__all__ = ["CARD", "ENV_ID"]

ENV_ID: Final = "LunarLanderContinuous-v3"

# All but its hands, and who drives and minds, is the other lander's.
CARD = replace(
    DISCRETE,
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
    actions=(),
    # The prior leans by a twelfth of the full tilt: only a large weight is felt.
    features=tuple(replace(feature, reach=3.0) if feature.name == "tilt" else feature for feature in DISCRETE.features),
    # The main engine is off below 0, the side engines within 0.5 of 0.
    axes=(
        Axis(name="main", unit="of full", low=-1.0, high=1.0),
        Axis(name="side", unit="of full", low=-1.0, high=1.0),
    ),
    neutral_action=(0.0, 0.0),
    keys={"space": (0.0, 0.0), "up": (1.0, 0.0), "left": (0.0, -1.0), "right": (0.0, 1.0)},
    holds=False,
    # An episode or less, as the other lander has, often says the opposite of what the person wants (docs/methods.md).
    round_steps=2000,
    batch="mereq_teleop.envs.lander.task:continuous_batch",
    prior="lunar-lander-continuous-prior",
    preferences=(
        Preference(
            name="level",
            theta=(0.0, 0.0, 0.0, 0.0, -1.0),
            expert="lunar-lander-continuous-level",
            engage_above=0.16,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.121 over the first 500 steps of 64 episodes (0.113 by hand "
                "where the expert does take over; 0 to 0.23 by episode) and of 0.099 over 100 whole ones; a residual "
                "learner that was told the true theta (seed 101) 0.014 after 1,500 gradient steps, 0.001 after 3,000 "
                "and, having gone past the expert, 0.114 after 6,000 (40 episodes); the expert itself 0"
            ),
        ),
    ),
)
