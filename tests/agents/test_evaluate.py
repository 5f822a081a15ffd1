"""Laws of evaluation: common seeds give common numbers, and every step is counted once."""

from dataclasses import replace

import numpy as np
import pytest

from mereq_teleop.agents.evaluate import COMMON_SEED, evaluate, intervention_rate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.policy import Policy
from mereq_teleop.sessions.records import Authority, Transition
from tests.agents.made import CARD, TASK, drive, expert, prior, snapshot

THETA = (0.0, 0.5, 0.25)
WHOLE = [Authority.POLICY] * CARD.horizon_steps
PREFERENCE = CARD.preferences[0]


def engaged_steps(watcher: SimulatedExpert, transitions: tuple[Transition, ...]) -> int:
    """Steps of one episode at which the watcher would be in control."""
    watcher.forget()
    count = 0
    for transition in transitions:
        wanted = transition.decision.policy_action
        assert isinstance(wanted, int)
        seen = np.array(transition.obs, np.float32).reshape(CARD.observation_shape)
        count += watcher.watch(seen, wanted) is not None
    return count


def clumsy() -> Policy:
    """One of random weights, which crashes."""
    return Policy(snapshot(4), CARD)


@pytest.mark.parametrize("policy", [prior(), clumsy()], ids=["prior", "clumsy"])
def test_an_evaluation_is_the_mean_of_episodes_driven_one_by_one(policy: Policy) -> None:
    watcher = SimulatedExpert(expert(), PREFERENCE)
    found = evaluate(policy, TASK, THETA, 6, 77, watcher)
    driven = [drive(WHOLE, seed=77 + i, policy=policy).transitions for i in range(6)]
    steps = [transition for transitions in driven for transition in transitions]
    features = np.array([transition.features for transition in steps])
    assert (found.episodes, found.steps) == (6, len(steps))
    assert found.crash_rate == sum(transitions[-1].terminated for transitions in driven) / 6
    assert list(found.features) == list(CARD.feature_names)
    np.testing.assert_allclose(list(found.features.values()), features.mean(axis=0))
    rewards = sum(transition.reward for transition in steps)
    assert found.return_true == pytest.approx((rewards + (features @ THETA).sum()) / 6)
    assert found.intervention_rate == sum(engaged_steps(watcher, one) for one in driven) / len(steps)


def test_the_clumsy_one_crashes_so_that_crashes_were_counted() -> None:
    found = evaluate(clumsy(), TASK, THETA, 6, 77)
    assert found.crash_rate is not None
    assert found.crash_rate > 0
    assert found.success_rate is None


def test_common_seeds_give_equal_results() -> None:
    first = evaluate(prior(), TASK, THETA, 20)
    assert evaluate(prior(), TASK, THETA, 20) == first == evaluate(prior(), TASK, THETA, 20, COMMON_SEED)
    assert evaluate(prior(), TASK, THETA, 20, COMMON_SEED + 20) != first
    assert first.intervention_rate is None


@pytest.mark.parametrize("policy", [prior(), expert(), clumsy()], ids=["prior", "expert", "clumsy"])
def test_a_policy_judged_by_itself_is_never_interrupted(policy: Policy) -> None:
    watcher = SimulatedExpert(policy, replace(PREFERENCE, engage_above=0.0))
    assert intervention_rate(policy, TASK, watcher, 400, 5) == 0.0
    assert evaluate(policy, TASK, THETA, 10, 5, watcher).intervention_rate == 0.0


@pytest.mark.parametrize("steps", [1, 39, 40, 41, 100, 403])
def test_the_rate_counts_exactly_so_many_steps(steps: int) -> None:
    always = SimulatedExpert(expert(), replace(PREFERENCE, engage_above=-1.0))
    assert intervention_rate(clumsy(), TASK, always, steps, 5) == 1.0
    seldom = intervention_rate(clumsy(), TASK, SimulatedExpert(expert(), PREFERENCE), steps, 5)
    assert seldom * steps == pytest.approx(round(seldom * steps), abs=1e-9)


@pytest.mark.parametrize("policy", [prior(), clumsy()], ids=["prior", "clumsy"])
def test_the_rate_is_that_of_episodes_judged_one_by_one(policy: Policy) -> None:
    watcher, worlds, engaged, begun = SimulatedExpert(expert(), replace(PREFERENCE, engage_above=0.5)), 10, 0, 0
    for world in range(worlds):
        done = 0
        while done < CARD.horizon_steps:
            # The next seed of a world that ends early is one that no other world has.
            seed, left = 5 + done * worlds + world, WHOLE[done:]
            transitions = drive(left, seed=seed, policy=policy).transitions
            engaged += engaged_steps(watcher, transitions)
            done, begun = done + len(transitions), begun + 1
    assert (begun > worlds) is (policy is not prior())
    assert intervention_rate(policy, TASK, watcher, 400, 5) == engaged / 400 > 0


def test_a_stricter_expert_intervenes_more() -> None:
    rates = [
        intervention_rate(prior(), TASK, SimulatedExpert(expert(), replace(PREFERENCE, engage_above=above)), 800, 5)
        for above in (2.0, 1.0, 0.5, 0.1)
    ]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1]
