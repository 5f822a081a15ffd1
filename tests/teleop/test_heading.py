"""Hands on a SpaceMouse before a camera that may look any way: forward is the base's, or away from the person."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.envs.fanuc.pusher.card import CARD as ARM
from mereq_teleop.envs.fanuc.pusher.card import SPEED
from mereq_teleop.teleop.analog import AnalogDevice
from mereq_teleop.teleop.mapping import DeviceMapping
from mereq_teleop.teleop.shaping import Shape
from mereq_teleop.teleop.spacemouse_reader import AXES
from tests.teleop.fake_source import FakeSource, Person

LINEAR = {axis: Shape(dead_zone=0.0, exponent=1.0) for axis in AXES}


def hands(*, turns: bool = True, **axes: Shape) -> tuple[FakeSource, Person]:
    source = FakeSource()
    source.axes = dict.fromkeys(AXES, 0.0)
    device = AnalogDevice(ARM, source, name="spacemouse", mapping=DeviceMapping(axes=LINEAR | axes), turns=turns)
    device.open()
    person = Person(ARM, device, ARM.neutral_action)
    person.wait(0.1)
    return source, person


def moved(source: FakeSource, person: Person, heading_rad: float | None, **pushed: float) -> tuple[float, ...]:
    """What is executed, once control is wholly the person's."""
    source.axes = {axis: pushed.get(axis, 0.0) for axis in AXES}
    person.heading_rad = heading_rad
    person.wait(0.5)
    action = person.by_hand()
    assert isinstance(action, tuple)
    return action


def test_away_from_oneself_is_the_bases_forward_or_the_cameras() -> None:
    source, person = hands()
    assert moved(source, person, None, x=1.0) == pytest.approx((SPEED, 0.0, 0.0))
    assert moved(source, person, math.pi / 2, x=1.0) == pytest.approx((0.0, SPEED, 0.0))
    # The camera turns while the hand stays.
    assert moved(source, person, math.pi, x=1.0) == pytest.approx((-SPEED, 0.0, 0.0))
    assert moved(source, person, math.pi / 2, y=1.0, z=0.5) == pytest.approx((-SPEED, 0.0, SPEED / 2))


def test_an_axis_that_is_inverted_is_so_before_it_is_turned() -> None:
    source, person = hands(x=Shape(dead_zone=0.0, exponent=1.0, inverted=True))
    assert moved(source, person, math.pi / 2, x=1.0) == pytest.approx((0.0, -SPEED, 0.0))


def test_other_devices_keep_their_axes() -> None:
    source, person = hands(turns=False)
    assert moved(source, person, math.pi / 2, x=1.0) == pytest.approx((SPEED, 0.0, 0.0))


@given(x=st.floats(-0.7, 0.7), y=st.floats(-0.7, 0.7), heading_rad=st.floats(-7.0, 7.0))
def test_turning_keeps_the_speed_and_no_hand_at_rest_moves(x: float, y: float, heading_rad: float) -> None:
    source, person = hands()
    moved(source, person, None, z=1.0)
    forward, left, up = moved(source, person, heading_rad, x=x, y=y)
    assert math.hypot(forward, left) == pytest.approx(SPEED * math.hypot(x, y), abs=1e-9)
    assert up == 0.0
