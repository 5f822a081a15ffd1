"""A highway and a scene to draw, without a simulator."""

from dataclasses import replace

import numpy as np

from mereq_teleop.app.window.scene import LearnerPhase, Scene, Toast
from mereq_teleop.envs.highway.frames import HighwayFrames
from mereq_teleop.sessions.rates import Interval, Standing, Verdict
from mereq_teleop.sessions.records import Authority

__all__ = ["FRAMES", "SCENE", "SCENES", "crashed"]

FRAMES = HighwayFrames(
    x=np.linspace((500.0, 530.0, 480.0), (525.0, 552.0, 500.0), 6),
    y=np.linspace((8.0, 4.0, 0.0), (4.0, 4.0, 0.0), 6),
    heading=np.array([[0.0] * 3, [-0.1, 0.0, 0.0], [-0.2, 0.0, 0.0], [-0.2, 0.0, 0.0], [-0.1, 0.0, 0.0], [0.0] * 3]),
    speed=np.full((6, 3), 25.0),
    crashed=np.zeros((6, 3), dtype=np.bool_),
)
"""One step in which the ego car changes from the right lane to the middle one, with two others about."""

SCENE = Scene(
    authority=Authority.POLICY,
    policy_action="LANE_LEFT",
    executed="LANE_LEFT",
    step_left=0.6,
    policy_version=12,
    last_swap="policy 12: right lane +0.41",
    round=2,
    round_step=37,
    round_rate=0.08,
    verdict=Verdict(0.03, Interval(0.002, 0.11), Standing.UNSETTLED, 130),
    theta=(("collision", -0.12), ("right_lane", 0.41), ("high_speed", 0.05)),
    theta_deviation=(0.08, 0.06, 0.16),
    learner=LearnerPhase.READY,
    recording=True,
    device="keyboard",
    episode=3,
    step=17,
    horizon_steps=40,
    session="20250801T101112-highway-3f9a",
)

SCENES = {
    "first": Scene(authority=Authority.POLICY, learner=LearnerPhase.STARTING, horizon_steps=40),
    "policy": SCENE,
    "human": replace(
        SCENE,
        authority=Authority.HUMAN,
        human_action="LANE_RIGHT",
        executed="LANE_RIGHT",
        pending="FASTER",
        toasts=(Toast("policy 12: right lane +0.41", 1.0), Toast("the learner was lost", 3.5, warning=True)),
    ),
    "safe": replace(
        SCENE,
        authority=Authority.SAFE,
        reason="the window lost the keyboard's focus",
        learner=LearnerPhase.LOST,
        learner_detail="no heartbeat for 5 s",
        recording_fault="the disk is full",
    ),
    "paused": replace(SCENE, authority=Authority.NOBODY),
    "aligned": replace(SCENE, verdict=Verdict(0.004, Interval(0.0, 0.046), Standing.ALIGNED)),
    "stuck": replace(
        SCENE,
        policy_version=123,
        round=12,
        round_step=100,
        round_rate=1.0,
        verdict=Verdict(0.27, Interval(0.18, 0.38), Standing.NO_LONGER_IMPROVING),
        theta=(("collision", -0.32), ("right_lane", 1.41), ("high_speed", 0.55)),
        theta_deviation=(0.5, 0.3, 0.001),
        learner=LearnerPhase.LEARNING,
        learner_detail="instant learner 43 %",
    ),
    "close": replace(SCENE, verdict=Verdict(0.049, Interval(0.04, 0.07), Standing.UNSETTLED), theta_deviation=()),
    "help": replace(SCENE, help_shown=True),
}
"""What an operator may see, by name."""


def crashed(frames: HighwayFrames) -> HighwayFrames:
    """The same with the ego car crashed all along."""
    flags = frames.crashed.copy()
    flags[:, 0] = True
    return HighwayFrames(x=frames.x, y=frames.y, heading=frames.heading, speed=frames.speed, crashed=flags)
