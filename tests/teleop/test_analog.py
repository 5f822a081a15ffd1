"""Hands on a device with axes, over a source that the test moves."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.fanuc.pusher.card import CARD as ARM
from mereq_teleop.envs.fanuc.pusher.card import SPEED
from mereq_teleop.envs.highway.card import CARD as HIGHWAY
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.analog import RETRY_S, AnalogDevice
from mereq_teleop.teleop.arbiter import SAFE_S
from mereq_teleop.teleop.authority import Event
from mereq_teleop.teleop.errors import BadMapping, TeleopError
from mereq_teleop.teleop.mapping import DeviceMapping
from mereq_teleop.teleop.shaping import Shape
from mereq_teleop.teleop.takeover import Mode
from tests.teleop.fake_source import FRAME_S, FakeSource, Person

IDLE, FASTER, LANE_RIGHT = 1, 3, 2
POLICY = (0.1, -0.1, 0.2)


def arm(mode: Mode = Mode.INSTINCT, mapping: DeviceMapping | None = None) -> tuple[FakeSource, Person]:
    return _set_up(ARM, POLICY, mode, mapping)


def highway(mode: Mode = Mode.INSTINCT) -> tuple[FakeSource, Person]:
    return _set_up(HIGHWAY, FASTER, mode, None)


def _set_up(
    card: TaskCard, policy_action: int | tuple[float, ...], mode: Mode, mapping: DeviceMapping | None
) -> tuple[FakeSource, Person]:
    source = FakeSource()
    device = AnalogDevice(card, source, mode=mode, mapping=mapping)
    device.open()
    person = Person(card, device, policy_action)
    person.wait(0.1)
    return source, person


def test_nobody_who_touches_nothing_asks_for_anything() -> None:
    for source, person in (arm(), highway()):
        source.axes["axis0"] = 0.09
        person.wait(2.0)
        assert person.commands == []
        assert {authority for authority, _ in person.steps} <= {Authority.POLICY}


def test_a_deflection_takes_over_and_drives_in_environment_units() -> None:
    source, person = arm()
    source.axes["axis1"] = -1.0
    source.axes["axis0"] = 1.0
    person.wait(1.0)
    assert person.by_hand() == pytest.approx((SPEED, -SPEED, 0.0))


def test_the_arm_holds_still_for_a_human_who_lets_go_and_then_the_policy_has_it() -> None:
    source, person = arm()
    source.axes["axis1"] = -0.5
    person.wait(0.5)
    source.axes["axis1"] = 0.0
    person.wait(0.2)
    assert person.by_hand() == ARM.neutral_action
    person.wait(1.5)
    assert person.steps[-1] == (Authority.POLICY, POLICY)
    assert [command.engaged for command in person.commands[-2:]] == [True, False]


def test_the_first_steps_go_over_from_the_policys_motion_to_the_humans() -> None:
    source, person = arm()
    source.axes["axis1"] = -1.0
    person.wait(1.0)
    driven = [executed for authority, executed in person.steps if authority is Authority.HUMAN]
    forward = [executed[0] for executed in driven if isinstance(executed, tuple)]
    jumps = [after - before for before, after in pairwise([POLICY[0], *forward])]
    assert jumps[:3] == pytest.approx([(SPEED - POLICY[0]) / 3] * 3)
    assert jumps[3:] == pytest.approx([0.0] * len(jumps[3:]))


def test_the_steps_of_a_debounce_are_never_a_humans_zero_action() -> None:
    """Before a takeover is certain the policy drives; before its end is, the hands do, as they are."""
    source, person = arm(Mode.HOLD)
    source.axes["axis1"] = -1.0
    person.frame()
    person.frame()
    source.pressed.add("button0")
    source.tapped.append("button0")
    taken = len(person.steps)
    person.frame()
    assert person.steps[taken:] == [(Authority.POLICY, POLICY)]
    person.wait(1.0)
    assert person.by_hand() == (SPEED, 0.0, 0.0)
    person.frame()
    person.frame()
    source.pressed.clear()
    given = len(person.steps)
    person.frame()
    assert person.steps[given:] == [(Authority.HUMAN, (SPEED, 0.0, 0.0))]
    person.wait(0.5)
    assert set(person.steps[given + 1 :]) == {(Authority.POLICY, POLICY)}
    assert (Authority.HUMAN, ARM.neutral_action) not in person.steps


def test_a_step_executes_what_the_hands_did_last() -> None:
    """Not what they did as the step began: a move just before the decision counts for it."""
    source, person = arm()
    source.axes["axis1"] = -1.0
    person.wait(1.0)
    steps = len(person.steps)
    person.frame()
    person.frame()
    source.axes["axis1"] = 1.0
    person.frame()
    assert len(person.steps) == steps + 1
    assert person.by_hand() == pytest.approx((-SPEED, 0.0, 0.0))


@given(
    st.lists(st.tuples(st.sampled_from(["axis0", "axis1", "hat0y"]), st.floats(-2.0, 2.0)), max_size=30),
    st.sampled_from(Mode),
)
def test_no_hands_ask_for_what_the_task_has_not(moves: list[tuple[str, float]], mode: Mode) -> None:
    """The arbiter of the person refuses such commands."""
    for source, person in (arm(mode), highway(mode)):
        source.pressed.add("button0")
        source.tapped.append("button0")
        for axis, value in moves:
            source.axes[axis] = value
            person.wait(0.05)


def test_a_push_asks_for_one_action_and_is_not_lost_in_the_debounce() -> None:
    source, person = highway()
    source.axes["axis0"] = 1.0
    person.wait(0.05)
    source.axes["axis0"] = 0.0
    person.wait(1.0)
    assert [command.action for command in person.commands] == [LANE_RIGHT]
    assert person.by_hand() == LANE_RIGHT
    person.wait(1.0)
    assert person.by_hand() == IDLE
    person.wait(1.0)
    assert person.steps[-1] == (Authority.POLICY, FASTER)


def test_a_held_stick_asks_once_and_keeps_control() -> None:
    source, person = highway()
    source.axes["axis0"] = 1.0
    person.wait(4.0)
    assert person.steps == [(Authority.HUMAN, LANE_RIGHT), *[(Authority.HUMAN, IDLE)] * 3]


def test_a_small_deflection_takes_over_without_an_action() -> None:
    source, person = highway()
    source.axes["axis0"] = 0.4
    person.wait(0.2)
    assert [(command.action, command.engaged) for command in person.commands] == [(None, True)]


def test_under_toggle_and_hold_a_deflection_alone_does_nothing() -> None:
    for mode in (Mode.TOGGLE, Mode.HOLD):
        source, person = arm(mode)
        source.axes["axis1"] = -1.0
        person.wait(0.5)
        assert person.commands == []
        source.pressed.add("button0")
        source.tapped.append("button0")
        person.wait(0.5)
        assert person.by_hand() == pytest.approx((SPEED, 0.0, 0.0))
        source.pressed.clear()
        person.wait(0.5)
        assert person.who() is (Authority.HUMAN if mode is Mode.TOGGLE else Authority.POLICY)


def test_a_person_who_pauses_has_to_take_over_anew() -> None:
    source, person = arm()
    source.axes["axis1"] = -1.0
    person.wait(0.5)
    person.arbiter.apply(Event.PAUSE)
    person.wait(0.5)
    person.arbiter.apply(Event.RESUME)
    person.wait(0.5)
    assert person.who() is Authority.POLICY
    source.axes["axis1"] = 0.0
    person.frame()
    source.axes["axis1"] = -1.0
    person.wait(0.1)
    assert person.who() is Authority.HUMAN


def test_a_device_that_is_lost_in_control_says_so_once_and_speaks_again_when_it_is_back() -> None:
    source, person = arm()
    source.axes["axis1"] = -1.0
    person.wait(0.5)
    source.plugged = False
    before = len(person.commands)
    person.wait(SAFE_S - 2 * FRAME_S)
    assert [command.lost for command in person.commands[before:]] == ["the stick was unplugged"]
    assert person.steps[-1] == (Authority.SAFE, ARM.neutral_action)
    assert source.opened - 1 <= SAFE_S / RETRY_S
    source.plugged = True
    source.axes["axis1"] = 0.0
    person.wait(RETRY_S)
    assert person.steps[-1] == (Authority.POLICY, POLICY)
    source.axes["axis1"] = 1.0
    person.wait(0.3)
    assert person.by_hand() == pytest.approx((-SPEED, 0.0, 0.0))


def test_a_device_that_is_lost_while_the_policy_drives_is_nobodys_trouble() -> None:
    source, person = arm()
    source.plugged = False
    person.wait(3.0)
    assert person.commands == []


events = st.sampled_from(["push", "rest", "plug", "unplug", "engage", "let_go", "pause", "resume"])


@given(st.lists(events, max_size=25), st.sampled_from([Mode.INSTINCT, Mode.HOLD]))
def test_no_sequence_of_events_leaves_a_dead_human_in_control(happened: list[str], mode: Mode) -> None:
    source, person = arm(mode)
    for event in happened:
        match event:
            case "push" | "rest":
                source.axes["axis1"] = -1.0 if event == "push" else 0.0
            case "plug" | "unplug":
                source.plugged = event == "plug"
            case "engage":
                source.pressed.add("button0")
                source.tapped.append("button0")
            case "let_go":
                source.pressed.clear()
            case _:
                person.arbiter.apply(Event(event))
        person.wait(0.1)
    source.pressed.clear()
    source.axes["axis1"] = 0.0
    person.arbiter.apply(Event.RESUME)
    person.wait(SAFE_S + 0.1)
    assert person.who() is Authority.POLICY


def test_a_joystick_that_was_asked_for_must_be_there_and_another_need_not() -> None:
    source = FakeSource()
    source.plugged = False
    with pytest.raises(TeleopError, match="no joystick is plugged in"):
        AnalogDevice(ARM, source).open()
    device = AnalogDevice(ARM, source, patient=True)
    device.open()
    assert device.describe() == ""
    source.plugged = True
    Person(ARM, device, POLICY).frame()
    assert device.describe() == "fake stick"
    source.plugged = False
    Person(ARM, device, POLICY).frame()
    assert device.describe() == "joystick (gone)"


def test_a_mapping_of_another_device_is_refused_if_the_device_was_asked_for_and_else_it_is_left_alone() -> None:
    """At the start as later, when it is plugged in; and that is said once."""
    wrong, warned = DeviceMapping(axes={"leftx": Shape()}), list[str]()
    with pytest.raises(BadMapping, match=r"joystick\.toml: no axis of the device 'leftx'; known: axis0"):
        AnalogDevice(ARM, FakeSource(), mapping=wrong).open()
    for plugged in (True, False):
        warned.clear()
        source = FakeSource()
        source.plugged = plugged
        device = AnalogDevice(ARM, source, mapping=wrong, patient=True, complain=warned.append)
        device.open()
        source.plugged = True
        person = Person(ARM, device, POLICY)
        source.axes["axis1"] = -1.0
        person.wait(3 * RETRY_S)
        assert device.describe() == "joystick (its mapping does not fit)"
        assert person.commands == []
        (words,) = warned
        assert words.startswith("the joystick is left alone: the device mapping ")
        assert "no axis of the device 'leftx'" in words


def test_a_mapping_that_does_not_fit_what_is_plugged_in_later_is_said_once_each_time() -> None:
    source, said = FakeSource(), list[str]()
    source.plugged = False
    mapping = DeviceMapping(axes={"axis3": Shape()})
    device = AnalogDevice(ARM, source, mapping=mapping, patient=True, complain=said.append)
    device.open()
    person = Person(ARM, device, POLICY)
    person.wait(3 * RETRY_S)
    assert said == []
    throttle = source.axes.pop("axis3")
    source.plugged = True
    person.wait(5 * RETRY_S)
    assert len(said) == 1
    assert "no axis of the device 'axis3'" in said[0]
    assert device.describe() == "joystick (its mapping does not fit)"
    source.axes["axis3"] = throttle
    person.wait(2 * RETRY_S)
    assert device.describe() == "fake stick"
    source.plugged = False
    person.wait(2 * RETRY_S)
    del source.axes["axis3"]
    source.plugged = True
    person.wait(3 * RETRY_S)
    assert len(said) == 2


def test_shapes_and_inversions_of_the_file_count() -> None:
    source, person = arm(mapping=DeviceMapping(axes={"axis1": Shape(scale=0.5, inverted=True)}))
    source.axes["axis1"] = -1.0
    person.wait(0.5)
    assert person.by_hand() == pytest.approx((-SPEED / 2, 0.0, 0.0))
