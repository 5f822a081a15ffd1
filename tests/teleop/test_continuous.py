"""Hands that ask for a vector instead of an index."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.envs.fanuc.pusher.card import CARD as ARM
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
ARM_LIMITS = ([axis.low for axis in ARM.axes], [axis.high for axis in ARM.axes])


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


def test_held_keys_add_up() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    keyboard.press("right", 0.0)
    assert asked(keyboard, 0) == [LEFT, (0.0,)]
    assert asked(keyboard, 1) == [(0.0,)]
    keyboard.release("right")
    assert asked(keyboard, 2) == [LEFT]


@given(held=st.sets(st.sampled_from(sorted(ARM.keys))))
def test_held_keys_add_up_along_each_axis_and_never_leave_the_action_space(held: set[str]) -> None:
    """Whatever the order in which they were pressed."""
    keyboard = Keyboard(ARM)
    for key in held:
        keyboard.press(key, 0.0)
    asked(keyboard, 0)
    wanted = np.clip(np.sum([ARM.keys[key] for key in held], axis=0), *ARM_LIMITS) if held else None
    for action in asked(keyboard, 1):
        assert isinstance(action, tuple)
        assert ARM.allows(action)
        assert action == pytest.approx(wanted)
    for key in held:
        keyboard.release(key)
    assert asked(keyboard, 2) == []


def test_a_key_that_goes_up_asks_no_more_for_the_step_to_come() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    asked(keyboard, 0)
    assert asked(keyboard, 1) == [LEFT]
    keyboard.release("left")
    assert asked(keyboard, 1) == [(0.0,)]
    assert asked(keyboard, 1) == []


def test_a_tap_within_a_step_counts_for_it() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    assert asked(keyboard, 3, Authority.POLICY) == [LEFT]
    keyboard.release("left")
    assert asked(keyboard, 3) == []


def test_a_key_that_goes_up_leaves_the_others() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    keyboard.press("right", 0.0)
    asked(keyboard, 0)
    assert asked(keyboard, 1) == [(0.0,)]
    keyboard.release("right")
    assert asked(keyboard, 1) == [LEFT]


def test_forward_and_down_together_is_a_slope() -> None:
    keyboard = Keyboard(ARM)
    keyboard.press("up", 0.0)
    keyboard.press("s", 0.0)
    forward, down = ARM.keys["up"], ARM.keys["s"]
    assert asked(keyboard, 0) == [forward, (*forward[:2], down[2])]  # type: ignore[index]


def test_a_key_that_repeats_counts_once() -> None:
    keyboard = Keyboard(replace(CARD, keys={"a": (0.3,), "b": (0.9,)}))
    keyboard.press("a", 0.0)
    keyboard.press("a", 0.0)
    assert asked(keyboard, 0) == [(0.3,), (0.3,)]
    keyboard.press("b", 0.0)
    assert asked(keyboard, 1) == [(1.0,)]


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
