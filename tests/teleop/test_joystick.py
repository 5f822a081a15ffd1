"""Joysticks through SDL's own events."""

from collections.abc import Iterator
from random import Random

import pygame
import pytest

from mereq_teleop.envs.fanuc.pusher.card import CARD as ARM
from mereq_teleop.envs.fanuc.pusher.card import SPEED
from mereq_teleop.envs.highway.card import CARD as HIGHWAY
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.analog import AnalogDevice
from mereq_teleop.teleop.errors import DeviceLost, TeleopError
from mereq_teleop.teleop.joystick import JOYSTICK_EVENTS, JoystickSource
from mereq_teleop.teleop.joysticks import plugged_joysticks, sdl
from mereq_teleop.teleop.takeover import Mode
from tests.teleop.fake_source import Person
from tests.teleop.virtual_joystick import FLIGHT_STICK, WHEEL, VirtualJoystick, sdl_is_there, virtual_joysticks

pytestmark = pytest.mark.skipif(not sdl_is_there(), reason="no SDL of pygame's own in /proc/self/maps")


@pytest.fixture
def plug() -> Iterator[type[VirtualJoystick]]:
    """Makes virtual joysticks, with no display but the source's own."""
    pygame.display.quit()  # A world of gymnasium's that was drawn earlier in this process leaves one.
    with virtual_joysticks() as made:
        yield made
    assert not pygame.display.get_init(), "the source took its display away again"


@pytest.fixture
def source(plug: type[VirtualJoystick]) -> Iterator[JoystickSource]:
    found = JoystickSource(now=lambda: 7.0)
    yield found
    found.close()


def test_a_gamepad_has_sdls_names(plug: type[VirtualJoystick], source: JoystickSource) -> None:
    pad = plug()
    source.open()
    rest = source.read()
    assert set(rest.axes.values()) == {0.0}
    assert list(rest.axes) == ["leftx", "lefty", "rightx", "righty", "lefttrigger", "righttrigger", "dpadx", "dpady"]
    pad.push(0, 0.5)
    pad.push(3, -1.0)
    pad.push(5, 1.0)
    pad.press(10)
    pad.press(11)
    reading = source.read()
    assert reading.axes["leftx"] == pytest.approx(0.5, abs=1e-3)
    assert (reading.axes["righty"], reading.axes["righttrigger"], reading.axes["lefttrigger"]) == (-1.0, 1.0, 0.0)
    assert reading.axes["dpady"] == -1.0
    assert reading.pressed == {"rightshoulder", "dpup"}
    assert reading.tapped == ("rightshoulder", "dpup")
    assert reading.time_s == 7.0
    assert source.read().tapped == ()
    assert source.describe() == "Virtual Controller"


def test_a_tap_between_two_readings_is_seen(plug: type[VirtualJoystick], source: JoystickSource) -> None:
    pad = plug()
    source.open()
    source.read()
    pad.press(0)
    pad.settle()
    pad.press(0, down=False)
    reading = source.read()
    assert (reading.pressed, reading.tapped) == (frozenset(), ("a",))


def test_a_wheel_has_plain_names_and_its_pedals_rest_at_nothing(
    plug: type[VirtualJoystick], source: JoystickSource
) -> None:
    wheel = plug(WHEEL, axes=4, buttons=2, hats=1)
    wheel.push(1, -1.0)
    wheel.push(2, 1.0)
    wheel.settle()
    source.open()
    rest = source.read().axes
    assert list(rest) == ["axis0", "axis1", "axis2", "axis3", "hat0x", "hat0y"]
    assert list(rest.values()) == pytest.approx([0.0] * 6, abs=1e-4)
    wheel.push(0, -1.0)
    wheel.push(1, 1.0)
    wheel.push(2, 0.0)
    wheel.tilt(0, 1)
    wheel.press(1)
    reading = source.read()
    assert reading.axes["axis0"] == -1.0
    assert reading.axes["axis1"] == pytest.approx(1.0, abs=1e-3)
    assert reading.axes["axis2"] == pytest.approx(0.5, abs=1e-3)
    assert (reading.axes["hat0x"], reading.axes["hat0y"]) == (0.0, -1.0)
    assert reading.pressed == {"button1"}
    wheel.push(1, -1.0)
    assert source.read().axes["axis1"] == 0.0


def test_a_stick_that_is_held_over_as_it_is_plugged_in_is_no_pedal(
    plug: type[VirtualJoystick], source: JoystickSource
) -> None:
    stick = plug(FLIGHT_STICK, axes=3, buttons=1, hats=0)
    for axis in range(3):
        stick.push(axis, -1.0)
    stick.settle()
    source.open()
    assert source.read().axes == {"axis0": -1.0, "axis1": -1.0, "axis2": 0.0}
    for axis in range(3):
        stick.push(axis, 0.0)
    assert source.read().axes == {"axis0": 0.0, "axis1": 0.0, "axis2": 0.5}


def test_a_pedal_that_is_named_rests_until_it_moves(plug: type[VirtualJoystick]) -> None:
    """SDL shows the middle for an axis of which it has heard nothing."""
    wheel = plug(WHEEL, axes=2, buttons=1, hats=0)
    source = JoystickSource(pedals=("axis1",))
    source.open()
    assert source.read().axes["axis1"] == 0.0
    wheel.push(1, -0.5)
    assert source.read().axes["axis1"] == pytest.approx(0.25, abs=1e-3)
    source.close()


def test_a_joystick_is_found_by_a_piece_of_its_name(plug: type[VirtualJoystick]) -> None:
    plug()
    plug(WHEEL, axes=2, buttons=1, hats=0)
    source = JoystickSource("wheel")
    source.open()
    assert list(source.read().axes) == ["axis0", "axis1"]
    source.close()
    with pytest.raises(TeleopError, match=r"no joystick with 'pedals' in its name is plugged in .there is 'Virt"):
        JoystickSource("pedals").open()


def test_a_spacemouse_is_no_joystick(plug: type[VirtualJoystick], source: JoystickSource) -> None:
    """SDL makes one of it, whose axes mean something else; whatever a mouse of Logitech's is, it stays."""
    plug(FLIGHT_STICK, 6, 2, usb=(0x256F, 0xC635), name="3Dconnexion SpaceMouse Compact")
    plug(FLIGHT_STICK, 6, 2, usb=(0x046D, 0xC626), name="3Dconnexion SpaceNavigator")
    with pytest.raises(TeleopError, match=r"^no joystick is plugged in: plug it in"):
        source.open()
    stick = plug(FLIGHT_STICK, 3, 8, usb=(0x046D, 0xC215), name="Logitech Extreme 3D")
    source.open()
    assert source.describe() == "Logitech Extreme 3D"
    stick.push(0, 1.0)
    assert source.read().axes["axis0"] == pytest.approx(1.0, abs=1e-3)
    with sdl():
        seen = [(found.usb_ids, found.spacemouse) for found in plugged_joysticks()]
    assert seen == [((0x256F, 0xC635), True), ((0x046D, 0xC626), True), ((0x046D, 0xC215), False)]


def test_no_joystick_is_said_in_a_line(source: JoystickSource) -> None:
    with pytest.raises(TeleopError, match=r"^no joystick is plugged in: plug it in, or take --device auto"):
        source.open()
    source.close()


def test_another_joystick_that_goes_takes_nothing_along(plug: type[VirtualJoystick], source: JoystickSource) -> None:
    pad, other = plug(), plug()
    source.open()
    other.press(0)
    other.unplug()
    assert source.read().tapped == ()
    pad.unplug()
    with pytest.raises(DeviceLost, match="Virtual Controller was unplugged"):
        source.read()
    with pytest.raises(DeviceLost):
        source.read()


def test_the_windows_events_stay_in_the_queue(
    plug: type[VirtualJoystick], source: JoystickSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pad = plug()
    source.open()
    source.read()
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_q))
    pad.press(0)
    pygame.event.pump()
    keys = [event for event in pygame.event.get(exclude=JOYSTICK_EVENTS) if event.type == pygame.KEYDOWN]
    assert len(keys) == 1
    assert source.read().tapped == ("a",)
    source.close()
    assert pygame.display.get_init(), "the window's display is not the source's"
    pygame.display.quit()


def test_a_joystick_unplugged_in_control_is_safe_at_once_and_speaks_again(plug: type[VirtualJoystick]) -> None:
    pad = plug()
    device = AnalogDevice(ARM, JoystickSource())
    device.open()
    person = Person(ARM, device, (0.0, 0.0, 0.0))
    person.wait(0.1)
    pad.push(1, -1.0)
    person.wait(0.5)
    assert person.by_hand() == pytest.approx((SPEED, 0.0, 0.0), abs=1e-4)
    pad.unplug()
    driven = len(person.steps)
    person.wait(0.5)
    assert [command.lost for command in person.commands if command.lost] == ["Virtual Controller was unplugged"]
    assert {authority for authority, _ in person.steps[driven:]} == {Authority.SAFE}
    again = plug()
    person.wait(1.2)
    again.push(1, 1.0)
    person.wait(0.5)
    assert person.by_hand() == pytest.approx((-SPEED, 0.0, 0.0), abs=1e-4)
    device.close()


def test_a_dead_mans_button_on_a_pad(plug: type[VirtualJoystick]) -> None:
    pad = plug()
    device = AnalogDevice(HIGHWAY, JoystickSource(), mode=Mode.HOLD)
    device.open()
    person = Person(HIGHWAY, device, 3)
    person.wait(0.1)
    pad.press(10)
    person.wait(0.2)
    pad.push(0, 1.0)
    person.wait(0.8)
    assert person.by_hand() == 2
    pad.press(10, down=False)
    person.wait(0.2)
    assert person.who() is Authority.POLICY
    device.close()


def test_ten_minutes_of_a_joystick_that_comes_and_goes(plug: type[VirtualJoystick]) -> None:
    """No command is lost and nobody is stuck in control, at whatever moment it is unplugged."""
    random = Random(0)
    device = AnalogDevice(ARM, JoystickSource(), patient=True)
    device.open()
    person = Person(ARM, device, (0.0, 0.0, 0.0))
    while len(person.steps) < 600.0 * ARM.control_rate_hz:
        pad = plug()
        person.wait(1.1)
        way = random.choice((-1.0, 1.0))
        pad.push(0, way)
        person.wait(random.uniform(0.3, 4.0))
        assert person.by_hand() == pytest.approx((0.0, -way * SPEED, 0.0), abs=1e-4)
        if quiet := random.random() < 0.5:
            pad.push(0, 0.0)
            person.wait(random.uniform(0.0, 3.0))
        driven, commands = person.who(), len(person.commands)
        pad.unplug()
        person.wait(random.uniform(0.1, 1.0))
        assert person.who() is (Authority.SAFE if driven is Authority.HUMAN else Authority.POLICY)
        assert driven is Authority.HUMAN or quiet
        assert len(person.commands) - commands == (driven is Authority.HUMAN)
        if random.random() < 0.5:
            person.wait(2.0)
            assert person.who() is Authority.POLICY
    device.close()
