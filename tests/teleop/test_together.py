"""A joystick with the keyboard beside it."""

import pytest

from mereq_teleop.envs.fanuc.pusher.card import CARD as ARM
from mereq_teleop.envs.fanuc.pusher.card import SPEED
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.analog import AnalogDevice
from mereq_teleop.teleop.errors import TeleopError
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.together import Together
from tests.teleop.fake_source import FakeSource, Person


class Desk:
    """A person with both hands free."""

    def __init__(self) -> None:
        self.stick = FakeSource()
        self.keyboard = Keyboard(ARM)
        self.device = Together(AnalogDevice(ARM, self.stick, patient=True), self.keyboard)
        self.device.open()
        self.person = Person(ARM, self.device, (0.0, 0.0, 0.0))
        self.person.wait(0.1)

    def push(self, value: float) -> None:
        self.stick.axes["axis1"] = value
        self.person.wait(0.3)


def test_each_of_them_takes_over() -> None:
    desk = Desk()
    desk.push(-1.0)
    assert desk.person.by_hand() == pytest.approx((SPEED, 0.0, 0.0))
    desk = Desk()
    desk.keyboard.press("left", 0.0)
    desk.person.wait(0.3)
    assert desk.person.by_hand() == (0.0, SPEED, 0.0)


def test_a_key_counts_while_the_stick_is_at_rest() -> None:
    desk = Desk()
    desk.push(-1.0)
    desk.push(0.0)
    desk.keyboard.press("left", 0.0)
    desk.person.wait(0.3)
    assert desk.person.by_hand() == (0.0, SPEED, 0.0)


def test_a_stick_that_is_let_go_takes_nothing_from_who_drives_with_keys() -> None:
    desk = Desk()
    desk.push(-1.0)
    desk.keyboard.press("left", 0.0)
    desk.push(0.0)
    desk.person.wait(3.0)
    assert desk.person.by_hand() == (0.0, SPEED, 0.0)
    desk.keyboard.press("escape", 0.0)
    desk.person.frame()
    assert desk.person.who() is Authority.POLICY


def test_an_idle_stick_takes_nothing_from_who_taps_keys_now_and_then() -> None:
    desk = Desk()
    desk.push(-1.0)
    desk.push(0.0)
    for _ in range(4):
        desk.keyboard.press("left", 0.0)
        desk.person.wait(0.1)
        desk.keyboard.release("left")
        desk.person.wait(0.9)
    assert desk.person.who() is Authority.HUMAN
    assert [executed for _, executed in desk.person.steps].count((0.0, SPEED, 0.0)) >= 4
    desk.keyboard.press("escape", 0.0)
    desk.person.frame()
    assert desk.person.who() is Authority.POLICY


def test_a_stick_that_moves_again_drives_again_and_its_quiet_time_gives_back() -> None:
    desk = Desk()
    desk.push(-1.0)
    desk.keyboard.press("left", 0.0)
    desk.keyboard.release("left")
    desk.push(-0.9)
    assert desk.person.by_hand()[0] > 0.5 * SPEED  # type: ignore[index]
    desk.push(0.0)
    desk.person.wait(2.0)
    assert desk.person.who() is Authority.POLICY


def test_a_key_that_goes_up_does_not_stop_a_stick_that_is_out() -> None:
    desk = Desk()
    desk.keyboard.press("left", 0.0)
    desk.push(-1.0)
    desk.keyboard.release("left")
    desk.push(-1.0)
    assert {executed for _, executed in desk.person.steps[-3:]} == {(SPEED, 0.0, 0.0)}


def test_a_stick_at_rest_stops_nobody_who_holds_a_key() -> None:
    desk = Desk()
    desk.stick.pressed.add("button0")
    desk.stick.tapped.append("button0")
    desk.person.wait(0.1)
    desk.keyboard.press("left", 0.0)
    desk.person.wait(0.5)
    assert {executed for _, executed in desk.person.steps[-5:]} == {(0.0, SPEED, 0.0)}


def test_escape_gives_back_what_the_stick_took_until_it_was_at_rest() -> None:
    desk = Desk()
    desk.push(-1.0)
    desk.keyboard.press("escape", 0.0)
    desk.person.wait(0.5)
    assert desk.person.who() is Authority.POLICY
    desk.push(0.0)
    desk.push(-1.0)
    assert desk.person.who() is Authority.HUMAN


def test_a_stick_that_is_unplugged_does_not_disturb_who_drives_with_keys() -> None:
    desk = Desk()
    desk.keyboard.press("left", 0.0)
    desk.person.wait(0.3)
    desk.stick.plugged = False
    desk.person.wait(3.0)
    assert desk.person.by_hand() == (0.0, SPEED, 0.0)


def test_the_windows_focus_does_not_matter_to_who_drives_with_the_stick() -> None:
    desk = Desk()
    desk.push(-1.0)
    desk.keyboard.focus_lost(0.0)
    desk.person.wait(0.5)
    assert desk.person.by_hand() == pytest.approx((SPEED, 0.0, 0.0))


def test_the_operator_reads_what_is_there() -> None:
    desk = Desk()
    assert desk.device.describe() == "fake stick + keyboard"
    desk.stick.plugged = False
    desk.person.wait(0.1)
    assert desk.device.describe() == "joystick (gone) + keyboard"
    desk.device.close()


def test_all_are_opened_or_none() -> None:
    there, missing = FakeSource(), FakeSource()
    missing.plugged = False
    with pytest.raises(TeleopError):
        Together(AnalogDevice(ARM, there), AnalogDevice(ARM, missing)).open()
    with pytest.raises(TeleopError):
        there.read()
