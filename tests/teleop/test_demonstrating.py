"""Hands that share control with nobody: every step is labelled as theirs, so what they do is what is recorded."""

import pytest

from mereq_teleop.envs.fanuc.pusher.card import CARD as ARM
from mereq_teleop.envs.fanuc.pusher.card import SPEED
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.analog import AnalogDevice
from mereq_teleop.teleop.arbiter import SAFE_S
from mereq_teleop.teleop.authority import Event
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.together import Together
from tests.teleop.fake_source import FakeSource, Person


class Demonstrator:
    """A person at a stick and a keyboard, who has control from the start as the actor gives it."""

    def __init__(self, deflection: float = 0.0) -> None:
        self.stick = FakeSource()
        self.stick.axes["axis1"] = deflection
        self.keyboard = Keyboard(ARM)
        device = Together(AnalogDevice(ARM, self.stick, demonstrating=True), self.keyboard)
        device.open()
        self.person = Person(ARM, device, (0.1, 0.1, 0.1), demonstrating=True)
        self.wait(0.0)

    def wait(self, seconds: float) -> None:
        """Time goes by; the actor gives the human what is the policy's."""

        def engage() -> None:
            self.person.arbiter.apply(Event.ENGAGE) if self.person.who() is Authority.POLICY else None

        engage()
        self.person.wait(seconds, engage)


@pytest.mark.parametrize("deflection", [-1.0, 0.0])
def test_a_stick_that_is_out_as_an_episode_begins_steers_from_its_first_step(deflection: float) -> None:
    hands = Demonstrator(deflection)
    hands.wait(0.5)
    assert {authority for authority, _ in hands.person.steps} == {Authority.HUMAN}
    assert {executed for _, executed in hands.person.steps} == {(-deflection * SPEED, 0.0, 0.0)}
    assert {command.at_rest for command in hands.person.commands} == {deflection == 0.0}


def test_every_step_does_what_the_stick_says_when_another_episode_begins() -> None:
    hands = Demonstrator(-1.0)
    hands.wait(0.5)
    hands.person.arbiter.apply(Event.RELEASE)
    hands.wait(0.5)
    assert {executed for _, executed in hands.person.steps} == {(SPEED, 0.0, 0.0)}


def test_a_lost_stick_leaves_nothing_to_label_as_the_humans_until_hands_are_seen_again() -> None:
    hands = Demonstrator(-1.0)
    hands.wait(0.5)
    hands.stick.plugged = False
    steps = len(hands.person.steps)
    hands.wait(SAFE_S + 2.0)
    assert set(hands.person.steps[steps:]) == {(Authority.SAFE, ARM.neutral_action)}
    hands.stick.plugged, hands.stick.axes["axis1"] = True, 0.0
    hands.wait(2.0)
    assert hands.person.who() is Authority.SAFE
    hands.stick.axes["axis1"] = 1.0
    hands.wait(0.2)
    assert hands.person.by_hand() == pytest.approx((-SPEED, 0.0, 0.0))


def test_keys_stand_in_for_a_lost_stick_and_its_return_takes_nothing_from_them() -> None:
    hands = Demonstrator()
    hands.stick.plugged = False
    hands.wait(1.0)
    hands.keyboard.press("left", 0.0)
    hands.wait(1.0)
    hands.stick.plugged = True
    steps = len(hands.person.steps)
    hands.wait(2.0)
    assert set(hands.person.steps[steps:]) == {(Authority.HUMAN, (0.0, SPEED, 0.0))}
