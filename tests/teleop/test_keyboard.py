from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.arbiter import SAFE_S, Arbiter
from mereq_teleop.teleop.authority import Event
from mereq_teleop.teleop.device import Device
from mereq_teleop.teleop.keyboard import Keyboard
from tests.teleop.fake_source import FRAME_S, Person
from tests.teleop.made import CARD, sight


def asked(keyboard: Keyboard, authority: Authority) -> list[tuple[int | tuple[float, ...] | None, bool, bool]]:
    commands = keyboard.poll(sight(authority=authority))
    return [(command.action, command.engaged, bool(command.lost)) for command in commands]


def test_any_driving_key_takes_over_with_its_action() -> None:
    keyboard = Keyboard(CARD)
    for key, action in CARD.keys.items():
        assert keyboard.press(key, 1.5)
        assert asked(keyboard, Authority.POLICY) == [(action, True, False)]


def test_enter_takes_over_without_an_action() -> None:
    keyboard = Keyboard(CARD)
    for key in ("return", "enter", "keypad enter"):
        assert keyboard.press(key, 0.0)
        assert asked(keyboard, Authority.POLICY) == [(None, True, False)]


def test_escape_gives_back_and_otherwise_does_nothing() -> None:
    keyboard = Keyboard(CARD)
    for authority in Authority:
        assert keyboard.press("escape", 0.0)
        wanted = [(None, False, False)] if authority in (Authority.HUMAN, Authority.SAFE) else []
        assert asked(keyboard, authority) == wanted


def test_other_keys_are_not_the_devices() -> None:
    keyboard = Keyboard(CARD)
    assert not keyboard.press("p", 0.0)
    assert asked(keyboard, Authority.POLICY) == []


def test_nothing_takes_over_while_paused() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("left", 0.0)
    keyboard.press("return", 0.0)
    assert asked(keyboard, Authority.NOBODY) == []


def test_times_are_those_of_the_presses_and_order_is_kept() -> None:
    keyboard = Keyboard(CARD)
    keyboard.press("up", 1.25)
    keyboard.press("escape", 1.5)
    keyboard.press("left", 1.75)
    commands = keyboard.poll(sight(9))
    assert [(command.time_s, command.engaged) for command in commands] == [(1.25, True), (1.5, False), (1.75, True)]
    assert keyboard.poll(sight(9)) == []


def test_focus_lost_while_driving_is_a_lost_device_until_it_is_back() -> None:
    keyboard = Keyboard(CARD)
    keyboard.focus_lost(0.0)
    assert asked(keyboard, Authority.HUMAN) == [(None, False, True)]
    keyboard.focus_gained(1.0)
    assert asked(keyboard, Authority.SAFE) == [(None, False, False)]


def test_focus_that_does_not_come_back_leaves_the_policy_driving_and_its_return_changes_nothing() -> None:
    keyboard = Keyboard(CARD)
    person = Person(CARD, keyboard, 3)
    keyboard.press("left", 0.0)
    person.wait(2.0)
    lost_s = 2.0
    keyboard.focus_lost(lost_s)
    person.wait(SAFE_S - FRAME_S)
    assert person.who() is Authority.SAFE
    person.wait(3 * FRAME_S)
    assert person.who() is Authority.POLICY
    keyboard.focus_gained(lost_s + 5.0)
    person.wait(0.1)
    assert person.who() is Authority.POLICY


def test_focus_does_not_matter_while_the_policy_drives() -> None:
    keyboard = Keyboard(CARD)
    keyboard.focus_lost(0.0)
    keyboard.focus_gained(0.5)
    assert asked(keyboard, Authority.POLICY) == []


def test_focus_that_was_never_lost_ends_no_other_trouble() -> None:
    keyboard = Keyboard(CARD)
    keyboard.focus_gained(0.0)
    assert asked(keyboard, Authority.SAFE) == []


def test_closing_forgets() -> None:
    keyboard = Keyboard(CARD)
    keyboard.open()
    keyboard.press("up", 0.0)
    keyboard.close()
    assert asked(keyboard, Authority.POLICY) == []
    assert keyboard.describe() == "keyboard"


strokes = st.sampled_from([*CARD.keys, "return", "escape", "focus_lost", "focus_gained", "poll", "pause", "resume"])


@given(st.lists(strokes, max_size=40))
def test_every_command_says_truly_who_will_have_control(happened: list[str]) -> None:
    keyboard, arbiter = Keyboard(CARD), Arbiter(CARD)
    device: Device = keyboard
    for stroke in happened:
        if stroke in ("focus_lost", "focus_gained"):
            getattr(keyboard, stroke)(0.0)
        elif stroke in ("pause", "resume"):
            arbiter.apply(Event(stroke))
        elif stroke != "poll":
            keyboard.press(stroke, 0.0)
        else:
            for command in device.poll(sight(authority=arbiter.authority)):
                arbiter.on_command(command)
                assert command.engaged == (arbiter.authority is Authority.HUMAN)
                assert bool(command.lost) == (arbiter.authority is Authority.SAFE)
