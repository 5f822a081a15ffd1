"""What ships for the mountain car is what its cards say."""

import json

import numpy as np
import pytest

from mereq_teleop.agents.constants import CONTINUOUS
from mereq_teleop.agents.evaluate import Evaluation, evaluate, intervention_rate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.recipes import residual_sac_recipe
from mereq_teleop.agents.residual_sac import ResidualSac
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.agents.shipped import FOLDER, shipped
from mereq_teleop.envs import card

CARD = card("mountain-car")
PREFERENCE = CARD.preferences[0]
PRIOR, EXPERT = shipped(CARD.prior, CARD), shipped(PREFERENCE.expert, CARD)


def driven(policy: AnyPolicy) -> Evaluation:
    return evaluate(policy, CARD.name, PREFERENCE.theta, 100)


def test_the_expert_reaches_the_flag_with_less_force_and_is_the_better_for_it() -> None:
    prior, expert = driven(PRIOR), driven(EXPERT)
    assert (prior.success_rate, expert.success_rate) == (1.0, 1.0)
    assert expert.features["effort"] < 0.85 * prior.features["effort"]
    assert expert.return_true > prior.return_true + 4


@pytest.mark.parametrize("policy", [PRIOR, EXPERT])
def test_a_policy_is_the_one_of_its_card(policy: AnyPolicy) -> None:
    name = CARD.prior if policy is PRIOR else PREFERENCE.expert
    written = json.loads((FOLDER / f"{name}.json").read_text())
    assert written["hash"] == policy.snapshot.hash
    theta = written.get("theta", [0.0, 0.0, 0.0])
    assert tuple(theta) == (PREFERENCE.theta if policy is EXPERT else (0.0, 0.0, 0.0))
    found = evaluate(policy, written["env"], theta, 100)
    assert found.return_true == pytest.approx(written["return"], abs=0.5)
    assert found.success_rate == written["success_rate"]
    for feature, mean in written["features"].items():
        assert found.features[feature] == pytest.approx(mean, abs=0.02)


def test_the_expert_minds_the_prior_as_the_card_says_and_never_itself() -> None:
    expert = SimulatedExpert(EXPERT, PREFERENCE)
    rates = [intervention_rate(policy, CARD.name, expert, 4_000, 5_000_000) for policy in (PRIOR, EXPERT)]
    assert rates == [pytest.approx(0.143, abs=0.001), 0.0]


@pytest.mark.slow
def test_a_learner_that_is_told_what_the_person_wants_is_let_be_and_keeps_the_flag() -> None:
    assert isinstance(PRIOR, GaussianPolicy)
    constants, theta = CONTINUOUS["mereq"], np.array(PREFERENCE.theta)
    learner, scouts = ResidualSac(PRIOR, residual_sac_recipe(CARD), 102), Scouts(CARD.name, constants.worlds, 102)
    scouts.explore(learner.policy(), constants.warm_up_sweeps, learner)
    learner.learn(0 * theta, constants.warm_up_updates)
    for _ in range(constants.settling):
        scouts.explore(learner.policy(), constants.sweeps, learner)
        learner.learn(theta, constants.updates)
    rate = intervention_rate(learner.policy(), CARD.name, SimulatedExpert(EXPERT, PREFERENCE), 4_000, 5_000_000)
    found = driven(learner.policy())
    assert rate < 0.05
    assert found.success_rate == 1.0
    assert found.return_true > driven(PRIOR).return_true + 2
