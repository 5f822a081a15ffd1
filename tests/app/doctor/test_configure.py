"""Mapping files that the doctor writes, for SDL's own joysticks and raw SpaceMouse HID."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mereq_teleop.app.doctor.attached import attached
from mereq_teleop.app.doctor.configure import configure, may_write, write_mapping
from mereq_teleop.app.doctor.rest import LEAST_DEAD_ZONE
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.envs import card
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.analog import AnalogDevice
from mereq_teleop.teleop.mapping import DeviceMapping, Pull, mapping_path, pulls_of, read_mapping
from mereq_teleop.teleop.shaping import Shape
from tests.app.doctor.made import Scene
from tests.teleop.fake_hid import FakeHid, moved
from tests.teleop.fake_source import Person
from tests.teleop.virtual_joystick import FLIGHT_STICK, VirtualJoystick

ARM, HIGHWAY = card("pusher"), card("highway")
Play = Callable[[], Iterator[float]]


def still() -> Iterator[float]:
    yield from ()


def write(wanted: str, task: TaskCard, play: Play = still, *, asks: bool = False) -> list[str]:
    """Configure a device while somebody plays with it; what was said."""
    said: list[str] = []

    def ask(question: str) -> str:
        said.append(question)
        return ""

    with attached(wanted, task, lenient=True) as device:
        configure(device, task, 1.0, Scene(play), ask=ask if asks else None, say=said.append)
    return said


def test_without_questions_what_is_usual_is_kept_with_the_dead_zones_that_were_measured(
    plug: type[VirtualJoystick], config: Path
) -> None:
    pad = plug()
    pad.push(1, 0.06)
    pad.settle()
    said = write("", ARM)
    mapping = read_mapping(config / "joystick.toml", ARM)
    axes = ("leftx", "lefty", "rightx", "righty", "lefttrigger", "righttrigger", "dpadx", "dpady")
    assert tuple(mapping.axes) == axes
    assert mapping.axes["lefty"] == Shape(dead_zone=0.09)
    assert mapping.axes["leftx"] == Shape(dead_zone=LEAST_DEAD_ZONE)
    assert (mapping.name, mapping.tasks) == ("Virtual Controller", {})
    assert pulls_of(mapping, ARM, axes, mapping_path("joystick")) == pulls_of(DeviceMapping(), ARM, axes, Path())
    assert said[-1] == f"{config / 'joystick.toml'} is written"


def test_what_is_shown_by_hand_drives_the_task(plug: type[VirtualJoystick], config: Path) -> None:
    """Forward by pulling axis 2 down, left as it was, up by pushing axis 1; the trigger takes over."""
    stick = plug(FLIGHT_STICK, 3, 4, name="Test Stick")

    def play() -> Iterator[float]:
        yield 2.0
        stick.push(2, -0.5)
        yield 0.2
        stick.push(2, -1.0)
        yield 0.5
        stick.push(2, 0.0)
        yield 8.5
        stick.push(1, 1.0)
        yield 0.5
        stick.push(1, 0.0)
        yield 1.0
        stick.press(3)
        yield 0.2
        stick.press(3, down=False)

    said = write("stick", ARM, play, asks=True)
    mapping = read_mapping(config / "joystick.toml", ARM)
    assert mapping.tasks == {
        "pusher": {
            "forward": (Pull(axis="axis2", sign=-1),),
            "left": (Pull(axis="axis0", sign=-1),),
            "up": (Pull(axis="axis1"),),
        }
    }
    assert (mapping.engage, mapping.release) == (("button3",), DeviceMapping().release)
    assert "  left: as it is" in said
    with attached("", ARM) as found:
        device = AnalogDevice(ARM, found.source, mapping=found.mapping)
        device.open()
        person = Person(ARM, device, (0.0, 0.0, 0.0))
        person.wait(0.1)
        stick.push(2, -1.0)
        person.wait(0.5)
        assert person.by_hand() == pytest.approx((ARM.axes[0].high, 0.0, 0.0), abs=1e-4)
        device.close()


def test_actions_are_shown_by_hand_too(plug: type[VirtualJoystick], config: Path) -> None:
    pad = plug()

    def play() -> Iterator[float]:
        yield 1.5
        for axis, value in ((2, -1.0), (2, 1.0), (3, -1.0), (3, 1.0)):
            pad.push(axis, value)
            yield 0.3
            pad.push(axis, 0.0)
            yield 0.3

    write("joystick", HIGHWAY, play, asks=True)
    chosen = read_mapping(config / "joystick.toml", HIGHWAY).tasks["highway"]
    assert chosen == {
        "LANE_LEFT": (Pull(axis="rightx", sign=-1),),
        "LANE_RIGHT": (Pull(axis="rightx"),),
        "FASTER": (Pull(axis="righty", sign=-1),),
        "SLOWER": (Pull(axis="righty"),),
    }


def test_what_is_shown_counts_as_it_was_shown_on_an_inverted_axis_too(
    plug: type[VirtualJoystick], config: Path
) -> None:
    """And a way that is taken already is no answer: of what is pushed beside it, the other counts."""
    (config / "joystick.toml").write_text("[axes.rightx]\ninverted = true\n")
    pad = plug()

    def play() -> Iterator[float]:
        yield 1.5
        pad.push(2, 1.0)
        yield 0.3
        pad.push(2, 0.0)
        yield 0.3
        pad.push(2, 1.0)
        pad.push(3, 0.8)
        yield 0.3
        pad.push(2, 0.0)
        pad.push(3, 0.0)

    write("", ARM, play, asks=True)
    mapping = read_mapping(config / "joystick.toml", ARM)
    assert mapping.axes["rightx"].inverted
    assert mapping.tasks["pusher"]["forward"] == (Pull(axis="rightx", sign=-1),)
    assert mapping.tasks["pusher"]["left"] == (Pull(axis="righty"),)


def test_a_spacemouse_has_a_file_of_its_own(hid: FakeHid, config: Path) -> None:
    hid.plug()

    def tremble() -> Iterator[float]:
        while True:
            hid.feed(moved(near=-14))
            hid.settle()
            yield 0.1

    write("spacemouse", ARM, tremble)
    mapping = read_mapping(config / "spacemouse.toml", ARM)
    assert mapping.axes["x"].dead_zone == pytest.approx(0.06)
    assert mapping.axes["yaw"].dead_zone == LEAST_DEAD_ZONE
    assert hid.handles == []


def test_what_a_file_says_of_other_tasks_stays_and_what_it_was_is_kept(
    plug: type[VirtualJoystick], config: Path
) -> None:
    path = config / "joystick.toml"
    text = 'engage = ["x"]\n[axes.leftx]\nexponent = 3.0\n[tasks.highway]\nFASTER = [{ axis = "dpady", sign = -1 }]\n'
    path.write_text(text)
    plug()
    said = write("", ARM)
    mapping = read_mapping(path, HIGHWAY)
    assert mapping.engage == ("x",)
    assert mapping.axes["leftx"] == Shape(exponent=3.0, dead_zone=LEAST_DEAD_ZONE)
    assert mapping.tasks == {"highway": {"FASTER": (Pull(axis="dpady", sign=-1),)}}
    assert (config / "joystick.toml.1.bak").read_text() == text
    assert "what it was is kept as joystick.toml.1.bak" in said[-1]
    write_mapping(path, DeviceMapping())
    assert (config / "joystick.toml.1.bak").read_text() == text
    assert (config / "joystick.toml.2.bak").exists()
    assert not list(config.glob("*.new"))


def test_a_file_of_other_hardware_or_a_broken_one_is_replaced(plug: type[VirtualJoystick], config: Path) -> None:
    plug()
    for text in ('name = "Old Wheel"\n[axes.axis7]\nscale = 0.5\n', "[axes.axis7]\nscale = 0.5\n", "engage = 3"):
        (config / "joystick.toml").write_text(text)
        write("", ARM)
        mapping = read_mapping(config / "joystick.toml", ARM)
        assert (mapping.name, "axis7" in mapping.axes) == ("Virtual Controller", False)


def test_nothing_is_replaced_unasked(config: Path) -> None:
    assert may_write("joystick", force=False, ask=None)
    (config / "joystick.toml").write_text("")
    with pytest.raises(Usage, match=r"joystick\.toml is there already: add --force"):
        may_write("joystick", force=False, ask=None)
    assert may_write("joystick", force=True, ask=None)
    assert not may_write("joystick", force=False, ask=lambda question: "")
    assert may_write("joystick", force=False, ask=lambda question: "y")


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AppError, match=r"cannot write the device mapping .*joystick\.toml: Not a directory"):
        write_mapping(tmp_path / "file" / "devices" / "joystick.toml", DeviceMapping())
