"""Laws of the learner's own worlds: they go on from call to call, and restored ones keep their bits."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from mereq_teleop.agents.randomness import random_state, restore_random
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.scouts import STRAY, Scouts
from mereq_teleop.envs import card
from tests.agents.made import CARD, TASK, prior

Seen = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass
class Diary:
    """Keeps all that it is told."""

    seen: list[Seen] = field(default_factory=list)

    def remember(
        self, obs: np.ndarray, action: np.ndarray, features: np.ndarray, terminated: np.ndarray, next_obs: np.ndarray
    ) -> None:
        self.seen.append((obs, action, features, terminated, next_obs))

    @property
    def bits(self) -> list[bytes]:
        return [array.tobytes() for row in self.seen for array in row]


def explored(scouts: Scouts, *sweeps: int) -> Diary:
    diary = Diary()
    for count in sweeps:
        scouts.explore(prior(), count, diary)
    return diary


def test_they_go_on_from_one_call_to_the_next() -> None:
    assert explored(Scouts(TASK, 4, 0), 3, 1, 50).bits == explored(Scouts(TASK, 4, 0), 54).bits


def test_another_seed_sees_other_worlds() -> None:
    first, second = (explored(Scouts(TASK, 4, seed), 1).seen[0][0] for seed in (0, 1))
    assert (first != second).any()


def test_a_world_goes_on_where_it_was_unless_its_episode_is_over() -> None:
    worlds, sweeps = 8, 2 * CARD.horizon_steps
    diary = explored(Scouts(TASK, worlds, 0), sweeps)
    follows = np.array(
        [
            [np.array_equal(after[0][world], before[4][world]) for world in range(worlds)]
            for before, after in zip(diary.seen, diary.seen[1:], strict=False)
        ]
    )
    crashed = np.array([row[3] for row in diary.seen[:-1]])
    assert crashed.any()
    assert not follows[crashed].any()
    # Whole episodes are seen: without a crash a world is left alone for a whole horizon, and no longer.
    for world in range(worlds):
        fresh = np.flatnonzero(~follows[:, world]) + 1
        ages = np.diff([0, *fresh])
        assert (ages <= CARD.horizon_steps).all()
        ended_by_crash = crashed[fresh - 1, world]
        assert (ages[~ended_by_crash] == CARD.horizon_steps).all()


def test_strays_are_as_rare_as_said() -> None:
    diary = explored(Scouts(TASK, 20, 0), 60)
    strayed = np.array([row[1] != prior().act(row[0]) for row in diary.seen])
    other = 1 - 1 / len(CARD.actions)
    for parity, share in enumerate(STRAY):
        found, count = strayed[:, parity::2].mean(), strayed[:, parity::2].size
        wanted = share * other
        assert abs(found - wanted) < 4 * (wanted * (1 - wanted) / count) ** 0.5


def test_restored_worlds_go_on_with_the_same_bits() -> None:
    first, second = Scouts(TASK, 4, 0), Scouts(TASK, 4, 9)
    explored(first, 30)
    state = first.state()
    kept = {name: array.tobytes() for name, array in state.items()}
    wanted = explored(first, 45)
    assert {name: array.tobytes() for name, array in state.items()} == kept
    explored(second, 7)
    second.restore(state)
    assert {name: array.tobytes() for name, array in second.state().items()} == kept
    assert explored(second, 45).bits == wanted.bits


def test_a_random_stream_goes_on_from_its_state() -> None:
    first, second = np.random.default_rng(4), np.random.default_rng([5, 6])
    # Half a word drawn, which the generator keeps for the next draw.
    first.integers(2**31, size=3, dtype=np.int32)
    restore_random(second, random_state(first))
    assert random_state(second).tobytes() == random_state(first).tobytes()
    for draw in (first, second):
        draw.integers(7, dtype=np.int32)
    np.testing.assert_array_equal(
        first.integers(2**31, size=5, dtype=np.int32), second.integers(2**31, size=5, dtype=np.int32)
    )
    np.testing.assert_array_equal(first.normal(size=9), second.normal(size=9))


class Half:
    """Drives the mountain car at half its force, whatever it sees."""

    card = card("mountain-car")

    @property
    def snapshot(self) -> PolicySnapshot:
        raise AssertionError("nobody asks for it")

    def act(self, obs: np.ndarray) -> np.ndarray:
        return np.full((len(obs), 1), 0.5)


def test_continuous_actions_stray_around_the_policys_and_stay_within_the_axes() -> None:
    diary = Diary()
    Scouts(Half.card.name, 400, 0).explore(Half(), 5, diary)
    actions = np.array([row[1] for row in diary.seen])[:, :, 0]
    assert (np.abs(actions) <= 1.0).all()
    for world, stray in enumerate(STRAY):
        middle = np.abs(actions[:, world::2] - 0.5)
        # Two thirds of a normal distribution lie within its standard deviation.
        assert (middle < stray).mean() == pytest.approx(0.683, abs=0.05)
