"""Laws of the landers: they are gymnasium's own, come back exactly, and end by a crash or by a landing."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest

from mereq_teleop import envs
from mereq_teleop.envs.batch import AnyBatch, BatchStep
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.lander.continuous.card import CARD as CONTINUOUS
from mereq_teleop.envs.lander.discrete.card import CARD as DISCRETE
from mereq_teleop.envs.lander.encode import INPUTS, encode
from mereq_teleop.envs.lander.measure import thrust_of
from mereq_teleop.envs.lander.task import continuous_batch, discrete_batch

CARDS = (DISCRETE, CONTINUOUS)
CRASH, MAIN, SIDE, HARD, TILT = range(5)

of_each = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)


def batch_of(card: TaskCard, n: int = 1) -> AnyBatch:
    make = discrete_batch if card.discrete else continuous_batch
    return make(n, card.ids[card.name])


def drawn(card: TaskCard, n: int, random: np.random.Generator) -> Any:
    return random.integers(4, size=n) if card.discrete else random.uniform(-1, 1, (n, 2)).astype(np.float32)


def piloted(obs: np.ndarray, card: TaskCard) -> np.ndarray:
    """A pilot who lands: gymnasium's own heuristic, by name of the action."""
    x, y, vx, vy, angle, turn, left, right = obs[0].tolist()
    lean = min(max(0.5 * x + vx, -0.4), 0.4)
    twist, rise = (lean - angle) * 0.5 - turn, (0.55 * abs(x) - y) * 0.5 - vy * 0.5
    if left or right:
        twist, rise = 0.0, -vy * 0.5
    if not card.discrete:
        return np.array([[np.clip(rise * 20 - 1, -1, 1), np.clip(-twist * 20, -1, 1)]])
    if rise > abs(twist) and rise > 0.05:
        return np.array([card.actions.index("MAIN_ENGINE")])
    return np.array([card.actions.index("TURN_RIGHT" if twist < -0.05 else "TURN_LEFT" if twist > 0.05 else "COAST")])


def flown(batch: AnyBatch, card: TaskCard, steps: int) -> BatchStep:
    """The last of so many steps of the pilot, or of the episode."""
    for _ in range(steps):
        after = batch.step(piloted(batch.observation, card))
        if after.terminated[0]:
            break
    return after


@of_each
def test_a_world_is_gymnasiums_own(card: TaskCard) -> None:
    batch, env = batch_of(card), gymnasium.make(card.ids[card.name])
    assert np.array_equal(batch.reset([11])[0], env.reset(seed=11)[0])
    random, over = np.random.default_rng(2), False
    while not over:
        action = drawn(card, 1, random)
        step = batch.step(action)
        observation, reward, terminated, truncated, _ = env.step(action[0])
        assert step.observation[0].tobytes() == observation.tobytes()
        assert step.reward[0] == reward
        over = terminated or truncated


@of_each
def test_a_landing_comes_back_exactly_from_every_state(card: TaskCard) -> None:
    batch, again = batch_of(card), batch_of(card)
    batch.reset([3])
    states, seen, over = [batch.state()], [batch.observation], False
    while not over:
        after = batch.step(piloted(batch.observation, card))
        states.append(batch.state())
        seen.append(after.observation)
        over = bool(after.terminated[0] or after.truncated[0])
    for at in np.random.default_rng(0).integers(len(states), size=12).tolist():
        assert again.restore(states[at]).tobytes() == seen[at].tobytes()


@of_each
def test_an_episode_ends_by_a_landing_or_by_a_crash(card: TaskCard) -> None:
    batch = batch_of(card)
    for seed in range(3):
        for how in ("landing", "crash"):
            batch.reset([seed])
            last = flown(batch, card, 1000) if how == "landing" else fallen(batch, card)
            assert last.terminated[0]
            assert card.is_crash(last.features[0].tolist()) is (how == "crash")
            assert last.reward[0] == (-100.0 if how == "crash" else 100.0)
            assert batch.frames.after.crashed is (how == "crash")
            assert batch.frames.after.landed is (how == "landing")


def fallen(batch: AnyBatch, card: TaskCard) -> BatchStep:
    neutral = np.array([card.neutral_action])
    while not (after := batch.step(neutral)).terminated[0]:
        assert after.features[0, CRASH] == 0
    return after


@of_each
def test_features_are_of_their_unit(card: TaskCard) -> None:
    batch, random = batch_of(card, 8), np.random.default_rng(5)
    batch.reset(np.arange(8))
    for _ in range(200):
        features = batch.step(drawn(card, 8, random)).features
        assert ((features >= 0.0) & (features <= [1.0, 1.0, 1.0, 4.0, 1.0])).all()
    assert (batch.features[:, HARD] == 0).any()


def test_keys_push_where_they_point() -> None:
    """A lander that leans to the left moves to the left."""
    for card in CARDS:
        leans = {}
        for key in ("left", "right", "space", "up"):
            batch = batch_of(card)
            batch.reset([1])
            first = batch.observation[0]
            for _ in range(10):
                after = batch.step(np.array([card.keys[key]]))
            leans[key] = float(after.observation[0, 4] - first[4]), float(after.observation[0, 3] - first[3])
            assert bool(after.features[0, MAIN]) is (key == "up")
            assert bool(after.features[0, SIDE]) is (key in ("left", "right"))
        assert leans["left"][0] > leans["space"][0] > leans["right"][0]
        assert leans["up"][1] > leans["space"][1]


def test_a_fall_counts_more_than_a_landing_though_it_is_sooner_over() -> None:
    card, sums = CARDS[0], []
    pilots: tuple[Callable[[np.ndarray, TaskCard], np.ndarray], ...] = (piloted, lambda obs, card: np.array([0]))
    for pilot in pilots:
        batch, total, over = batch_of(card), 0.0, False
        batch.reset([3])
        while not over:
            after = batch.step(pilot(batch.observation, card))
            total += float(after.features[0, HARD])
            over = bool(after.terminated[0])
        sums.append(total)
    assert sums[0] < sums[1]


def test_thrust_is_that_of_the_engines() -> None:
    thrusts = [thrust_of(action) for action in range(4)]
    assert thrusts == [(0.0, 0.0), (0.0, -1.0), (1.0, 0.0), (0.0, 1.0)]
    throttles = [(-0.5, 0.3), (0.0, -0.5), (0.5, -0.75), (1.0, 1.0)]
    found = [thrust_of(np.array(throttle, np.float32)) for throttle in throttles]
    assert found == [(0.0, 0.0), (0.0, 0.0), (0.75, -0.75), (1.0, 1.0)]


def test_an_encoded_row_depends_on_itself_alone() -> None:
    assert all(card.inputs == INPUTS for card in CARDS)
    obs = np.random.default_rng(0).normal(size=(100, 8)).astype(np.float32)
    many, one = np.empty((100, INPUTS), np.float32), np.empty((1, INPUTS), np.float32)
    encode(obs, many)
    for row in range(0, 100, 10):
        encode(obs[row : row + 1], one)
        assert one[0].tobytes() == many[row].tobytes()


def test_an_old_name_is_served_and_said_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mereq_teleop.envs.registry._SAID", set())
    with caplog.at_level(logging.WARNING):
        for name in (
            "LunarLander-v2",
            "lunarLanderDiscrete",
            "LunarLander-v2",
            "lunar-lander",
            "lunarLanderContinuous",
        ):
            envs.make_batch(name, 1)
    assert [record.getMessage() for record in caplog.records] == [
        "LunarLander-v2 is served by gymnasium's LunarLander-v3, which took v2's place",
        "lunarLanderDiscrete is served by gymnasium's LunarLander-v3, which took v2's place",
        "lunarLanderContinuous is served by gymnasium's LunarLanderContinuous-v3, which took v2's place",
    ]


def test_a_card_says_how_its_ends_are_told_apart() -> None:
    with pytest.raises(ValueError, match="ends by either, with crash feature 'no such'"):
        replace(CARDS[0], crash_feature="no such")
    with pytest.raises(ValueError, match="ends by crash, with crash feature 'crash'"):
        replace(CARDS[0], termination="crash")
