"""What ships for the throttled lander is what its cards say."""

import json

import pytest

from mereq_teleop.agents.evaluate import Evaluation, evaluate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.shipped import FOLDER, shipped
from mereq_teleop.envs import card

CARD = card("lunar-lander-continuous")
PREFERENCE = CARD.preferences[0]
PRIOR, EXPERT = shipped(CARD.prior, CARD), shipped(PREFERENCE.expert, CARD)


def driven(policy: AnyPolicy) -> Evaluation:
    return evaluate(policy, CARD.name, PREFERENCE.theta, 30, expert=SimulatedExpert(EXPERT, PREFERENCE))


def test_the_expert_lands_as_well_with_less_tilt_and_minds_the_prior_but_never_itself() -> None:
    prior, expert = driven(PRIOR), driven(EXPERT)
    assert min(prior.success_rate or 0.0, expert.success_rate or 0.0) > 0.9
    assert (prior.crash_rate, expert.crash_rate) == (0.0, 0.0)
    assert expert.features["tilt"] < 0.85 * prior.features["tilt"]
    assert expert.return_true > prior.return_true
    assert prior.intervention_rate == pytest.approx(0.107, abs=0.02)
    assert expert.intervention_rate == 0.0


@pytest.mark.parametrize("policy", [PRIOR, EXPERT])
def test_a_policy_is_the_one_of_its_card(policy: AnyPolicy) -> None:
    name = CARD.prior if policy is PRIOR else PREFERENCE.expert
    written, maker = json.loads((FOLDER / f"{name}.json").read_text()), policy.snapshot.maker
    assert written["hash"] == policy.snapshot.hash
    assert (written["gamma"], written["alpha"]) == (maker.gamma, maker.alpha)
    assert card(written["env"]) is CARD
    assert tuple(written.get("theta", PREFERENCE.theta)) == PREFERENCE.theta
