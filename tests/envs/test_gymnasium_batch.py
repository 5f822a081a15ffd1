"""Laws of a batch of ordinary environments: exact states, independent worlds, errors that stay where they happen."""

from dataclasses import fields, replace
from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mereq_teleop.envs.card import Axis, Feature, TaskCard
from mereq_teleop.envs.errors import EnvError
from mereq_teleop.envs.gymnasium_batch import GymnasiumBatch, GymnasiumFrames
from mereq_teleop.envs.gymnasium_state import GymnasiumState
from mereq_teleop.envs.gymnasium_world import GymnasiumTask, Moment

SEEDS = np.arange(3) + 7


def card(name: str, env_id: str, **given: Any) -> TaskCard:
    told = {
        "features": (
            Feature(name="first", unit="1", meaning="first number seen"),
            Feature(name="paid", unit="1", meaning=""),
        ),
        "control_rate_hz": 20.0,
        "frames_per_step": 1,
        "horizon_steps": 200,
        "batch": "",
        "encoder": "",
        "inputs": 1,
        "prior": "",
    }
    return TaskCard(name=name, title=name, ids={name: env_id}, **{**told, **given})


def measure(moment: Moment) -> tuple[float, float]:
    return float(moment.after[0]), moment.reward


POLE = GymnasiumTask(
    card=card(
        "pole",
        "CartPole-v1",
        actions=("left", "right"),
        neutral_action=0,
        keys={"left": 0, "right": 1},
        observation_shape=(4,),
    ),
    measure=measure,
)
PENDULUM = GymnasiumTask(
    card=card(
        "pendulum",
        "Pendulum-v1",
        axes=(Axis(name="torque", unit="N m", low=-2.0, high=2.0),),
        neutral_action=(0.0,),
        keys={"space": (0.0,)},
        observation_shape=(3,),
    ),
    measure=measure,
)
TASKS = [POLE, PENDULUM]


def draw(task: GymnasiumTask, n: int, random: np.random.Generator) -> Any:
    if task.card.discrete:
        return random.integers(len(task.card.actions), size=n)
    return random.uniform(-2.5, 2.5, (n, 1))


def started(task: GymnasiumTask, seeds: Any = SEEDS) -> GymnasiumBatch:
    batch = GymnasiumBatch(task, len(seeds))
    batch.reset(seeds)
    return batch


def driven(batch: GymnasiumBatch, task: GymnasiumTask, steps: int, seed: int = 0) -> list[bytes]:
    random = np.random.default_rng(seed)
    return [b"".join(part.tobytes() for part in batch.step(draw(task, batch.n, random))) for _ in range(steps)]


def assert_same(left: GymnasiumState, right: GymnasiumState) -> None:
    for field in fields(GymnasiumState):
        np.testing.assert_array_equal(getattr(left, field.name), getattr(right, field.name), field.name)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.card.name)
def test_a_world_equals_gymnasiums_environment(task: GymnasiumTask) -> None:
    batch, env = started(task, [5]), gymnasium.make(task.card.ids[task.card.name])
    assert np.array_equal(batch.observation[0], env.reset(seed=5)[0])
    random, over = np.random.default_rng(1), False
    while not over:
        action = draw(task, 1, random)
        step = batch.step(action)
        told = action[0] if task.card.discrete else np.clip(action[0], -2.0, 2.0).astype(np.float32)
        observation, reward, terminated, truncated, _ = env.step(told)
        assert step.observation[0].tobytes() == observation.tobytes()
        assert (step.reward[0], step.terminated[0], step.truncated[0]) == (reward, terminated, truncated)
        assert step.features[0].tolist() == [float(observation[0]), float(reward)]
        over = terminated or truncated


@settings(max_examples=15, deadline=None)
@given(task=st.sampled_from(TASKS), before=st.integers(0, 30), after=st.integers(0, 20), seed=st.integers(0, 99))
def test_a_restored_state_goes_on_as_it_did(task: GymnasiumTask, before: int, after: int, seed: int) -> None:
    batch = started(task, SEEDS + seed)
    driven(batch, task, before, seed)
    state, seen, features = batch.state(), batch.observation, batch.features
    went = driven(batch, task, after, seed + 1)
    end = batch.state()
    for other in (batch, GymnasiumBatch(task, 3)):
        assert np.array_equal(other.restore(state), seen)
        assert np.array_equal(other.features, features)
        assert_same(other.state(), state)
        assert driven(other, task, after, seed + 1) == went
        assert_same(other.state(), end)


def test_restoring_what_lies_ahead_takes_the_missing_actions_alone() -> None:
    batch, taken = started(PENDULUM, [1]), list[Moment]()

    def noticed(moment: Moment) -> tuple[float, float]:
        taken.append(moment)
        return 0.0, 0.0

    driven(batch, PENDULUM, 30)
    ahead = batch.state()
    behind = GymnasiumBatch(replace(PENDULUM, measure=noticed), 1)
    behind.reset([1])
    driven(behind, PENDULUM, 25)
    taken.clear()
    behind.restore(ahead)
    assert len(taken) == 5
    behind.restore(ahead)
    assert len(taken) == 5


def test_worlds_do_not_depend_on_their_neighbours() -> None:
    together, random = started(POLE), np.random.default_rng(0)
    alone = [started(POLE, [seed]) for seed in SEEDS]
    for _ in range(40):
        actions = draw(POLE, 3, random)
        step = together.step(actions)
        for world, single in enumerate(alone):
            for name, one in single.step(actions[world : world + 1])._asdict().items():
                assert getattr(step, name)[world].tobytes() == one[0].tobytes()


def test_an_ended_episode_stands_still_until_it_is_reset() -> None:
    batch = started(POLE, [0, 1])
    while not batch.step([1, 1]).terminated.all():
        pass
    state = batch.state()
    step = batch.step([0, 0])
    assert step.terminated.all()
    assert step.reward.tolist() == [0.0, 0.0]
    assert_same(batch.state(), state)
    batch.reset_where([True, False], [4, -1])
    assert batch.state().length.tolist() == [0, state.length[1]]
    assert batch.step([0, 0]).terminated.tolist() == [False, True]


def test_the_cards_horizon_truncates() -> None:
    batch = GymnasiumBatch(replace(PENDULUM, card=replace(PENDULUM.card, horizon_steps=3)), 1)
    assert [bool(batch.step([[0.0]]).truncated[0]) for _ in range(4)] == [False, False, True, True]


def test_a_state_comes_apart_and_together_and_enforces_its_docstring() -> None:
    for task in TASKS:
        batch = started(task)
        driven(batch, task, 4)
        batch.reset_where([False, True, False], SEEDS)
        driven(batch, task, 2)
        state = batch.state()
        parts = [state.take([0]), state.take(1), state.take([2])]
        assert [part.actions.shape[1] for part in parts] == [6, 2, 6]
        assert_same(GymnasiumState.concatenate(parts), state)
        assert_same(GymnasiumState(**state.arrays()), state)
    with pytest.raises(ValueError, match="no states"):
        GymnasiumState.concatenate([])
    with pytest.raises(ValueError, match=r"seed of a state is float64 \(3,\), wanted int64 \(3,\)"):
        GymnasiumState(**{**state.arrays(), "seed": np.zeros(3)})
    with pytest.raises(ValueError, match=r"actions of a state are float32 \(3, 5, 1\), wanted"):
        GymnasiumState(**{**state.arrays(), "actions": state.actions[:, :5]})


class Faulty(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Breaks down in its fourth step to the right; what it breaks down with says how."""

    fault: Any = RuntimeError("the motor\nburns")

    def reset(self, **given: Any) -> Any:
        self.rights = 0
        return super().reset(**given)

    def step(self, action: Any) -> Any:
        self.rights += action
        observation, reward, terminated, truncated, info = super().step(action)
        if self.rights < 4:
            return observation, reward, terminated, truncated, info
        if isinstance(self.fault, Exception):
            raise self.fault
        return self.fault(observation, reward, terminated, truncated, info)


def faulty(fault: Any) -> GymnasiumTask:
    def make(env_id: str, render_mode: str | None) -> Faulty:
        env = Faulty(gymnasium.make(env_id, render_mode=render_mode))
        env.fault = fault
        return env

    return replace(POLE, make=make)


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        (RuntimeError("the motor\nburns"), "RuntimeError: the motor burns"),
        (lambda obs, reward, *rest: (obs * np.nan, reward, *rest), "FloatingPointError: the observation holds nan"),
        (lambda obs, reward, *rest: (obs[:2], reward, *rest), r"ValueError: the observation is (2,), the card's (4,)"),
        (lambda obs, reward, *rest: (obs, float("inf"), *rest), "FloatingPointError: the reward is inf"),
    ],
)
def test_a_step_that_breaks_down_is_undone_and_truncates(fault: Any, where: str) -> None:
    batch = GymnasiumBatch(faulty(fault), 2)
    batch.reset([3, 4])
    before, after = [batch.step(action) for action in ([1, 0], [0, 1], [1, 0], [0, 0], [1, 1], [1, 0])][-2:]
    assert (after.truncated.tolist(), after.terminated.tolist()) == ([True, False], [False, False])
    assert np.array_equal(after.observation[0], before.observation[0])
    assert np.array_equal(after.features[0], before.features[0])
    divergence = batch.divergence
    assert divergence is not None
    assert divergence.where == where
    assert divergence.arrays["actions"].tolist() == [1, 0, 1, 0, 1, 1]
    state = batch.state()
    assert state.length.tolist() == [5, 6]
    assert np.array_equal(batch.restore(state), after.observation)
    batch.reset([3, 4])
    assert not batch.step([0, 0]).truncated.any()
    again = batch.divergence
    assert again is None


def test_a_way_that_cannot_be_taken_again_is_an_error() -> None:
    sound = started(POLE, [3])
    for _ in range(5):
        sound.step([1])
    broken = GymnasiumBatch(faulty(RuntimeError("no")), 1)
    with pytest.raises(EnvError, match="CartPole-v1 cannot be brought back to step 4 of seed 3: RuntimeError: no"):
        broken.restore(sound.state())


@pytest.mark.parametrize("features", [(1.0,), (1.0, float("nan")), ((1.0, 2.0), (3.0, 4.0))])
def test_features_are_checked(features: Any) -> None:
    with pytest.raises(EnvError, match=r"after step 0 are \(.*\): wanted 2 finite numbers \(first, paid\)"):
        GymnasiumBatch(replace(POLE, measure=lambda _: features), 1)


def test_an_environment_that_does_not_suit_its_card_is_told() -> None:
    with pytest.raises(EnvError, match=r"CartPole-v1 is observed as Box.*, its card says an array of shape \(5,\)"):
        GymnasiumBatch(replace(POLE, card=replace(POLE.card, observation_shape=(5,))), 1)
    with pytest.raises(EnvError, match=r"takes Discrete\(2\), its card names 3 actions from 0"):
        GymnasiumBatch(replace(POLE, card=replace(POLE.card, actions=("a", "b", "c"))), 1)
    two = replace(PENDULUM.card, axes=PENDULUM.card.axes * 2, neutral_action=(0.0, 0.0), keys={})
    with pytest.raises(EnvError, match=r"Pendulum-v1 takes Box.*, its card has 2 axes"):
        GymnasiumBatch(replace(PENDULUM, card=two), 1)
    with pytest.raises(EnvError, match="NoSuchEnv-v0 cannot be made: NameNotFound: "):
        GymnasiumBatch(POLE, 1, "NoSuchEnv-v0")


@pytest.mark.parametrize(
    ("task", "bad", "message"),
    [
        (POLE, [0, 1], r"actions are int64 \(2,\), wanted integers \(3,\)"),
        (POLE, [0, 2, 1], "an action is in 0..1, not 2"),
        (POLE, [0.0, 1.0, 0.0], "wanted integers"),
        (PENDULUM, [0.0, 0.0, 0.0], r"actions are float64 \(3,\), wanted numbers \(3, 1\)"),
        (PENDULUM, [[0.0], [float("nan")], [1.0]], "action nan is not finite"),
    ],
)
def test_bad_actions_are_named_and_move_nothing(task: GymnasiumTask, bad: Any, message: str) -> None:
    batch = started(task)
    before = batch.state()
    with pytest.raises(ValueError, match=message):
        batch.step(bad)
    assert_same(batch.state(), before)


def test_bad_seeds_states_and_sizes_are_named() -> None:
    with pytest.raises(ValueError, match=r"a seed is in 0..2\*\*63-1, not -3"):
        started(POLE).reset([1, -3, 4])
    with pytest.raises(ValueError, match="the state is of 3 worlds, this batch has 2"):
        GymnasiumBatch(POLE, 2).restore(started(POLE).state())
    with pytest.raises(ValueError, match="at least one world, not 0"):
        GymnasiumBatch(POLE, 0)
    with pytest.raises(ValueError, match="takes no theta"):
        GymnasiumBatch(POLE, 1, theta=(1.0, 0.0))


def test_who_watches_sees_pictures_and_changes_nothing() -> None:
    batch, blind = started(POLE), started(POLE)
    assert batch.frames == GymnasiumFrames(before=None, after=None), "gymnasium draws only what it was made to draw"
    assert driven(batch, POLE, 3) == driven(blind, POLE, 3)
    batch.watch()
    assert_same(batch.state(), blind.state())
    start = batch.frames
    assert start.after.shape == (400, 600, 3)
    assert np.array_equal(start.before, start.after)
    assert driven(batch, POLE, 2, 1) == driven(blind, POLE, 2, 1)
    assert not np.array_equal(batch.frames.before, batch.frames.after)
    batch.reset(SEEDS)
    assert np.array_equal(batch.frames.before, batch.frames.after)
