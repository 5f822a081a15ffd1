"""Laws of the batched simulator: worlds are independent, snapshots are exact, bad input moves nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mereq_teleop import envs
from mereq_teleop.envs.batch import BatchStep
from mereq_teleop.envs.highway.batch import HighwayBatch
from mereq_teleop.envs.highway.state import HighwayState

SEEDS = np.arange(4) + 20
actions = st.lists(st.integers(0, 4), min_size=1, max_size=12)


def started(seeds: Any = SEEDS) -> HighwayBatch:
    batch = HighwayBatch(len(seeds))
    batch.reset(seeds)
    return batch


def assert_same(left: HighwayState, right: HighwayState) -> None:
    for field in fields(HighwayState):
        np.testing.assert_array_equal(getattr(left, field.name), getattr(right, field.name), field.name)


def rows(step: BatchStep, worlds: slice) -> BatchStep:
    """A copy of what a step gave for some worlds."""
    arrays: list[Any] = [array[worlds].copy() for array in step]
    return BatchStep(*arrays)


def assert_same_steps(left: BatchStep, right: BatchStep) -> None:
    for name, a, b in zip(BatchStep._fields, left, right, strict=True):
        np.testing.assert_array_equal(a, b, name)


@settings(max_examples=25)
@given(seeds=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=5), driven=actions)
def test_a_world_does_not_depend_on_its_neighbours(seeds: list[int], driven: list[int]) -> None:
    together = started(seeds)
    alone = [started([seed]) for seed in seeds]
    for action in driven:
        step = together.step(np.full(len(seeds), action))
        for world, single in enumerate(alone):
            assert_same_steps(rows(step, slice(world, world + 1)), single.step([action]))
    for world, single in enumerate(alone):
        assert_same(together.state().take(world), single.state())


@settings(max_examples=25)
@given(before=actions, after=actions, copies=st.integers(1, 4))
def test_copies_of_a_snapshot_go_on_as_the_world_did(before: list[int], after: list[int], copies: int) -> None:
    batch = started(SEEDS[:2])
    for action in before:
        batch.step([action, 1])
    snapshot = batch.state()
    branch = HighwayBatch(copies)
    assert np.array_equal(branch.restore(snapshot.take([0] * copies))[-1], batch.observation[0])
    for action in after:
        went = batch.step([action, 1])
        again = branch.step([action] * copies)
        for copy in range(copies):
            assert_same_steps(rows(again, slice(copy, copy + 1)), rows(went, slice(0, 1)))
    batch.restore(snapshot)
    assert_same(batch.state(), snapshot)


@settings(max_examples=25)
@given(mask=st.lists(st.booleans(), min_size=4, max_size=4), seed=st.integers(0, 2**63 - 1))
def test_reset_where_touches_the_masked_worlds_alone(mask: list[bool], seed: int) -> None:
    batch = started()
    batch.step([3, 3, 3, 3])
    before = batch.state()
    chosen = np.array(mask)
    observation = batch.reset_where(chosen, np.where(chosen, seed, -1))
    after = batch.state()
    fresh = started([seed]).state()
    assert np.array_equal(observation, batch.observation)
    for world in range(4):
        assert_same(after.take(world), fresh if mask[world] else before.take(world))


def test_what_a_step_returned_is_not_overwritten() -> None:
    batch = started()
    first = batch.step([1, 1, 1, 1])
    kept = rows(first, slice(None))
    state = batch.state()
    x = state.x.copy()
    for _ in range(5):
        batch.step([3, 3, 3, 3])
    assert_same_steps(first, kept)
    assert np.array_equal(state.x, x)


def test_observation_and_features_are_those_of_the_last_step() -> None:
    batch = started()
    step = batch.step([0, 1, 2, 3])
    assert np.array_equal(batch.observation, step.observation)
    assert np.array_equal(batch.features, step.features)


def test_a_crash_is_for_ever_and_so_is_the_horizon() -> None:
    batch = started(np.arange(32))
    ended = np.zeros(32, dtype=bool)
    for t in range(1, 44):
        step = batch.step(np.full(32, 3))
        assert step.terminated[ended].all()
        assert np.array_equal(step.features[:, 0] == 1.0, step.terminated)
        assert (step.truncated == (t >= 40)).all()
        ended |= step.terminated
    assert ended.any()
    assert np.isfinite(batch.state().x).all()


def test_types_and_shapes_are_those_promised() -> None:
    batch = started()
    step = batch.step(np.ones(4, dtype=np.int8))
    assert [(array.shape, array.dtype.name) for array in step] == [
        ((4, 5, 5), "float32"),
        ((4, 3), "float64"),
        ((4,), "float64"),
        ((4,), "bool"),
        ((4,), "bool"),
    ]
    assert (batch.n, batch.env_id) == (4, "highway-basic-v0")


def test_any_integer_layout_of_actions_is_the_same() -> None:
    wide = np.zeros((4, 2), dtype=np.int64)
    wide[:, 0] = [0, 1, 2, 3]
    expected = started().step([0, 1, 2, 3])
    assert_same_steps(started().step(wide[:, 0]), expected)
    assert_same_steps(started().step(np.array([0, 1, 2, 3], dtype=np.uint8)), expected)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([0, 1, 2, 5], "action 5 of world 3 is not in 0..4"),
        ([0, -1, 2, 3], "action -1 of world 1 is not in 0..4"),
        ([0, 1, 2], r"actions have shape \(3,\), wanted \(4,\)"),
        ([[0, 1, 2, 3]], r"actions have shape \(1, 4\), wanted \(4,\)"),
        ([0.0, 1.0, 2.0, 3.0], "actions are float64, wanted integers 0..4"),
        ([True, False, True, False], "actions are bool, wanted integers 0..4"),
    ],
)
def test_bad_actions_are_named_and_move_nothing(bad: Any, message: str) -> None:
    batch = started()
    before = batch.state()
    with pytest.raises(ValueError, match=message):
        batch.step(bad)
    assert_same(batch.state(), before)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([1, 2, 3], r"seeds are int64 \(3,\), wanted integers \(4,\)"),
        ([1.0, 2.0, 3.0, 4.0], r"seeds are float64 \(4,\), wanted integers"),
        ([1, 2, -3, 4], r"a seed is in 0..2\*\*63-1, not -3"),
        (np.array([1, 2, 3, 2**63], dtype=np.uint64), r"a seed is in 0..2\*\*63-1, not 9223372036854775808"),
    ],
)
def test_bad_seeds_are_named_and_move_nothing(bad: Any, message: str) -> None:
    batch = started()
    before = batch.state()
    with pytest.raises(ValueError, match=message):
        batch.reset(bad)
    assert_same(batch.state(), before)


@pytest.mark.parametrize("mask", [[1, 0, 1, 0], [True, False]])
def test_a_bad_mask_is_named(mask: Any) -> None:
    with pytest.raises(ValueError, match=r"mask is .*, wanted bool \(4,\)"):
        started().reset_where(mask, SEEDS)


def test_a_batch_needs_a_world_and_its_own_number_of_states() -> None:
    with pytest.raises(ValueError, match="at least one world, not 0"):
        envs.make_batch("highway", 0)
    with pytest.raises(ValueError, match="the state is of 4 worlds, this batch has 2"):
        HighwayBatch(2).restore(started().state())


def test_a_state_survives_the_disk_and_comes_apart_and_together(tmp_path: Path) -> None:
    batch = started()
    batch.step([3, 1, 4, 0])
    state = batch.state()
    state.save(tmp_path / "state")
    assert_same(HighwayState.load(tmp_path / "state"), state)
    assert_same(HighwayState.concatenate([state.take([0, 1]), state.take([2]), state.take(3)]), state)
    assert state.take([3, 3, 0]).n == 3
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match="a highway state is"):
        HighwayState.load(tmp_path / "other.npz")
    with pytest.raises(ValueError, match="no states"):
        HighwayState.concatenate([])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x", np.zeros((4, 30)), r"x of a highway state is float64 \(4, 30\), wanted float64 \(4, 31\)"),
        ("speed", np.zeros((4, 31), dtype=np.float32), r"speed of a highway state is float32"),
        ("crashed", np.zeros((4, 31)), r"crashed of a highway state is float64 .*, wanted bool"),
        ("step", np.zeros((4, 1), dtype=np.int64), r"of a highway state is"),
        ("lane", np.full((4, 31), 3), "lane of a highway state holds a lane outside 0..2"),
    ],
)
def test_a_state_enforces_its_docstring(name: str, value: Any, message: str) -> None:
    arrays = started().state().arrays()
    with pytest.raises(ValueError, match=message):
        HighwayState(**{**arrays, name: value})


def test_batches_in_threads_do_not_disturb_each_other() -> None:
    seeds = (SEEDS, SEEDS + 50)

    def drive(batch: HighwayBatch) -> HighwayState:
        for _ in range(200):
            batch.step([1, 1, 3, 2])
        return batch.state()

    with ThreadPoolExecutor(2) as pool:
        beside = list(pool.map(drive, [started(own) for own in seeds]))
    for state, own in zip(beside, seeds, strict=True):
        assert_same(state, drive(started(own)))
