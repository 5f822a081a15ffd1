"""What the doctor finds of devices: SDL's own joysticks, raw SpaceMouse HID, Linux's lists, mapping files."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from easyhid import easyhid

from mereq_teleop.app.doctor import hands
from mereq_teleop.app.doctor.check import Check, State
from mereq_teleop.app.doctor.hands import check_hands, unreadable_joysticks
from mereq_teleop.app.doctor.hidraw import hidraw_nodes, installed_rules
from mereq_teleop.teleop.spacemouse_access import RULES
from tests.app.doctor.made import named, need
from tests.teleop.fake_hid import FakeHid
from tests.teleop.virtual_joystick import FLIGHT_STICK, GAMEPAD, VirtualJoystick

INPUTS = """I: Bus=0003 Vendor=046d Product=c215 Version=0110
N: Name="Logitech Extreme 3D"
H: Handlers=event5 js0

I: Bus=0003 Vendor=256f Product=c635 Version=0110
N: Name="3Dconnexion SpaceMouse Compact"
H: Handlers=event6 js1

I: Bus=0011 Vendor=0001 Product=0001 Version=ab41
N: Name="AT Translated Set 2 keyboard"
H: Handlers=sysrq kbd event0 leds
"""

Listed = Callable[[], Path]


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux that lists nothing, has no rules and runs no driver."""
    (tmp_path / "hid").mkdir()
    (tmp_path / "dev").mkdir()
    (tmp_path / "rules").mkdir()
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(hands, "hidraw_nodes", partial(hidraw_nodes, tmp_path / "hid", tmp_path / "dev"))
    monkeypatch.setattr(hands, "installed_rules", partial(installed_rules, (tmp_path / "rules",)))
    monkeypatch.setattr(hands, "unreadable_joysticks", list)
    monkeypatch.setattr(psutil, "process_iter", lambda attrs: iter([]))
    return tmp_path


@pytest.fixture
def listed(machine: Path, hid: FakeHid) -> Path:
    """A SpaceNavigator that Linux lists and the library finds; its node."""
    device = machine / "hid" / "0003:046D:C626.0004"
    (device / "hidraw" / "hidraw3").mkdir(parents=True)
    (device / "uevent").write_text("DRIVER=hid-generic\nHID_NAME=3Dconnexion SpaceNavigator\n")
    node = machine / "dev" / "hidraw3"
    node.touch(mode=0o600)
    hid.plug(path=str(node))
    return node


def look(env: str = "highway", device: str = "auto") -> list[Check]:
    return list(check_hands(need(env, device)))


def test_nothing_plugged_in_is_well_unless_it_was_asked_for(hid: FakeHid) -> None:
    assert {check.state for check in look()} == {State.OK}
    joystick = named(look(device="joystick"), "joystick", "devices")
    assert (joystick.state, joystick.found) == (State.MISSING, "none is plugged in")
    spacemouse = named(look(device="spacemouse"), "SpaceMouse")
    assert (spacemouse.state, spacemouse.found, spacemouse.remedy) == (
        State.MISSING,
        "no SpaceMouse found",
        "plug one in",
    )


def test_each_joystick_is_told_with_all_that_tells_it_apart(plug: type[VirtualJoystick], hid: FakeHid) -> None:
    plug(GAMEPAD, usb=(0x045E, 0x028E), name="Test Pad")
    plug(FLIGHT_STICK, 3, 8, 1, usb=(0x046D, 0xC215), name="Test Stick")
    plug(FLIGHT_STICK, 6, 2, usb=(0x256F, 0xC635), name="SpaceMouse Compact")
    found = look("pusher", "joystick")
    pad, stick = named(found, "joystick Test Pad"), named(found, "joystick Test Stick")
    assert "6 axes, 15 buttons, 0 hats; gamepad by SDL's mapping; GUID " in pad.found
    assert "5e0400008e02" in pad.found
    assert "3 axes, 8 buttons, 1 hats; plain axes and buttons; GUID " in stick.found
    assert not [check for check in found if "Compact" in check.name]
    mapping = named(found, "joystick", "mapping")
    assert "forward by -lefty" in mapping.found
    assert {check.state for check in found} == {State.OK}


def test_a_spacemouse_that_may_be_read_is_opened(listed: Path, hid: FakeHid) -> None:
    found = look(device="spacemouse")
    node = named(found, "3Dconnexion SpaceNavigator")
    assert node.state is State.OK
    assert f"046d:c626 at {listed}, mode 0600" in node.found
    assert named(found, "SpaceMouse").found == "opens: SpaceMouse (SpaceNavigator)"
    assert hid.handles == []


@pytest.mark.parametrize(("device", "state"), [("spacemouse", State.MISSING), ("auto", State.WARNING)])
def test_without_permission_the_missing_rule_and_its_command_are_named(
    listed: Path, machine: Path, hid: FakeHid, monkeypatch: pytest.MonkeyPatch, device: str, state: State
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    hid.opens = False
    node = named(look(device=device), "3Dconnexion SpaceNavigator")
    assert node.state is state
    assert "this user may not read it" in node.found
    assert f"`sudo cp {RULES} /etc/udev/rules.d/ && sudo udevadm control --reload`" in node.remedy
    (machine / "rules" / "70-3dconnexion.rules").write_text(RULES.read_text())
    node = named(look(device=device), "3Dconnexion SpaceNavigator")
    assert "has a rule for it: unplug it and plug it in again" in node.remedy


def test_a_rule_for_something_else_is_no_rule_for_it(machine: Path) -> None:
    rules = machine / "rules"
    (rules / "60-yubikey.rules").write_text('KERNEL=="hidraw*", ATTRS{idVendor}=="1050", TAG+="uaccess"\n')
    (rules / "61-off.rules").write_text('# KERNEL=="hidraw*", ATTRS{idVendor}=="256f", TAG+="uaccess"\n')
    assert installed_rules((rules,)) is None
    assert installed_rules((machine / "none",)) is None
    (rules / "70-mine.rules").write_text('SUBSYSTEM=="hidraw", ATTRS{idVendor}=="256F", MODE="0666"\n')
    assert installed_rules((rules,)) == rules / "70-mine.rules"


def test_without_the_library_its_package_is_named(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(easyhid, "hidapi", object())
    lacking = named(look(device="spacemouse"), "SpaceMouse")
    assert lacking.state is State.MISSING
    assert "sudo apt install libhidapi-hidraw0" in lacking.remedy


def test_a_driver_that_acts_on_it_too_is_named(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = [SimpleNamespace(info={"name": "spacenavd"})]
    monkeypatch.setattr(psutil, "process_iter", lambda attrs: iter(processes))
    driver = named(look(), "SpaceMouse driver")
    assert (driver.state, driver.found) == (State.WARNING, "spacenavd acts on the SpaceMouse too")


def test_a_mapping_file_that_cannot_be_followed_is_told_by_its_error(config: Path, hid: FakeHid) -> None:
    (config / "joystick.toml").write_text("[tasks.highway]\nFASTR = []\n")
    for device, state in (("auto", State.WARNING), ("joystick", State.MISSING), ("keyboard", State.WARNING)):
        mapping = named(look(device=device), "joystick", "mapping")
        assert mapping.state is state
        assert mapping.found.startswith("the joystick is left alone: ") is (device == "auto")
        assert "no action of task 'highway' 'FASTR'" in mapping.found
        assert "did you mean 'FASTER'?" in mapping.found
    other = named(look("pusher", "joystick"), "joystick", "mapping")
    assert (other.state, "FASTR" in other.found) == (State.WARNING, True)


def test_a_file_that_names_another_joystick_is_told_where_it_matters(
    plug: type[VirtualJoystick], config: Path, hid: FakeHid
) -> None:
    plug(name="Test Pad")
    assert named(look(), "joystick Test Pad").found.endswith("mapping: what is usual")
    (config / "joystick.toml").write_text('name = "pad"')
    assert named(look(), "joystick Test Pad").found.endswith(f"mapping: {config / 'joystick.toml'}")
    (config / "joystick.toml").write_text('name = "Wheel"')
    found = named(look(), "joystick Test Pad").found
    assert found.endswith(f"{config / 'joystick.toml'} names 'Wheel', so this one is not used")


def test_a_mapping_that_names_an_axis_the_hardware_has_not_is_told(
    plug: type[VirtualJoystick], config: Path, hid: FakeHid
) -> None:
    (config / "joystick.toml").write_text("[axes.axis9]\ndead_zone = 0.2\n")
    assert named(look(), "joystick", "mapping").state is State.OK
    plug()
    mapping = named(look(), "joystick", "mapping")
    assert mapping.state is State.WARNING
    assert named(look(device="joystick"), "joystick", "mapping").state is State.MISSING
    assert "no axis of the device 'axis9'; known: leftx" in mapping.found


def test_a_joystick_that_sdl_never_sees_is_found_in_linuxs_own_list(
    machine: Path, hid: FakeHid, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = machine / "devices"
    assert unreadable_joysticks(listing, machine / "dev") == []
    listing.write_text(INPUTS)
    (machine / "dev" / "event5").touch()
    (machine / "dev" / "event6").touch()
    assert unreadable_joysticks(listing, machine / "dev") == []
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(hands, "unreadable_joysticks", partial(unreadable_joysticks, listing, machine / "dev"))
    assert [name for name, _ in hands.unreadable_joysticks()] == ["Logitech Extreme 3D"]
    stick = named(look(device="joystick"), "joystick Logitech Extreme 3D")
    assert stick.state is State.MISSING
    assert "sudo usermod -aG input $USER" in stick.remedy
