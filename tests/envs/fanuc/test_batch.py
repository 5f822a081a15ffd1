"""Laws of the batched arms: MuJoCo's own loop, independent worlds, exact snapshots; bad input moves nothing."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop import envs
from mereq_teleop.envs.batch import BatchStep
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.fanuc.batch import FanucBatch
from mereq_teleop.envs.fanuc.state import FanucState
from tests.envs.fanuc.plain_loop import CARDS, batch_of, limits, plain_step

ALL_TASKS = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
SEEDS = np.arange(4) + 20
PUSHER = envs.card("pusher")


def started(card: TaskCard, seeds: Any = SEEDS) -> FanucBatch:
    batch = batch_of(card, len(seeds))
    batch.reset(seeds)
    return batch


def wild(card: TaskCard, steps: int, n: int, seed: int = 0) -> NDArray[np.float64]:
    """(steps, n, axes) actions, each held for five steps, some beyond the limits."""
    low, high = limits(card)
    random = np.random.default_rng(seed)
    held = random.uniform(1.3 * low, 1.3 * high, (-(-steps // 5), n, len(low)))
    return np.repeat(held, 5, axis=0)[:steps]


def arrays(step: BatchStep) -> list[Any]:
    return [getattr(step, name) for name in step._fields]


def same(left: FanucState, right: FanucState) -> bool:
    return left.rows.tobytes() == right.rows.tobytes()


@ALL_TASKS
def test_a_step_is_mujocos_own_loop_bit_for_bit(card: TaskCard) -> None:
    batch = started(card)
    for actions in wild(card, 60, batch.n):
        rows = batch.state().rows
        batch.step(actions)
        for before, action, after in zip(rows, actions, batch.state().rows, strict=True):
            assert plain_step(batch.task, before, action).row.tobytes() == after.tobytes()


@ALL_TASKS
@settings(max_examples=5)
@given(order=st.permutations(range(16)), seed=st.integers(0, 2**31))
def test_a_world_does_not_depend_on_its_neighbours_or_its_place(card: TaskCard, order: list[int], seed: int) -> None:
    seeds, added = np.arange(16) + seed, list(card.ids.values())[-1]
    together, alone = batch_of(card, 16, added), [batch_of(card, 1, added) for _ in order]
    together.reset(seeds[order])
    for single, one in zip(alone, seeds, strict=True):
        single.reset([one])
    for actions in wild(card, 30, 16, seed):
        many = arrays(together.step(actions[order]))
        for place, world in enumerate(order):
            for ours, theirs in zip(many, arrays(alone[world].step(actions[world : world + 1])), strict=True):
                assert ours[place].tobytes() == theirs[0].tobytes()
    for place, world in enumerate(order):
        assert same(together.state().take(place), alone[world].state())


@ALL_TASKS
@pytest.mark.parametrize("before", [0, 1, 37])
def test_copies_of_a_snapshot_go_on_as_the_world_did(card: TaskCard, before: int) -> None:
    batch, branch = started(card), batch_of(card, 3)
    branch.step(wild(card, 1, 3, 9)[0])
    actions = wild(card, before + 25, batch.n)
    for action in actions[:before]:
        batch.step(action)
    snapshot, observation, features = batch.state(), batch.observation, batch.features
    seen = branch.restore(snapshot.take([2, 2, 2]))
    assert seen.tobytes() == observation[[2, 2, 2]].tobytes()
    assert branch.features.tobytes() == features[[2, 2, 2]].tobytes()
    went = []
    for action in actions[before:]:
        went.append(batch.step(action))
        again = branch.step(action[[2, 2, 2]])
        for ours, theirs in zip(arrays(went[-1]), arrays(again), strict=True):
            assert all(row.tobytes() == ours[2].tobytes() for row in theirs)
    batch.restore(snapshot)
    assert same(batch.state(), snapshot)
    assert batch.features.tobytes() == features.tobytes()
    for action, first in zip(actions[before:], went, strict=True):
        for ours, theirs in zip(arrays(first), arrays(batch.step(action)), strict=True):
            assert ours.tobytes() == theirs.tobytes()


@ALL_TASKS
def test_a_state_comes_apart_and_together(card: TaskCard) -> None:
    batch = started(card)
    batch.step(wild(card, 1, 4)[0])
    state = batch.state()
    assert same(FanucState.concatenate([state.take([0, 1]), state.take([2]), state.take(3)]), state)
    assert same(FanucState(**state.arrays()), state)
    shuffled = batch_of(card, 4)
    shuffled.restore(state.take([3, 1, 0, 2]))
    assert shuffled.observation.tobytes() == batch.observation[[3, 1, 0, 2]].tobytes()


@ALL_TASKS
@settings(max_examples=10)
@given(mask=st.lists(st.booleans(), min_size=4, max_size=4), seed=st.integers(0, 2**63 - 1))
def test_reset_where_touches_the_masked_worlds_alone(card: TaskCard, mask: list[bool], seed: int) -> None:
    batch = started(card)
    for action in wild(card, 3, 4):
        batch.step(action)
    before, chosen = batch.state(), np.array(mask)
    observation = batch.reset_where(chosen, np.where(chosen, seed, -1))
    after, fresh = batch.state(), started(card, [seed]).state()
    assert observation.tobytes() == batch.observation.tobytes()
    for world in range(4):
        assert same(after.take(world), fresh if mask[world] else before.take(world))


@ALL_TASKS
def test_a_seed_is_a_world_and_another_seed_another(card: TaskCard) -> None:
    one, again, other = (started(card, [seed]) for seed in (5, 5, 6))
    assert same(one.state(), again.state())
    assert one.observation.tobytes() != other.observation.tobytes()
    # At rest: nothing falls, springs or closes in when nobody does anything.
    still = one.step(np.zeros((1, len(card.axes))))
    assert np.abs(one.frames.after.tool - one.frames.after.user[1:4]).max() < 1e-3
    assert not (still.terminated | still.truncated).any()


@ALL_TASKS
@settings(max_examples=10)
@given(seed=st.integers(0, 2**31))
def test_the_added_reward_is_theta_times_the_features(card: TaskCard, seed: int) -> None:
    basic, added = dict.fromkeys(card.ids.values())
    plain, table = started(card, SEEDS + seed), batch_of(card, 4, added)
    table.reset(SEEDS + seed)
    assert (plain.env_id, table.env_id) == (basic, added)
    theta = np.array(table.task.thetas[added])
    assert theta.any()
    assert not np.any(table.task.thetas[basic])
    assert tuple(theta) == card.preferences[0].theta
    for action in wild(card, 40, 4, seed):
        one, other = plain.step(action), table.step(action)
        assert one.features.tobytes() == other.features.tobytes()
        np.testing.assert_allclose(other.reward, one.reward + one.features @ theta, rtol=0, atol=1e-12)
        assert same(plain.state(), table.state())


@ALL_TASKS
def test_types_shapes_and_the_last_steps_numbers_are_those_promised(card: TaskCard) -> None:
    batch = started(card)
    step = batch.step(wild(card, 1, 4)[0])
    assert [(array.shape, array.dtype.name) for array in arrays(step)] == [
        ((4, *card.observation_shape), "float32"),
        ((4, len(card.features)), "float64"),
        ((4,), "float64"),
        ((4,), "bool"),
        ((4,), "bool"),
    ]
    assert batch.observation.tobytes() == step.observation.tobytes()
    assert batch.features.tobytes() == step.features.tobytes()
    kept = [array.copy() for array in arrays(step)]
    batch.step(wild(card, 1, 4, 1)[0])
    assert all(now.tobytes() == then.tobytes() for now, then in zip(arrays(step), kept, strict=True))


@ALL_TASKS
def test_an_action_out_of_range_is_the_nearest_within(card: TaskCard) -> None:
    far, near = started(card), started(card)
    for action in wild(card, 10, 4):
        beyond, within = far.step(100.0 * action), near.step(np.clip(100.0 * action, *limits(card)))
        assert all(a.tobytes() == b.tobytes() for a, b in zip(arrays(beyond), arrays(within), strict=True))


@ALL_TASKS
def test_an_episode_ends_at_the_cards_horizon(card: TaskCard) -> None:
    batch = started(card)
    ends = [batch.step(np.zeros((4, len(card.axes)))).truncated.tolist() for _ in range(card.horizon_steps)]
    assert ends == [[False] * 4] * (card.horizon_steps - 1) + [[True] * 4]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([0.0, 0.0, 0.0, 0.0], r"actions are float64 \(4,\), wanted numbers \(4, 3\)"),
        ([[0.0] * 3] * 3, r"actions are float64 \(3, 3\), wanted"),
        ([[0.0] * 4] * 4, r"actions are float64 \(4, 4\), wanted"),
        ([[0.0] * 3] * 3 + [[0.0, float("nan"), 0.0]], "action nan is not finite"),
        ([[0.0] * 3] * 3 + [[float("inf"), 0.0, 0.0]], "action inf is not finite"),
        ([["left"] * 3] * 4, "wanted numbers"),
    ],
)
def test_bad_actions_are_named_and_move_nothing(bad: Any, message: str) -> None:
    batch = started(PUSHER)
    before = batch.state()
    with pytest.raises(ValueError, match=message):
        batch.step(bad)
    assert same(batch.state(), before)


def test_bad_seeds_masks_states_and_sizes_are_named() -> None:
    batch = started(PUSHER)
    with pytest.raises(ValueError, match=r"seeds are int64 \(3,\), wanted integers \(4,\)"):
        batch.reset([1, 2, 3])
    with pytest.raises(ValueError, match=r"a seed is in 0..2\*\*63-1, not -3"):
        batch.reset([1, 2, -3, 4])
    with pytest.raises(ValueError, match=r"mask is .*, wanted bool \(4,\)"):
        batch.reset_where([1, 0, 1, 0], SEEDS)
    with pytest.raises(ValueError, match=r"see FanucState\.take"):
        batch_of(PUSHER, 2).restore(batch.state())
    with pytest.raises(ValueError, match="at least 1 world, not 0"):
        envs.make_batch("pusher", 0)
    with pytest.raises(ValueError, match="weights of its own"):
        envs.make_batch("pusher", 1, theta=(1.0, 0.0, 0.0))
    with pytest.raises(ValueError, match=r"are float32 \(1, 3\), wanted float64 \(n, size\)"):
        FanucState(np.zeros((1, 3), np.float32))
    with pytest.raises(IndexError):
        batch.state().take(4)


@ALL_TASKS
def test_frames_go_from_the_state_before_to_the_state_after(card: TaskCard) -> None:
    batch = started(card)
    batch.watch()
    start = batch.frames
    assert len(start.path) == 1
    batch.step(wild(card, 1, 4)[0])
    frames = batch.frames
    assert frames.at(0.0).tobytes() == start.after.qpos.tobytes()
    assert frames.at(1.0).tobytes() == frames.at(2.0).tobytes() == frames.after.qpos.tobytes()
    np.testing.assert_allclose(frames.at(0.5), frames.path[5], rtol=0, atol=1e-12)
    unseen = started(card)
    unseen.step(wild(card, 1, 4)[0])
    assert same(unseen.state(), batch.state())
    batch.reset(SEEDS)
    assert len(batch.frames.path) == 1
