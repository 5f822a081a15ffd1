"""Drift, noise and dead zone of a device that nobody touches."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.doctor.rest import LEAST_DEAD_ZONE, Rest, measure_rest
from mereq_teleop.app.errors import AppError
from mereq_teleop.teleop.errors import DeviceLost
from mereq_teleop.teleop.joystick import JoystickSource
from mereq_teleop.teleop.shaping import Shape, shaped
from tests.app.doctor.made import Scene
from tests.teleop.virtual_joystick import VirtualJoystick

AT_REST = st.lists(st.floats(-0.4, 0.4), min_size=1)


@given(values=AT_REST)
def test_within_its_dead_zone_an_untouched_axis_means_nothing(values: list[float]) -> None:
    found = Rest.of(values)
    shape = Shape(dead_zone=found.dead_zone)
    assert {shaped(value, shape) for value in values} == {0.0}
    assert found.dead_zone >= LEAST_DEAD_ZONE
    assert abs(found.drift) <= found.farthest + 1e-9


@pytest.fixture
def source(plug: type[VirtualJoystick]) -> Iterator[JoystickSource]:
    found = JoystickSource()
    yield found
    found.close()


def test_a_worn_stick_shows_its_drift_and_its_noise(plug: type[VirtualJoystick], source: JoystickSource) -> None:
    pad, random = plug(), Random(0)
    pad.push(0, 0.08)
    pad.settle()

    def tremble() -> Iterator[float]:
        while True:
            pad.push(0, 0.08 + random.choice((-0.02, 0.02)))
            yield 0.01

    source.open()
    found = measure_rest(source, 5.0, Scene(tremble))
    worn, sound = found["leftx"], found["lefty"]
    assert worn.drift == pytest.approx(0.08, abs=5e-3)
    assert worn.noise == pytest.approx(0.02, abs=5e-3)
    assert worn.dead_zone == pytest.approx(0.15, abs=0.011)
    assert (sound.drift, sound.noise, sound.dead_zone) == (0.0, 0.0, LEAST_DEAD_ZONE)


def test_a_device_that_is_touched_is_not_measured(plug: type[VirtualJoystick], source: JoystickSource) -> None:
    pad = plug()
    source.open()

    def push() -> Iterator[float]:
        yield 1.0
        pad.push(3, -0.7)

    with pytest.raises(AppError, match=r"righty went as far as 0\.70 .* leave the device untouched"):
        measure_rest(source, 5.0, Scene(push))
    pad.push(3, 0.0)

    def press() -> Iterator[float]:
        yield 1.0
        pad.press(1)

    with pytest.raises(AppError, match="b was pressed: leave the device untouched"):
        measure_rest(source, 5.0, Scene(press))


def test_a_device_that_is_unplugged_meanwhile_is_said(plug: type[VirtualJoystick], source: JoystickSource) -> None:
    pad = plug()
    source.open()

    def unplug() -> Iterator[float]:
        yield 1.0
        pad.unplug()

    with pytest.raises(DeviceLost, match="was unplugged"):
        measure_rest(source, 5.0, Scene(unplug))
