"""The arm's instant learners: told the true weights they do what is wanted; one correction is answered at once."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from mereq_teleop.agents.apprentice import Apprentice
from mereq_teleop.agents.conditioned_actor import ConditionedActor
from mereq_teleop.agents.conditioned_sac import ConditionedSacConfig
from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.evaluate import evaluate, intervention_rate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.foresight_sac import ContinuousForesight
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.learner import LearnerConfig, Objective
from mereq_teleop.agents.library import fetch, key_of
from mereq_teleop.agents.shipped import FOLDER, shipped
from mereq_teleop.envs import cards, make_batch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority, Decision, Episode, Segment
from mereq_teleop.sessions.segments import segments_of
from mereq_teleop.sessions.world import OneWorld, as_action, as_transition

CARDS = [card for card in cards() if card.instant]
NAMES = [card.name for card in CARDS]
TINY = ConditionedSacConfig(
    sweeps=4, worlds=4, warm_up_sweeps=2, updates_per_sweep=1, head_start=0, batch=16, replay=100, hidden=(8, 8)
)


def prior_of(card: TaskCard) -> GaussianPolicy:
    policy = shipped(card.prior, card)
    assert isinstance(policy, GaussianPolicy)
    return policy


def config_of(card: TaskCard, objective: Objective = "likelihood") -> LearnerConfig:
    return LearnerConfig(task=card.name, method="mereq-instant", objective=objective)


def learner_of(card: TaskCard, folder: Path, objective: Objective = "likelihood") -> Apprentice:
    """By what ships: the library is empty."""
    return Apprentice(config_of(card, objective), prior_of(card), folder)


def told(card: TaskCard, folder: Path, theta: np.ndarray) -> GaussianPolicy:
    """The policy of a theta, by what ships."""
    actor = fetch(folder, prior_of(card), ConditionedSacConfig())
    assert isinstance(actor, ConditionedActor)
    foresight = ContinuousForesight(prior_of(card), actor)
    foresight.learn(theta, 0)
    policy = policy_of(foresight.snapshot(1, {"method": "told"}), card)
    assert isinstance(policy, GaussianPolicy)
    return policy


def corrected(card: TaskCard, seed: int = 3) -> list[Segment]:
    """An episode in which the simulated expert takes over by its rule."""
    preference = card.preferences[0]
    expert, prior = SimulatedExpert(shipped(preference.expert, card), preference), prior_of(card)
    world, transitions = OneWorld(make_batch(card.name, 1)), []
    obs = world.reset(seed)
    for step in range(card.horizon_steps):
        wanted = as_action(prior.act(obs[None])[0])
        hand = expert.watch(obs, wanted)
        executed = wanted if hand is None else hand
        authority = Authority.POLICY if hand is None else Authority.HUMAN
        decision = Decision(policy_action=wanted, human_action=hand, authority=authority, executed=executed)
        after = world.step(executed)
        transitions.append(as_transition(step, obs, decision, after, 0))
        obs = after.observation
        if after.terminated or after.truncated:
            break
    episode = Episode(task=card.name, index=0, seed=seed, transitions=tuple(transitions))
    return list(segments_of(episode, first_round=1))


@pytest.mark.parametrize("card", CARDS, ids=NAMES)
def test_what_ships_was_trained_for_the_prior_and_is_the_one_of_its_card(card: TaskCard, tmp_path: Path) -> None:
    written = json.loads((FOLDER / f"{card.instant}.json").read_text())
    assert (FOLDER / f"{card.instant}.safetensors").stat().st_size < 1_000_000
    assert written["prior_hash"] == prior_of(card).snapshot.hash
    assert written["key"] == key_of(prior_of(card), ConditionedSacConfig())
    assert written["cpu_seconds"] <= 300
    assert set(written["told"]) == {preference.name for preference in card.preferences}
    assert fetch(tmp_path, prior_of(card), ConditionedSacConfig()) is not None
    assert fetch(tmp_path, prior_of(card), TINY) is None


@pytest.mark.parametrize("card", CARDS, ids=NAMES)
def test_told_the_true_weights_it_does_what_is_wanted_and_the_task(card: TaskCard, tmp_path: Path) -> None:
    preference = card.preferences[0]
    theta, policy = np.array(preference.theta), told(card, tmp_path, np.array(preference.theta))
    expert = SimulatedExpert(shipped(preference.expert, card), preference)
    drivers = (policy, prior_of(card), expert.policy)
    found, before, best = (evaluate(driver, card.name, preference.theta, 100) for driver in drivers)
    assert found.success_rate is not None
    assert before.success_rate is not None
    assert found.success_rate >= before.success_rate - 0.03
    wanted, least, most = (float(theta @ list(of.features.values())) for of in (found, before, best))
    assert wanted > least + 0.5 * (most - least)
    assert found.return_true > before.return_true + 0.5 * (best.return_true - before.return_true)
    assert intervention_rate(policy, card.name, expert, 4_000, 5_000_000) < 0.15


@pytest.mark.parametrize("card", CARDS, ids=NAMES)
def test_told_nothing_it_is_the_prior(card: TaskCard, tmp_path: Path) -> None:
    obs = make_batch(card.name, 8).reset(np.arange(8))
    policy = told(card, tmp_path, np.zeros(len(card.features)))
    np.testing.assert_array_equal(policy.act(obs), prior_of(card).act(obs))


@pytest.mark.parametrize("card", CARDS, ids=NAMES)
def test_a_correction_is_answered_within_a_second(card: TaskCard, tmp_path: Path) -> None:
    learner, segments = learner_of(card, tmp_path), corrected(card)
    assert any(segment.authority is Authority.HUMAN for segment in segments)
    learner.learn(segments[:1], cause="warm")
    began = time.monotonic()
    report, policy = learner.learn(segments, cause="segment"), policy_of(learner.snapshot(1), card)
    assert time.monotonic() - began < 1.0
    assert report.weights is not None
    assert len(report.weights.deviation) == len(card.features)
    true, found = np.array(card.preferences[0].theta), np.array(report.weights.theta)
    weighed = true != 0
    # One episode says little of what the expert does not care for, but what it wants is told from nothing.
    assert (np.abs(found - true) < np.abs(true))[weighed].all()
    assert policy.snapshot.kind == "residual-sac"
    assert not learner.rest().busy


@pytest.mark.parametrize("objective", get_args(Objective))
def test_what_was_saved_goes_on_with_the_same_bits(objective: Objective, tmp_path: Path) -> None:
    card = CARDS[0]
    whole, cut = (learner_of(card, tmp_path, objective) for _ in range(2))
    segments = corrected(card)
    for learner in (whole, cut):
        learner.learn(segments[:2], cause="first")
    again = learner_of(card, tmp_path, objective)
    again.restore(cut.state())
    for learner in (whole, again):
        learner.learn(segments, cause="second")
    assert again.snapshot(1).hash == whole.snapshot(1).hash
    assert {name: part.tobytes() for name, part in again.state().items()} == {
        name: part.tobytes() for name, part in whole.state().items()
    }


@pytest.mark.slow
def test_a_prior_of_ones_own_is_trained_for_in_the_background(tmp_path: Path) -> None:
    card = CARDS[0]
    own = prior_of(card).snapshot
    tensors = {**own.tensors, "actor.0.bias": own.tensors["actor.0.bias"] + np.float32(1e-3)}
    prior = GaussianPolicy(replace(own, tensors=tensors), card)
    assert fetch(tmp_path, prior, ConditionedSacConfig()) is None
    learner, slices = Apprentice(config_of(card), prior, tmp_path, TINY), 0
    while "instant learner" in learner.rest().detail:
        slices += 1
    assert slices > 0
    assert learner.ready
    assert fetch(tmp_path, prior, TINY) is not None
    assert Apprentice(config_of(card), prior, tmp_path, TINY).ready
