"""Laws of the lane features, on observations whose gaps and times to collision are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mereq_teleop.agents.policy import Encoder
from mereq_teleop.envs.highway.encode import INPUTS, LANE_WIDTH_M, PER_LANE, VEHICLE_LENGTH_M
from tests.agents.made import CARD, observations

Vehicle = tuple[float, float, float]
"""Metres ahead of us, metres to our right, m/s faster than we are."""

LEFT, OWN, RIGHT = 0, 1, 2
EXISTS, FRONT, FRONT_SPEED, FRONT_RATE, FRONT_NEAR, REAR, REAR_RATE, BESIDE = range(PER_LANE)


def seen(*others: Vehicle, y_m: float = LANE_WIDTH_M, speed_m_s: float = 25.0) -> NDArray[np.float32]:
    """An observation: us, then the others, in highway-env's units."""
    obs = np.zeros((5, 5))
    obs[0] = [1, 1, y_m / 12, speed_m_s / 80, 0]
    for row, (ahead, right, faster) in enumerate(others, 1):
        obs[row] = [1, ahead / 200, right / 12, faster / 80, 0]
    return obs.astype(np.float32)


def encoded(obs: NDArray[np.float32]) -> NDArray[np.float32]:
    row: NDArray[np.float32] = Encoder(CARD)(obs[None])[0]
    return row


def lanes(obs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features of the left, our and the right lane."""
    return encoded(obs)[25 : 25 + 3 * PER_LANE].reshape(3, PER_LANE)


def test_the_observation_comes_first_and_the_sizes_are_the_cards() -> None:
    obs = seen((30, 0, -5))
    assert encoded(obs)[:25].tobytes() == obs.tobytes()
    assert encoded(obs).shape == (INPUTS,) == (CARD.inputs,)


def test_an_empty_road_is_far_and_still() -> None:
    far = [1, 1, 0, 0, 15 / 115, 1, 0, 0]
    np.testing.assert_allclose(lanes(seen()), [far] * 3, rtol=1e-6)


@pytest.mark.parametrize(("y_m", "exist"), [(0.0, [0, 1, 1]), (4.0, [1, 1, 1]), (8.0, [1, 1, 0]), (1.5, [0, 1, 1])])
def test_only_the_roads_lanes_exist(y_m: float, exist: list[int]) -> None:
    assert lanes(seen(y_m=y_m))[:, EXISTS].tolist() == exist


@pytest.mark.parametrize(("lane", "right"), [(LEFT, -4.0), (OWN, 0.0), (RIGHT, 4.0)])
@pytest.mark.parametrize(("ahead", "closing"), [(25.0, 5.0), (60.0, 2.0), (12.0, 10.0)])
def test_a_slower_vehicle_ahead_has_its_gap_speed_and_inverse_time_to_collision(
    lane: int, right: float, ahead: float, closing: float
) -> None:
    gap = ahead - VEHICLE_LENGTH_M
    found = lanes(seen((ahead, right, -closing)))
    ours = {FRONT: gap / 100, FRONT_SPEED: -closing / 20, FRONT_RATE: closing / gap, FRONT_NEAR: 15 / (15 + gap)}
    for column, wanted in ours.items():
        assert found[lane, column] == pytest.approx(wanted, rel=1e-4), column
    assert (found[:, REAR] == 1).all()
    empty = [other for other in (LEFT, OWN, RIGHT) if other != lane]
    np.testing.assert_array_equal(found[empty], lanes(seen())[empty])


def test_a_vehicle_behind_counts_behind_alone() -> None:
    found = lanes(seen((-30, 4, 5)))[RIGHT]
    assert found[REAR] == pytest.approx(0.25, rel=1e-4)
    assert found[REAR_RATE] == pytest.approx(5 / 25, rel=1e-4)
    assert found[FRONT] == 1


@pytest.mark.parametrize("vehicle", [(40.0, 0.0, 3.0), (-40.0, 0.0, -3.0)])
def test_a_vehicle_that_draws_away_has_no_time_to_collision(vehicle: Vehicle) -> None:
    found = lanes(seen(vehicle))[OWN]
    assert (found[FRONT_RATE], found[REAR_RATE]) == (0, 0)


def test_the_nearest_of_a_lane_counts_whatever_its_row() -> None:
    near, far = (20.0, 0.0, -1.0), (50.0, 0.0, -9.0)
    wanted = lanes(seen(near))
    np.testing.assert_array_equal(lanes(seen(near, far)), wanted)
    np.testing.assert_array_equal(lanes(seen(far, near)), wanted)


def test_one_that_changes_lanes_is_in_both() -> None:
    found = lanes(seen((25, 2, 0)))
    assert found[OWN, FRONT] == found[RIGHT, FRONT] == pytest.approx(0.2, rel=1e-4)
    assert found[LEFT, FRONT] == 1


def test_lanes_are_the_roads_even_where_we_are_between_two() -> None:
    # We are 1 m right of the middle lane's centre; the other is in the left one's, 5 m to our left.
    found = lanes(seen((25, -5, 0), y_m=5.0))
    assert found[LEFT, FRONT] == pytest.approx(0.2, rel=1e-4)
    assert found[OWN, FRONT] == 1


def test_beside_means_that_the_bodies_overlap_along_the_road() -> None:
    assert [lanes(seen((ahead, 4, 0)))[RIGHT, BESIDE] for ahead in (-5.5, -4.5, 0, 4.5, 5.5)] == [0, 1, 1, 1, 0]


def test_the_inverse_time_to_collision_is_bounded() -> None:
    found = lanes(seen((5.1, 0, -20), (-5.1, 0, 20)))[OWN]
    assert (found[FRONT_RATE], found[REAR_RATE]) == (3, 3)


def test_absent_vehicles_count_nowhere() -> None:
    obs = seen((25, 0, -5))
    obs[1, 0] = 0
    np.testing.assert_array_equal(lanes(obs), lanes(seen()))


def test_own_speed_and_place_in_the_lane_come_last() -> None:
    np.testing.assert_allclose(encoded(seen(speed_m_s=30, y_m=5.0))[-2:], [1, 0.25], atol=1e-5)
    np.testing.assert_allclose(encoded(seen(speed_m_s=20, y_m=3.0))[-2:], [-1, -0.25], atol=1e-5)


def test_a_rows_bits_do_not_depend_on_the_batch() -> None:
    obs = observations()
    together = Encoder(CARD)(obs)
    assert np.isfinite(together).all()
    for row in range(len(obs)):
        assert encoded(obs[row]).tobytes() == together[row].tobytes()
