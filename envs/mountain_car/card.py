"""The mountain car's card."""

from typing import Final

from mereq_teleop.envs.card import Axis, Feature, Preference, TaskCard

__all__ = ["CARD", "ENV_ID"]

ENV_ID: Final = "MountainCarContinuous-v0"

CARD = TaskCard(
    name="mountain-car",
    title="Rock an underpowered car out of a valley",
    ids={"mountain-car": ENV_ID, "mountainCarContinuous": ENV_ID},
    features=(
        Feature(name="effort", unit="0 .. 1 of the greatest", meaning="force squared", reach=1.0),
        Feature(name="speed", unit="0 .. 1 of the greatest", meaning="speed of the car, either way", reach=0.5),
        Feature(
            name="left_swing",
            unit="0 valley floor .. 1 left wall",
            meaning="how far the car is out on the hill away from the flag",
            reach=0.5,
        ),
    ),
    axes=(Axis(name="force", unit="of the engine's greatest", low=-1.0, high=1.0),),
    neutral_action=(0.0,),
    keys={"left": (-1.0,), "space": (0.0,), "right": (1.0,)},
    # Gymnasium gives a step no duration; at this rate a swing takes about five seconds, which a person can follow.
    control_rate_hz=15.0,
    frames_per_step=1,
    horizon_steps=999,
    termination="success",
    observation_shape=(2,),
    batch="mereq_teleop.envs.mountain_car.batch:MountainCarBatch",
    encoder="mereq_teleop.envs.mountain_car.encode:encode",
    inputs=3,
    prior="mountain-car-prior",
    preferences=(
        Preference(
            name="gentle",
            theta=(-0.5, 0.0, 0.0),
            expert="mountain-car-gentle",
            engage_above=0.225,
            engage_after=2,
            release_after=3,
            calibration=(
                "the prior has an intervention rate of 0.143, two residual learners that were told the true theta "
                "(seeds 102, 103) 0.010 and 0.008 after 2,000 gradient steps, the expert itself 0"
            ),
        ),
    ),
)
