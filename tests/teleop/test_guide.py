"""The help says what the hands do: every way that it names moves the robot as it says."""

from pathlib import Path

import pytest

from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.grip import Grip
from mereq_teleop.teleop.guide import guide_of, guides_of, way_words
from mereq_teleop.teleop.joystick import JoystickSource
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.mapping import DeviceMapping, Pull, pulls_of
from mereq_teleop.teleop.shaping import Shape, shaped
from mereq_teleop.teleop.takeover import Mode, Rules

PAD = ("leftx", "lefty", "rightx", "righty", "lefttrigger", "righttrigger", "dpadx", "dpady")
STICK = ("axis0", "axis1", "axis2", "axis3", "hat0x", "hat0y")
MOUSE = ("x", "y", "z", "roll", "pitch", "yaw")
KINDS = {"pad": PAD, "stick": STICK, "mouse": MOUSE}
ARM, HIGHWAY = card_of("pusher"), card_of("highway")
RULES = Rules()


def rows(card: TaskCard, axes: tuple[str, ...], mapping: DeviceMapping, rules: Rules = RULES) -> dict[str, str]:
    """What each thing that the hand does is for."""
    pulls = pulls_of(mapping, card, axes, Path("made.toml"))
    return {meaning: hand for hand, meaning in guide_of("it", card, mapping, pulls, rules, axes).rows}


@pytest.mark.parametrize("task", ["highway", "lunar-lander-continuous", "mountain-car", "pusher", "eraser", "gripper"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_action_and_both_ways_of_every_axis_are_told(task: str, kind: str) -> None:
    card = card_of(task)
    told = rows(card, KINDS[kind], DeviceMapping())
    wanted = 2 * len(card.axes) if card.axes else len([name for name in card.actions if name != "IDLE"])
    assert len(told) == wanted + 2
    assert {"take over", "give back"} < set(told)
    assert all(told.values())


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_way_that_is_told_moves_the_tool_that_way(kind: str, inverted: bool) -> None:
    axes = KINDS[kind]
    mapping = DeviceMapping(axes={axis: Shape(inverted=inverted) for axis in axes})
    pulls = pulls_of(mapping, ARM, axes, Path("made.toml"))
    grip = Grip("it", ARM, mapping, pulls, RULES)
    told = dict(guide_of("it", ARM, mapping, pulls, RULES, axes).rows)
    checked = 0
    for axis in axes:
        for way in (-1.0, 1.0):
            meaning = told.get(way_words(axis, round(way)))
            index = next((i for i, it in enumerate(ARM.axes) if meaning in (it.name, BACK.get(it.name))), None)
            if index is None or not meaning:
                continue
            moved = grip._action({axis: shaped(way, mapping.shape(axis))})[index]
            assert (moved > 0) is (meaning == ARM.axes[index].name), (axis, way, meaning)
            checked += 1
    assert checked == 2 * len(ARM.axes)


BACK = {"forward": "back", "left": "right", "up": "down"}


def test_a_gamepad_on_the_highway() -> None:
    assert rows(HIGHWAY, PAD, DeviceMapping()) == {
        "lane left": "left stick left or d-pad left",
        "lane right": "left stick right or d-pad right",
        "faster": "left stick up or d-pad up or right trigger",
        "slower": "left stick down or d-pad down or left trigger",
        "take over": "touch it or right shoulder or A",
        "give back": "B or 1.5 s untouched",
    }


def test_buttons_are_those_of_the_hardware_and_of_the_mode() -> None:
    told = {mode: rows(ARM, STICK, DeviceMapping(), Rules(mode)) for mode in Mode}
    assert told[Mode.INSTINCT]["take over"] == "touch it or button 0"
    assert told[Mode.TOGGLE]["take over, give back"] == "button 0"
    assert told[Mode.HOLD]["drive"] == "hold button 0"
    assert rows(ARM, MOUSE, DeviceMapping())["take over"] == "touch it or left button"


def test_an_own_mapping_is_what_is_told() -> None:
    own = DeviceMapping(engage=("y",), tasks={"pusher": {"forward": (Pull(axis="righty", sign=-1),)}})
    told = rows(ARM, PAD, own)
    assert told["forward"] == "right stick up"
    assert "left" not in told
    assert told["take over"] == "touch it or Y"


def test_an_axis_without_a_usual_name_keeps_its_own() -> None:
    assert (way_words("axis7", 1), way_words("axis7", -1)) == ("axis7 +", "axis7 -")


def test_a_device_without_axes_has_no_guide() -> None:
    assert guides_of(Keyboard(ARM)) == ()
    assert guides_of(JoystickSource()) == ()
