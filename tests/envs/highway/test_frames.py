"""The simulator's frames are highway-env's, and the laws of what is shown between two of them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop import envs
from mereq_teleop.envs.highway.batch import HighwayBatch
from mereq_teleop.envs.highway.exchange import state_of
from mereq_teleop.envs.highway.frames import HighwayFrames, Traffic
from mereq_teleop.envs.highway.state import HighwayState

DRAWN = ("x", "y", "heading", "speed", "crashed")


def frames_of(**changes: Any) -> HighwayFrames:
    arrays: dict[str, Any] = {
        "x": np.array([[0.0, 10.0], [5.0, 14.0], [11.0, 17.0]]),
        "y": np.array([[8.0, 0.0], [6.0, 0.0], [4.0, 0.0]]),
        "heading": np.array([[0.0, 0.0], [-0.2, 0.0], [0.0, 0.0]]),
        "speed": np.array([[25.0, 20.0], [27.0, 18.0], [30.0, 15.0]]),
        "crashed": np.array([[False, False], [False, False], [True, False]]),
    }
    return HighwayFrames(**(arrays | changes))


def test_a_frame_is_shown_bit_for_bit() -> None:
    frames = frames_of()
    for index, fraction in enumerate((0.0, 0.5, 1.0)):
        traffic = frames.at(fraction)
        for name in DRAWN:
            np.testing.assert_array_equal(getattr(traffic, name), getattr(frames, name)[index])


def test_between_frames_positions_go_straight_and_a_crash_waits_for_its_frame() -> None:
    traffic = frames_of().at(0.75)
    np.testing.assert_allclose(traffic.x, [8.0, 15.5])
    np.testing.assert_allclose(traffic.heading, [-0.1, 0.0])
    assert not traffic.crashed[0]


@given(st.floats(-3.1, 3.1), st.floats(-3.1, 3.1), st.floats(0.0, 0.99))
def test_headings_turn_the_shorter_way_at_an_even_rate(start: float, stop: float, fraction: float) -> None:
    still = np.zeros((2, 1))
    heading = np.array([[start], [stop]])
    frames = HighwayFrames(x=still, y=still, heading=heading, speed=still, crashed=still.astype(np.bool_))
    turned = float(frames.at(fraction).heading[0]) - start
    shorter = float(np.angle(np.exp(1j * (stop - start))))
    assert abs(turned) == pytest.approx(fraction * abs(shorter), abs=1e-9)
    assert turned * shorter >= -1e-9


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_what_moves_one_way_never_goes_back(one: float, other: float) -> None:
    frames = frames_of()
    early, late = sorted((one, other))
    assert (frames.at(early).x <= frames.at(late).x).all()


def test_fractions_outside_are_clipped_and_a_still_world_stands() -> None:
    frames = frames_of()
    np.testing.assert_array_equal(frames.at(-1.0).x, frames.at(0.0).x)
    np.testing.assert_array_equal(frames.at(7.0).x, frames.at(1.0).x)
    still = HighwayFrames.still(frames.at(0.3))
    np.testing.assert_array_equal(still.at(0.9).x, frames.at(0.3).x)
    assert isinstance(still.at(0.5), Traffic)


def test_arrays_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x has shape \(3, 2\), y has \(2, 2\)"):
        frames_of(y=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="got"):
        frames_of(x=np.zeros(3))


def assert_shows(frames: HighwayFrames, states: list[HighwayState], world: int = 0) -> None:
    """The frames are these states, bit for bit."""
    assert len(frames.x) == len(states)
    for index, state in enumerate(states):
        for name in DRAWN:
            np.testing.assert_array_equal(getattr(frames, name)[index], getattr(state, name)[world], name)


def reference_frames(env: Any, action: int) -> list[HighwayState]:
    """One control step of highway-env, frame by frame, as its own `step` simulates it."""
    world = env.unwrapped
    states = [state_of(env)]
    for frame in range(5):
        if frame == 0:
            world.action_type.act(action)
        world.road.act()
        world.road.step(1 / 5)
        states.append(state_of(env))
    return states


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_the_frames_of_a_step_are_highway_envs(seed: int) -> None:
    env, batch = envs.make("highway"), HighwayBatch(1)
    env.reset(seed=seed)
    batch.reset([seed])
    batch.watch()
    rng = np.random.default_rng(seed)
    for _ in range(12):
        action = int(rng.choice(5, p=(0.2, 0.1, 0.2, 0.4, 0.1)))
        batch.step([action])
        assert_shows(batch.frames, reference_frames(env, action))


def test_a_world_without_a_step_stands_still() -> None:
    batch = HighwayBatch(2)
    batch.step([3, 1])
    assert_shows(batch.frames, [batch.state()])
    batch.watch()
    batch.reset([3, 4])
    assert_shows(batch.frames, [batch.state()])
    batch.step([3, 1])
    kept = batch.state()
    assert len(batch.frames.x) == 6
    batch.reset_where([False, True], [0, 5])
    assert len(batch.frames.x) == 6
    batch.restore(kept)
    assert_shows(batch.frames, [kept])
    batch.step([0, 0])
    batch.reset_where([True, False], [6, 0])
    assert_shows(batch.frames, [batch.state()])


def test_frames_are_the_callers_own() -> None:
    batch = HighwayBatch(1)
    batch.reset([3])
    batch.watch()
    still, x = batch.frames, batch.frames.x.copy()
    batch.step([3])
    np.testing.assert_array_equal(still.x, x)
    shown, x = batch.frames, batch.frames.x.copy()
    batch.step([3])
    np.testing.assert_array_equal(shown.x, x)


def test_watching_changes_nothing() -> None:
    plain, watched = HighwayBatch(3), HighwayBatch(3)
    watched.watch()
    for batch in (plain, watched):
        batch.reset([11, 12, 13])
    rng = np.random.default_rng(0)
    for _ in range(20):
        actions = rng.integers(0, 5, 3)
        for one, other in zip(plain.step(actions), watched.step(actions), strict=True):
            np.testing.assert_array_equal(one, other)
