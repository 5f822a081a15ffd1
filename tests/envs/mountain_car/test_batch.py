"""Laws of the batched simulator: worlds are independent, snapshots are exact, bad input moves nothing."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mereq_teleop import envs
from mereq_teleop.envs.batch import BatchStep
from mereq_teleop.envs.mountain_car.batch import MountainCarBatch
from mereq_teleop.envs.mountain_car.encode import INPUTS, encode
from mereq_teleop.envs.mountain_car.frames import CarMoment, MountainCarFrames
from mereq_teleop.envs.mountain_car.state import MountainCarState

SEEDS = np.arange(4) + 20
CARD = envs.card("mountain-car")
forces = st.lists(st.floats(-1.5, 1.5, width=32), min_size=1, max_size=12)


def started(seeds: Any = SEEDS) -> MountainCarBatch:
    batch = MountainCarBatch(len(seeds))
    batch.reset(seeds)
    return batch


def pushed(batch: MountainCarBatch, force: float) -> BatchStep:
    return batch.step(np.full((batch.n, 1), force))


def arrays(step: BatchStep) -> list[Any]:
    return [getattr(step, name) for name in step._fields]


def assert_same(left: MountainCarState, right: MountainCarState) -> None:
    for field in fields(MountainCarState):
        np.testing.assert_array_equal(getattr(left, field.name), getattr(right, field.name), field.name)


@settings(max_examples=25)
@given(seeds=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=5), driven=forces)
def test_a_world_does_not_depend_on_its_neighbours(seeds: list[int], driven: list[float]) -> None:
    together, alone = started(seeds), [started([seed]) for seed in seeds]
    for force in driven:
        step = pushed(together, force)
        for world, single in enumerate(alone):
            for many, one in zip(arrays(step), arrays(pushed(single, force)), strict=True):
                assert many[world].tobytes() == one[0].tobytes()
    for world, single in enumerate(alone):
        assert_same(together.state().take(world), single.state())


@settings(max_examples=25)
@given(before=st.one_of(st.just([]), forces), after=forces, copies=st.integers(1, 4))
def test_copies_of_a_snapshot_go_on_as_the_world_did(before: list[float], after: list[float], copies: int) -> None:
    batch, branch = started(SEEDS[:2]), MountainCarBatch(copies)
    for force in before:
        pushed(batch, force)
    snapshot = batch.state()
    assert np.array_equal(branch.restore(snapshot.take([0] * copies))[-1], batch.observation[0])
    assert np.array_equal(branch.features[-1], batch.features[0])
    for force in after:
        went, again = pushed(batch, force), pushed(branch, force)
        for ours, theirs in zip(arrays(went), arrays(again), strict=True):
            assert all(row.tobytes() == ours[0].tobytes() for row in theirs)
    batch.restore(snapshot)
    assert_same(batch.state(), snapshot)


@settings(max_examples=25)
@given(mask=st.lists(st.booleans(), min_size=4, max_size=4), seed=st.integers(0, 2**63 - 1))
def test_reset_where_touches_the_masked_worlds_alone(mask: list[bool], seed: int) -> None:
    batch = started()
    pushed(batch, 0.7)
    before, chosen = batch.state(), np.array(mask)
    observation = batch.reset_where(chosen, np.where(chosen, seed, -1))
    after, fresh = batch.state(), started([seed]).state()
    assert np.array_equal(observation, batch.observation)
    for world in range(4):
        assert_same(after.take(world), fresh if mask[world] else before.take(world))


def test_what_was_returned_is_not_overwritten() -> None:
    batch = started()
    first, state = pushed(batch, 0.5), batch.state()
    kept, position = [array.copy() for array in arrays(first)], state.position.copy()
    pushed(batch, -1.0)
    assert all(np.array_equal(now, then) for now, then in zip(arrays(first), kept, strict=True))
    assert np.array_equal(state.position, position)


def test_observation_and_features_are_those_of_the_last_step() -> None:
    batch = started()
    step = batch.step([[0.5], [-2.0], [0.0], [1.0]])
    assert np.array_equal(batch.observation, step.observation)
    assert np.array_equal(batch.features, step.features)
    assert step.features[:, 0].tolist() == [0.25, 1.0, 0.0, 1.0]


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), threshold=st.floats(-0.03, 0.03))
def test_features_lie_between_0_and_1(seed: int, threshold: float) -> None:
    batch = started([seed])
    for _ in range(200):
        step = batch.step(np.where(batch.observation[:, 1:] >= threshold, 1.0, -1.0))
        assert ((step.features >= 0.0) & (step.features <= 1.0)).all()
        assert (step.features[0, 2] == 1.0) == (step.observation[0, 0] == np.float32(-1.2))


def test_types_and_shapes_are_those_promised() -> None:
    batch = started()
    assert [(array.shape, array.dtype.name) for array in pushed(batch, 0.0)] == [
        ((4, 2), "float32"),
        ((4, 3), "float64"),
        ((4,), "float64"),
        ((4,), "bool"),
        ((4,), "bool"),
    ]
    assert (batch.n, batch.env_id) == (4, "MountainCarContinuous-v0")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([0.0, 0.0, 0.0, 0.0], r"actions are float64 \(4,\), wanted numbers \(4, 1\)"),
        ([[0.0]] * 3, r"actions are float64 \(3, 1\), wanted"),
        ([[0.0], [float("nan")], [0.0], [0.0]], "action nan is not finite"),
        ([["left"]] * 4, "wanted numbers"),
    ],
)
def test_bad_actions_are_named_and_move_nothing(bad: Any, message: str) -> None:
    batch = started()
    before = batch.state()
    with pytest.raises(ValueError, match=message):
        batch.step(bad)
    assert_same(batch.state(), before)


def test_bad_seeds_masks_states_and_sizes_are_named() -> None:
    with pytest.raises(ValueError, match=r"seeds are int64 \(3,\), wanted integers \(4,\)"):
        started().reset([1, 2, 3])
    with pytest.raises(ValueError, match=r"a seed is in 0..2\*\*63-1, not -3"):
        started().reset([1, 2, -3, 4])
    with pytest.raises(ValueError, match=r"mask is .*, wanted bool \(4,\)"):
        started().reset_where([1, 0, 1, 0], SEEDS)
    with pytest.raises(ValueError, match="the state is of 4 worlds, this batch has 2"):
        MountainCarBatch(2).restore(started().state())
    with pytest.raises(ValueError, match="at least one world, not 0"):
        envs.make_batch("mountain-car", 0)
    with pytest.raises(ValueError, match="takes no theta"):
        envs.make_batch("mountain-car", 1, theta=(1.0, 0.0, 0.0))


def test_a_state_comes_apart_and_together_and_enforces_its_docstring() -> None:
    batch = started()
    pushed(batch, 1.0)
    state = batch.state()
    assert_same(MountainCarState.concatenate([state.take([0, 1]), state.take([2]), state.take(3)]), state)
    assert_same(MountainCarState(**state.arrays()), state)
    with pytest.raises(ValueError, match="no states"):
        MountainCarState.concatenate([])
    with pytest.raises(ValueError, match=r"velocity of a mountain-car state is float32 \(4,\), wanted float64 \(4,\)"):
        MountainCarState(**{**state.arrays(), "velocity": np.zeros(4, np.float32)})


def test_frames_go_from_the_state_before_to_the_state_after() -> None:
    batch = started()
    batch.watch()
    start = batch.frames
    assert start.before == start.after
    pushed(batch, 0.5)
    frames = batch.frames
    assert (frames.at(-1.0), frames.at(2.0)) == (
        CarMoment(position=start.after.position, velocity=start.after.velocity, force=0.5),
        frames.after,
    )
    middle = frames.at(0.5).position
    assert middle == pytest.approx((frames.before.position + frames.after.position) / 2)
    assert batch.observation[0, 0] == np.float32(frames.after.position)
    batch.reset(SEEDS)
    assert batch.frames == MountainCarFrames.still(batch.frames.after)


def test_an_encoded_row_depends_on_itself_alone_and_is_of_order_one() -> None:
    assert CARD.inputs == INPUTS
    random = np.random.default_rng(0)
    obs = random.uniform((-1.2, -0.07), (0.6, 0.07), (500, 2)).astype(np.float32)
    many, one = np.empty((500, INPUTS), np.float32), np.empty((1, INPUTS), np.float32)
    encode(obs, many)
    assert (np.abs(many) <= 1.001).all()
    for row in range(0, 500, 50):
        encode(obs[row : row + 1], one)
        assert one[0].tobytes() == many[row].tobytes()
