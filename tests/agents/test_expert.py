"""Laws of the simulated expert's rule: hysteresis as a table, one world as many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.expert import Judgement, SimulatedExpert, distance, judge, regret
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.envs import card, make_batch
from mereq_teleop.envs.card import Preference, TaskCard
from mereq_teleop.sessions.records import Action
from tests.agents.made import CARD, TASK, expert, prior, snapshot

CAR = card("mountain-car")

# Regret is 0 or 2 by the action, 1 at the threshold itself.
Q = np.array([[2.0, 0.0, 1.0]], np.float32)
AGREE, DISAGREE, BORDER = 0, 1, 2


class Roller:
    """Pushes the car the way it rolls, so strongly."""

    snapshot: PolicySnapshot
    card: TaskCard

    def __init__(self, strength: float, task: TaskCard = CAR) -> None:
        self.strength, self.card, self.snapshot = strength, task, snapshot()

    def act(self, obs: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.where(obs[:, 1:] >= 0, self.strength, -self.strength)


def rule(engage_above: float, release_after: int, engage_after: int = 1) -> Preference:
    return replace(
        CARD.preferences[0], engage_above=engage_above, release_after=release_after, engage_after=engage_after
    )


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


def engaged(actions: list[int], release_after: int, engage_after: int = 1) -> list[bool]:
    judgement, history = Judgement.fresh(1), []
    for action in actions:
        judgement = judge(regret(Q, np.array([action])), judgement, rule(1.0, release_after, engage_after))
        history.append(bool(judgement.engaged[0]))
    return history


@pytest.mark.parametrize(("actions", "release_after", "wanted"), TABLE)
def test_engage_at_once_and_release_after_enough_agreement(actions: str, release_after: int, wanted: str) -> None:
    assert engaged([ACTION[a] for a in actions], release_after) == [mark == "E" for mark in wanted]


@pytest.mark.parametrize(
    ("actions", "engage_after", "release_after", "wanted"),
    [
        ("dd", 2, 3, "-E"),
        ("dadadd", 2, 3, "-----E"),
        ("ddaadaaa", 2, 3, "-EEEEEE-"),
        ("dddaddd", 3, 1, "--E---E"),
    ],
)
def test_engage_after_enough_disagreement(actions: str, engage_after: int, release_after: int, wanted: str) -> None:
    found = engaged([ACTION[a] for a in actions], release_after, engage_after)
    assert found == [mark == "E" for mark in wanted]


@given(actions=st.lists(st.sampled_from([AGREE, DISAGREE, BORDER]), max_size=30), release_after=st.integers(1, 5))
def test_engaged_means_that_one_of_the_last_steps_was_wrong(actions: list[int], release_after: int) -> None:
    for step, is_engaged in enumerate(engaged(actions, release_after)):
        recent = actions[max(0, step - release_after + 1) : step + 1]
        assert is_engaged == (DISAGREE in recent)


@given(seed=st.integers(0, 2**32 - 1), worlds=st.integers(1, 6), steps=st.integers(1, 15))
def test_many_worlds_are_judged_as_one_by_one(seed: int, worlds: int, steps: int) -> None:
    random = np.random.default_rng(seed)
    q = random.integers(0, 4, (steps, worlds, 3)).astype(np.float32)
    actions, fresh = random.integers(3, size=(steps, worlds)), random.random((steps, worlds)) < 0.2
    preference = rule(1.5, 2, 1 + seed % 2)
    together, alone = Judgement.fresh(worlds), [Judgement.fresh(1) for _ in range(worlds)]
    for step in range(steps):
        minded = regret(q[step], actions[step])
        together = judge(minded, together.forgotten(fresh[step]), preference)
        for i in range(worlds):
            before = Judgement.fresh(1) if fresh[step, i] else alone[i]
            alone[i] = judge(minded[i : i + 1], before, preference)
    assert together.engaged.tolist() == [bool(one.engaged[0]) for one in alone]
    assert together.agreeing.tolist() == [int(one.agreeing[0]) for one in alone]
    assert together.disagreeing.tolist() == [int(one.disagreeing[0]) for one in alone]


@given(seed=st.integers(0, 2**32 - 1))
def test_distance_is_in_units_of_the_axis_and_that_of_the_furthest(seed: int) -> None:
    random, (axis,) = np.random.default_rng(seed), CAR.axes
    two = replace(CAR, axes=(axis, replace(axis, low=0.0, high=10.0)), neutral_action=(0.0, 0.0), keys={})
    mine, theirs = random.uniform((-1, 0), (1, 10), (2, 5, 2))
    far = distance(mine, theirs, two)
    assert np.array_equal(far, distance(theirs, mine, two))
    assert ((far >= 0) & (far <= 1)).all()
    gaps = np.abs(mine - theirs)
    np.testing.assert_allclose(far, [max(first / 2, second / 10) for first, second in gaps])
    assert distance(np.array([[-1.0, 5.0]]), np.array([[1.0, 5.0]]), two).tolist() == [1.0]


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
        judgement = watcher.judge(obs[None], np.array([action]), judgement)
        wanted.append(int(expert().act(obs[None])[0]) if judgement.engaged[0] else None)
    assert [watcher.watch(obs, action) for obs, action in seen] == wanted
    # Both words were said, and in control the expert drives as its own policy does.
    assert None in wanted
    takeovers = [(said, obs) for said, (obs, _) in zip(wanted, seen, strict=True) if said is not None]
    assert takeovers
    assert all(said == expert().act(obs[None])[0] for said, obs in takeovers)


def test_the_rule_is_the_preferences_own() -> None:
    obs = drive(1)[0][0][None]
    q = expert().preference(obs)
    worst = np.array([q.argmin()])
    (minded,) = SimulatedExpert(expert(), CARD.preferences[0]).disagreement(obs, worst).tolist()
    assert minded == q.max() - q.min()
    for above, wanted in ((minded * 0.99, True), (minded * 1.01, False)):
        found = SimulatedExpert(expert(), rule(above, 3)).judge(obs, worst, Judgement.fresh(1))
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


def rolls(watcher: SimulatedExpert, strength: float = 1.0, steps: int = 60) -> list[Action | None]:
    """What the watcher says of a car that is driven by another roller."""
    policy, batch = Roller(strength), make_batch("mountain-car", 1)
    obs, said = batch.reset([0]), []
    for _ in range(steps):
        action = policy.act(obs)
        said.append(watcher.watch(obs[0], tuple(action[0].tolist())))
        obs = batch.step(action).observation
    return said


def test_continuous_actions_are_judged_by_their_distance() -> None:
    # 0.4 of a range of 2 is a fifth of it.
    for above, wanted in ((0.19, True), (0.21, False)):
        preference = replace(CAR.preferences[0], engage_above=above, engage_after=2)
        said = rolls(SimulatedExpert(Roller(0.6), preference))
        assert said[0] is None
        assert [one is not None for one in said[1:]] == [wanted] * 59
        assert all(one in ((0.6,), (-0.6,), None) for one in said)


def test_an_expert_of_discrete_actions_needs_its_q() -> None:
    with pytest.raises(BadPolicy, match="has no Q-function"):
        SimulatedExpert(Roller(1.0, CARD), CARD.preferences[0])


def noisy(*, lapse: float = 0.0, slip: float = 0.0, seed: int = 0) -> SimulatedExpert:
    preference = replace(CAR.preferences[0], engage_above=0.1, engage_after=1, lapse=lapse, slip=slip)
    return SimulatedExpert(Roller(0.5), preference, np.random.default_rng(seed))


def test_without_lapses_and_slips_nothing_is_drawn() -> None:
    random = np.random.default_rng(3)
    watcher = SimulatedExpert(Roller(0.5), replace(CAR.preferences[0], engage_above=0.1), random)
    rolls(watcher)
    assert random.random() == np.random.default_rng(3).random()


def test_a_lapse_overlooks_a_takeover_and_an_expert_in_control_has_none() -> None:
    firsts = []
    for seed in range(300):
        said = [one is not None for one in rolls(noisy(lapse=0.5, seed=seed), steps=20)]
        first = said.index(True) if True in said else 20
        assert all(said[first:])
        firsts.append(first)
    # Geometric: half of the takeovers come at once, a quarter a step later.
    assert firsts.count(0) / 300 == pytest.approx(0.5, abs=0.1)
    assert firsts.count(1) / 300 == pytest.approx(0.25, abs=0.1)
    assert not any(rolls(noisy(lapse=1.0)))


def test_a_slip_is_any_action_of_an_expert_in_control() -> None:
    said = rolls(noisy(slip=0.25), steps=900)
    slips = [one for one in said if one not in ((0.5,), (-0.5,))]
    assert len(slips) / 900 == pytest.approx(0.25, abs=0.06)
    assert all(one is not None and CAR.allows(one) for one in slips)
    assert rolls(noisy(slip=0.25), strength=0.5) == [None] * 60


def test_a_slip_of_discrete_actions_is_one_of_them() -> None:
    watcher = SimulatedExpert(expert(), replace(rule(-1.0, 1), slip=1.0), np.random.default_rng(0))
    obs = drive(1)[0][0]
    assert {watcher.watch(obs, 1) for _ in range(100)} == set(range(len(CARD.actions)))


def test_noise_repeats_with_its_seed_and_leaves_the_rule_alone() -> None:
    first, again, other = (rolls(noisy(lapse=0.3, slip=0.3, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    obs, judgement = make_batch("mountain-car", 1).reset([0]), Judgement.fresh(1)
    assert noisy(lapse=1.0, slip=1.0).judge(obs, np.array([[1.0]]), judgement).engaged[0]


def test_a_demonstrator_is_in_control_at_every_step() -> None:
    watcher = SimulatedExpert(expert(), rule(1e9, 1), demonstrations=True)
    seen = drive(10)
    assert [watcher.watch(obs, action) for obs, action in seen] == [int(expert().act(obs[None])[0]) for obs, _ in seen]
