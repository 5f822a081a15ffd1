"""The live view of a device, as text."""

import io
from collections.abc import Iterator

import pytest

from mereq_teleop.app.doctor.attached import attached
from mereq_teleop.app.doctor.watch import watch
from mereq_teleop.envs import card
from tests.app.doctor.made import Scene
from tests.teleop.virtual_joystick import VirtualJoystick

ARM = card("pusher")


class Terminal(io.StringIO):
    """One that can draw anew what it has drawn."""

    def isatty(self) -> bool:
        return True


def test_axes_are_shown_raw_and_shaped_with_what_they_drive(plug: type[VirtualJoystick]) -> None:
    pad, out = plug(), io.StringIO()

    def play() -> Iterator[float]:
        yield 1.5
        pad.push(1, -1.0)
        pad.push(0, 0.05)
        pad.press(10)
        yield 1.0
        pad.press(10, down=False)

    with attached("", ARM) as device:
        watch(device, ARM, 4.0, Scene(play), out)
    lines = out.getvalue().splitlines()
    pictures = len(lines) // 11
    assert pictures == 4
    assert lines[0] == "Virtual Controller"
    rows = {line.split()[0]: line for line in lines[22:33]}
    assert rows["lefty"] == "lefty          -1.00  [############|            ]   -1.00  forward -"
    assert rows["leftx"] == "leftx          +0.05  [            |#           ]   +0.00  left -"
    assert rows["righty"].endswith("up -")
    assert rows["down:"] == "down: rightshoulder (takes over); pressed last: rightshoulder"
    assert lines[-1] == "down: no button; pressed last: rightshoulder"


def test_on_a_terminal_one_picture_replaces_the_other(plug: type[VirtualJoystick]) -> None:
    plug()
    out = Terminal()
    with attached("", ARM) as device:
        watch(device, ARM, 1.0, Scene(lambda: iter(())), out)
    assert out.getvalue().count("Virtual Controller") == 20
    assert out.getvalue().count("\x1b[11A") == 19


def test_one_that_is_unplugged_is_waited_for(plug: type[VirtualJoystick]) -> None:
    pad, out = plug(), io.StringIO()

    def play() -> Iterator[float]:
        yield 1.5
        pad.unplug()
        yield 3.0
        plug()

    with attached("", ARM) as device:
        watch(device, ARM, 9.0, Scene(play), out)
    text = out.getvalue()
    assert "Virtual Controller was unplugged; waiting for it" in text
    assert text.splitlines()[-1].startswith("down: no button")


def test_ctrl_c_is_a_good_end(plug: type[VirtualJoystick]) -> None:
    plug()

    def interrupt() -> Iterator[float]:
        yield 2.5
        raise KeyboardInterrupt

    with attached("", ARM) as device:
        watch(device, ARM, None, Scene(interrupt), out := io.StringIO())
    assert out.getvalue().endswith("\n")


@pytest.mark.parametrize("wanted", ["joystick", "virtual"])
def test_a_device_is_meant_by_kind_or_by_name(plug: type[VirtualJoystick], wanted: str) -> None:
    plug()
    with attached(wanted, ARM) as device:
        assert (device.kind, device.hardware) == ("joystick", "Virtual Controller")
