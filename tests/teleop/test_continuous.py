"""Hands that ask for a vector instead of an index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.envs.mountain_car.card import CARD
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.arbiter import Arbiter
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.errors import BadScript
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.scripted import ScriptedDevice, parse_script
from tests.teleop.made import CARD as HIGHWAY
from tests.teleop.made import sight

LEFT, RIGHT = (-1.0,), (1.0,)


def command(action: Action) -> Command:
    return Command(device="test", action=action, engaged=True, time_s=0.0)


def asked(keyboard: Keyboard, step: int, authority: Authority = Authority.HUMAN) -> list[Action | None]:
    return [command.action for command in keyboard.poll(sight(step, authority))]


@given(force=st.floats(-1, 1))
def test_a_vector_within_the_axes_is_executed_as_it_is(force: float) -> None:
    arbiter = Arbiter(CARD)
    arbiter.on_command(command((force,)))
    decision = arbiter.decide((0.25,))
    assert (decision.policy_action, decision.human_action, decision.executed) == ((0.25,), (force,), (force,))
    assert arbiter.decide((0.25,)).executed == CARD.neutral_action


@pytest.mark.parametrize("action", [(1.5,), (0.0, 0.0), (), 0, (float("nan"),)])
def test_an_action_that_the_task_has_not_is_refused(action: Action) -> None:
    with pytest.raises(ValueError, match=r"test asks for action .*, wanted force in -1\.\.1 of the engine's greatest"):
        Arbiter(CARD).on_command(command(action))


def test_a_held_key_asks_once_a_step_while_the_human_drives() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    assert asked(keyboard, 0, Authority.POLICY) == [LEFT]
    assert asked(keyboard, 0) == []
    assert asked(keyboard, 1) == [LEFT]
    assert asked(keyboard, 1) == []
    keyboard.release("left")
    assert asked(keyboard, 2) == []


def test_of_several_held_keys_the_last_pressed_counts() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    keyboard.press("right", 0.0)
    assert asked(keyboard, 0) == [LEFT, RIGHT]
    assert asked(keyboard, 1) == [RIGHT]
    keyboard.release("right")
    assert asked(keyboard, 2) == [LEFT]


@pytest.mark.parametrize("authority", [Authority.POLICY, Authority.SAFE, Authority.NOBODY])
def test_a_held_key_takes_nothing_back_that_was_given(authority: Authority) -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    keyboard.press("escape", 0.0)
    asked(keyboard, 0)
    assert asked(keyboard, 1, authority) == []


def test_keys_that_the_window_lost_are_no_longer_held() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    keyboard.focus_lost(0.0)
    keyboard.focus_gained(0.0)
    asked(keyboard, 0)
    assert asked(keyboard, 1) == []


def test_a_held_key_of_named_actions_is_one_press() -> None:
    keyboard = Keyboard(HIGHWAY)
    keyboard.press("left", 0.0)
    assert asked(keyboard, 0) == [0]
    assert asked(keyboard, 1) == []


def test_a_script_has_numbers_for_actions() -> None:
    device = ScriptedDevice(parse_script("2 -0.5\n2 engage\n3 1 # all of it\n5 release", CARD))
    said = [(command.action, command.engaged) for command in device.poll(sight(9))]
    assert said == [((-0.5,), True), (None, True), ((1.0,), True), (None, False)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 2.5", r"line 1: action 2.5 is not in the action space: force in -1\.\.1"),
        ("1 nan", "line 1: action nan is not in the action space"),
        ("1 0.5,0.5", "line 1: action 0.5,0.5 is not in the action space"),
        ("1 0.5,", "line 1: no action '0.5,'; known: numbers, engage, release, lost"),
        ("1 LEFT", "line 1: no action 'LEFT'; known: numbers"),
    ],
)
def test_a_bad_number_is_named(text: str, said: str) -> None:
    with pytest.raises(BadScript, match=said):
        parse_script(text, CARD)
