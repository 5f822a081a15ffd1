"""Laws of the simulated expert's rule: hysteresis as a table, one world as many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop.agents.expert import Judgement, SimulatedExpert, judge
from mereq_teleop.envs import make_batch
from tests.agents.made import CARD, TASK, expert, prior

# Regret is 0 or 2 by the action, 1 at the threshold itself.
Q = np.array([[2.0, 0.0, 1.0]], np.float32)
AGREE, DISAGREE, BORDER = 0, 1, 2

TABLE = [
    ("", 3, ""),
    ("aaaa", 3, "----"),
    ("d", 3, "E"),
    ("daaaa", 3, "EEE--"),
    ("daadaaa", 3, "EEEEEE-"),
    ("ddaaad", 3, "EEEE-E"),
    ("daad", 1, "E--E"),
    ("dada", 2, "EEEE"),
    ("aaada", 2, "---EE"),
    ("bdbb", 2, "-EE-"),
]
ACTION = {"a": AGREE, "d": DISAGREE, "b": BORDER}


def engaged(actions: list[int], release_after: int) -> list[bool]:
    judgement, history = Judgement.fresh(1), []
    for action in actions:
        judgement = judge(Q, np.array([action]), judgement, 1.0, release_after)
        history.append(bool(judgement.engaged[0]))
    return history


@pytest.mark.parametrize(("actions", "release_after", "wanted"), TABLE)
def test_engage_at_once_and_release_after_enough_agreement(actions: str, release_after: int, wanted: str) -> None:
    assert engaged([ACTION[a] for a in actions], release_after) == [mark == "E" for mark in wanted]


@given(actions=st.lists(st.sampled_from([AGREE, DISAGREE, BORDER]), max_size=30), release_after=st.integers(1, 5))
def test_engaged_means_that_one_of_the_last_steps_was_wrong(actions: list[int], release_after: int) -> None:
    for step, is_engaged in enumerate(engaged(actions, release_after)):
        recent = actions[max(0, step - release_after + 1) : step + 1]
        assert is_engaged == (DISAGREE in recent)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), worlds=st.integers(1, 6), steps=st.integers(1, 15))
def test_many_worlds_are_judged_as_one_by_one(seed: int, worlds: int, steps: int) -> None:
    random = np.random.default_rng(seed)
    q = random.integers(0, 4, (steps, worlds, 3)).astype(np.float32)
    actions, fresh = random.integers(3, size=(steps, worlds)), random.random((steps, worlds)) < 0.2
    together, alone = Judgement.fresh(worlds), [Judgement.fresh(1) for _ in range(worlds)]
    for step in range(steps):
        together = judge(q[step], actions[step], together.forgotten(fresh[step]), 1.5, 2)
        for i in range(worlds):
            before = Judgement.fresh(1) if fresh[step, i] else alone[i]
            alone[i] = judge(q[step, i : i + 1], actions[step, i : i + 1], before, 1.5, 2)
    assert together.engaged.tolist() == [bool(one.engaged[0]) for one in alone]
    assert together.agreeing.tolist() == [int(one.agreeing[0]) for one in alone]


def drive(steps: int) -> list[tuple[NDArray[np.float32], int]]:
    """What is seen, and a stray action now and then."""
    random, batch, seen = np.random.default_rng(1), make_batch(TASK, 1), []
    obs = batch.reset([21])
    for _ in range(steps):
        action = int(prior().act(obs)[0]) if random.random() < 0.5 else int(random.integers(len(CARD.actions)))
        seen.append((obs[0], action))
        obs = batch.step([action]).observation
    return seen


def test_watching_is_judging_one_world() -> None:
    watcher, judgement, wanted = SimulatedExpert(expert(), CARD.preferences[0]), Judgement.fresh(1), []
    seen = drive(40)
    for obs, action in seen:
        q = expert().preference(obs[None])
        judgement = watcher.judge(q, np.array([action]), judgement)
        wanted.append(int(q.argmax()) if judgement.engaged[0] else None)
    assert [watcher.watch(obs, action) for obs, action in seen] == wanted
    # Both words were said, and in control the expert drives as its own policy does.
    assert None in wanted
    takeovers = [(said, obs) for said, (obs, _) in zip(wanted, seen, strict=True) if said is not None]
    assert takeovers
    assert all(said == expert().act(obs[None])[0] for said, obs in takeovers)


def test_the_rule_is_the_preferences_own() -> None:
    preference, q = CARD.preferences[0], np.array([[0.0, -1.0]], np.float32)
    for regret, wanted in ((preference.engage_above * 1.01, True), (preference.engage_above * 0.99, False)):
        scaled = (q * regret).astype(np.float32)
        found = SimulatedExpert(expert(), preference).judge(scaled, np.array([1]), Judgement.fresh(1))
        assert bool(found.engaged[0]) is wanted


def test_a_new_episode_is_judged_from_the_start() -> None:
    strict = replace(CARD.preferences[0], engage_above=0.5)
    watcher = SimulatedExpert(expert(), strict)
    obs = drive(1)[0][0]
    q = expert().preference(obs[None])[0]
    best, worst = int(q.argmax()), int(q.argmin())
    assert q[best] - q[worst] > strict.engage_above
    assert watcher.watch(obs, worst) == best
    assert watcher.watch(obs, best) == best
    watcher.forget()
    assert watcher.watch(obs, best) is None
