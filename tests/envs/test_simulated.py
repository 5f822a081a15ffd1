"""Laws of a simulator as a gymnasium environment: the reference's spaces, bits and ends, and theta added."""

import numpy as np
import pytest

from mereq_teleop.envs import card, make, make_batch
from mereq_teleop.envs.simulated import SimulatedEnv


@pytest.mark.parametrize("task", ["highway", "mountain-car", "pusher"])
def test_it_is_the_reference_environment(task: str) -> None:
    ours, reference = SimulatedEnv(task), make(task)
    assert ours.observation_space == reference.observation_space
    assert ours.action_space == reference.action_space
    ours.action_space.seed(0)
    np.testing.assert_array_equal(ours.reset(seed=7)[0], reference.reset(seed=7)[0])
    for _ in range(5):
        action = ours.action_space.sample()
        one, other = ours.step(action), reference.step(action)
        np.testing.assert_array_equal(one[0], other[0])
        assert one[1:4] == pytest.approx(other[1:4])
        if one[2] or one[3]:
            break
    reference.close()


def test_theta_is_added_to_the_worlds_reward() -> None:
    theta = (0.0, 0.5, 0.0)
    plain, added = SimulatedEnv("highway"), SimulatedEnv("highway", theta)
    for env in (plain, added):
        env.reset(seed=3)
    for action in (1, 2, 0):
        _, reward, _, _, info = plain.step(action)
        assert added.step(action)[1] == pytest.approx(reward + float(info["features"] @ theta))
    # The world that has that preference in its reward says so too.
    whole = make_batch("highwayAddRightReward", 1)
    whole.reset([3])
    added.reset(seed=3)
    assert added.step(2)[1] == pytest.approx(whole.step([2]).reward[0])


def test_without_a_seed_episodes_differ_and_with_one_they_are_repeated() -> None:
    env = SimulatedEnv("highway")
    first, _ = env.reset(seed=5)
    second, _ = env.reset()
    assert not np.array_equal(first, second)
    again, _ = env.reset(seed=5)
    np.testing.assert_array_equal(first, again)


def test_a_theta_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 weights, task 'highway' has 3"):
        SimulatedEnv("highway", (1.0, 2.0))
    assert len(card("highway").features) == 3
