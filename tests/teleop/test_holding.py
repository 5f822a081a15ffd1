"""Named actions of steps that are shorter than a press: they last for as long as a key or a stick is held."""

from mereq_teleop.envs.lander.continuous.card import CARD as THROTTLED
from mereq_teleop.envs.lander.discrete.card import CARD
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.analog import AnalogDevice
from mereq_teleop.teleop.keyboard import Keyboard
from tests.teleop.fake_source import FakeSource, Person
from tests.teleop.made import sight

COAST, TURN_LEFT, MAIN, TURN_RIGHT = range(4)


def asked(keyboard: Keyboard, step: int, authority: Authority = Authority.HUMAN) -> list[Action | None]:
    return [command.action for command in keyboard.poll(sight(step, authority))]


def test_a_held_key_asks_once_a_step() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("up", 0.0)
    assert asked(keyboard, 0, Authority.POLICY) == [MAIN]
    assert [asked(keyboard, step) for step in (0, 1, 1, 2)] == [[], [MAIN], [], [MAIN]]
    keyboard.release("up")
    assert asked(keyboard, 3) == []


def test_of_several_keys_the_last_counts_and_then_the_one_that_is_left() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("up", 0.0)
    keyboard.press("left", 0.0)
    assert asked(keyboard, 0) == [MAIN, TURN_LEFT]
    assert asked(keyboard, 1) == [TURN_LEFT]
    keyboard.press("up", 0.0)
    assert asked(keyboard, 2) == [MAIN]
    keyboard.release("up")
    assert asked(keyboard, 3) == [TURN_LEFT]


def test_a_stick_asks_with_each_step_for_as_long_as_it_is_out() -> None:
    source = FakeSource()
    device = AnalogDevice(CARD, source)
    device.open()
    person = Person(CARD, device, COAST)
    person.wait(0.1)
    source.axes["axis1"] = -1.0
    person.wait(1.0)
    assert {executed for _, executed in person.steps[-10:]} == {MAIN}
    source.axes["axis1"], source.axes["axis0"] = -0.7, -0.9
    person.wait(0.2)
    assert person.by_hand() == TURN_LEFT
    source.axes["axis1"], source.axes["axis0"] = 0.0, 0.0
    person.wait(0.1)
    assert person.by_hand() == COAST
    person.wait(2.0)
    assert person.who() is Authority.POLICY


def test_throttles_follow_the_stick() -> None:
    source = FakeSource()
    device = AnalogDevice(THROTTLED, source)
    device.open()
    person = Person(THROTTLED, device, (0.0, 0.0))
    person.wait(0.1)
    source.axes["axis1"], source.axes["axis0"] = -1.0, 1.0
    person.wait(1.0)
    assert person.by_hand() == (1.0, 1.0)
