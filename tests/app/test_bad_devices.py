"""A device that cannot be had, as its user meets it: `mereq-teleop` says one line with the remedy, and exit code 2."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from easyhid import easyhid

from mereq_teleop.teleop.spacemouse_access import RULES
from tests.app.conftest import XServer
from tests.app.test_cli import Call, complaint
from tests.teleop.fake_hid import FakeHid
from tests.teleop.virtual_joystick import VirtualJoystick, sdl_is_there, virtual_joysticks

Refuse = Callable[[str], str]


@pytest.fixture
def window(call: Call, display: XServer) -> Call:
    """Commands with a display."""
    return call


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the mapping files."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "mereq-teleop" / "devices"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def hid(monkeypatch: pytest.MonkeyPatch) -> FakeHid:
    fake = FakeHid()
    monkeypatch.setattr(easyhid, "hidapi", fake)
    monkeypatch.setattr(psutil, "process_iter", lambda attrs: iter([]))
    return fake


@pytest.fixture
def plug() -> Iterator[type[VirtualJoystick]]:
    if not sdl_is_there():
        pytest.skip("no SDL of pygame's own in /proc/self/maps")
    with virtual_joysticks() as made:
        yield made


@pytest.fixture
def refusal(window: Call, config: Path, tmp_path: Path) -> Iterator[Refuse]:
    """What `mereq-teleop --device KIND` answers; nothing is recorded."""

    def refuse(device: str) -> str:
        return complaint(window("mereq-teleop", "--device", device, "--sessions", tmp_path / "sessions"), 2)

    yield refuse
    assert not (tmp_path / "sessions").exists()


def test_no_joystick(refusal: Refuse) -> None:
    assert "no joystick is plugged in: plug it in, or take --device auto" in refusal("joystick")


def test_no_spacemouse(refusal: Refuse, hid: FakeHid) -> None:
    assert "no SpaceMouse found: plug one in" in refusal("spacemouse")


def test_no_permission(refusal: Refuse, hid: FakeHid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node, access = tmp_path / "hidraw0", os.access
    node.touch()
    hid.plug(path=str(node))
    hid.opens = False
    monkeypatch.setattr(os, "access", lambda path, *how: str(path) != str(node) and access(path, *how))
    line = refusal("spacemouse")
    assert f"no permission to read the SpaceNavigator at {node}: run `sudo cp {RULES} /etc/udev/rules.d/" in line


def test_no_library(refusal: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(easyhid, "hidapi", object())
    assert "the SpaceMouse needs the library hidapi: sudo apt install libhidapi-hidraw0" in refusal("spacemouse")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[axes.axis9]\nscale = 0.5\n", "no axis of the device 'axis9'; known: leftx"),
        ('[tasks.highway]\nFASTER = [{ axis = "lefy" }]\n', "did you mean 'lefty'?"),
        ("[tasks.highway]\nFASTR = []\n", "no action of task 'highway' 'FASTR'"),
        ("[axes.leftx]\ndead_zone = 2.0\n", "dead_zone is 2.0: it must lie between 0 and 0.9"),
    ],
)
def test_a_mapping_file_that_cannot_be_followed(
    refusal: Refuse, plug: type[VirtualJoystick], hid: FakeHid, config: Path, text: str, words: str
) -> None:
    plug()
    (config / "joystick.toml").write_text(text)
    line = refusal("joystick")
    assert str(config / "joystick.toml") in line
    assert words in line
