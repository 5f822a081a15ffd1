"""The arm's policies follow weights that they are told, and lose the task where the prior's reward is left out."""

import numpy as np
import pytest

from mereq_teleop.agents.evaluate import Evaluation, evaluate
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.plain_sac import PlainSac
from mereq_teleop.agents.residual_sac import ResidualSac, ResidualSacConfig
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card

TASK = "gripper"
CARD = card(TASK)
TRUE = CARD.preferences[0].theta
THETA = np.array(TRUE)
TURNS, UPDATES, SWEEPS = 8, 50, 3


def prior() -> GaussianPolicy:
    policy = shipped(CARD.prior, CARD)
    assert isinstance(policy, GaussianPolicy)
    return policy


def told(trainer: ResidualSac) -> Evaluation:
    """How the policy drives after a few turns under the true weights."""
    scouts = Scouts(TASK, 64, 0)
    scouts.explore(trainer.policy(), 80, trainer)
    trainer.learn(0 * THETA, 300)
    for _ in range(TURNS):
        scouts.explore(trainer.policy(), SWEEPS, trainer)
        trainer.learn(THETA, UPDATES)
    return evaluate(trainer.policy(), TASK, TRUE, 200)


@pytest.fixture(scope="module")
def before() -> Evaluation:
    return evaluate(prior(), TASK, TRUE, 200)


def test_told_the_true_weights_it_grasps_nearer_the_middle_and_still_lifts(before: Evaluation) -> None:
    found = told(ResidualSac(prior(), ResidualSacConfig(), 0))
    assert found.success_rate is not None
    assert found.success_rate >= 0.95
    assert found.features["grasp_offset"] < 0.85 * before.features["grasp_offset"]
    assert found.return_true > before.return_true + 0.5


def test_without_the_priors_reward_the_task_is_lost() -> None:
    # omega = 0: the feature is all there is, and the safest offset is that of a hand that never comes near.
    found = told(PlainSac(prior(), ResidualSacConfig(), 0, from_prior=True))
    assert found.success_rate is not None
    assert found.success_rate <= 0.1
