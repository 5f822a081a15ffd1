"""`mereq doctor` as its user meets it: tables, JSON, exit codes, one line for what goes wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mereq_teleop.app.doctor import examine
from mereq_teleop.app.doctor.check import Check, State, fine
from mereq_teleop.app.doctor.table import as_table
from mereq_teleop.teleop.mapping import mapping_path
from tests.app.test_cli import Call, complaint
from tests.teleop.fake_hid import FakeHid
from tests.teleop.virtual_joystick import VirtualJoystick


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the hands are looked at."""
    monkeypatch.setattr(examine, "_PARTS", examine._PARTS[:1])


def test_all_is_looked_at_and_told_in_one_line_of_json(call: Call, tmp_path: Path, hid: FakeHid) -> None:
    code, out, said = call("mereq", "doctor", "--device", "simulated", "--sessions", tmp_path, "--json")
    (line,) = out.splitlines()
    found = json.loads(line)
    assert (code, said) == (0, "")
    assert (found["env"], found["device"], found["ready"]) == ("highway", "simulated", True)
    sections = {check["section"] for check in found["checks"]}
    assert sections == {
        "devices",
        "mapping files",
        "graphics (the arm's scene)",
        "display",
        "sound",
        "computing",
        "clock",
        "ports",
        "disk",
        "input to effect",
    }
    assert all(set(check) == {"section", "name", "state", "found", "remedy"} for check in found["checks"])


@pytest.mark.usefixtures("quick")
def test_what_the_chosen_device_needs_decides(call: Call, plug: type[VirtualJoystick], hid: FakeHid) -> None:
    code, out, _ = call("mereq", "doctor", "--device", "joystick")
    assert code == 1
    assert "MISSING  joystick" in out
    assert out.splitlines()[-1] == "not ready for --env highway --device joystick: joystick"
    assert call("mereq", "doctor", "--device", "spacemouse", "--json")[0] == 1
    plug()
    code, out, _ = call("mereq", "doctor", "--device", "joystick")
    assert code == 0
    assert "ok       joystick Virtual Controller" in out
    assert out.splitlines()[-1] == "ready for --env highway --device joystick"


@pytest.mark.usefixtures("quick")
def test_a_broken_mapping_file_is_no_end_where_the_program_leaves_the_device_alone(
    call: Call, hid: FakeHid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    mapping_path("joystick").parent.mkdir(parents=True)
    mapping_path("joystick").write_text("[axes.leftx]\ndeadzone = 0.1\n")
    code, out, _ = call("mereq", "doctor")
    assert (code, "MISSING" in out) == (0, False)
    assert "warning  joystick" in out
    assert out.splitlines()[-1].startswith("ready for --env highway --device auto, with ")


def test_a_device_is_measured_and_told_as_json(call: Call, plug: type[VirtualJoystick], hid: FakeHid) -> None:
    plug().push(2, 0.1)
    code, out, said = call("mereq", "doctor", "--measure", "--seconds", "0.2", "--json")
    found = json.loads(out)
    assert (code, found["device"], found["seconds"]) == (0, "Virtual Controller", 0.2)
    assert found["axes"]["rightx"] == pytest.approx({"drift": 0.1, "noise": 0.0, "dead_zone": 0.15}, abs=0.011)
    assert "leave it untouched" in said
    code, out, _ = call("mereq", "doctor", "virtual", "--measure", "--seconds", "0.2")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[:2]] == ["axis", "leftx"]


def test_a_device_is_watched_for_some_seconds(call: Call, plug: type[VirtualJoystick], hid: FakeHid) -> None:
    plug()
    code, out, said = call("mereq", "doctor", "--watch", "--seconds", "0.2", "--env", "pusher")
    assert (code, said) == (0, "")
    assert "Virtual Controller" in out
    assert "forward -" in out


def test_a_file_is_written_once_and_replaced_when_told(
    call: Call, plug: type[VirtualJoystick], hid: FakeHid, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug()
    configure = ("mereq", "doctor", "--configure", "--seconds", "0.2")
    assert "run it in a terminal, or add --yes" in complaint(call(*configure), 2)
    assert call(*configure, "--yes")[0] == 0
    first = (config / "joystick.toml").read_text()
    assert 'name = "Virtual Controller"' in first
    assert "is there already: add --force" in complaint(call(*configure, "--yes"), 2)
    assert call(*configure, "--yes", "--force")[0] == 0
    assert (config / "joystick.toml.1.bak").read_text() == first
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert call(*configure)[:2] == (0, "the mapping file of Virtual Controller stays as it is\n")
    assert (config / "joystick.toml").read_text() == first


def test_each_kind_that_is_there_gets_its_file(
    call: Call, plug: type[VirtualJoystick], hid: FakeHid, config: Path
) -> None:
    plug()
    hid.plug()
    assert call("mereq", "doctor", "--configure", "--yes", "--seconds", "0.2")[0] == 0
    assert sorted(path.name for path in config.iterdir()) == ["joystick.toml", "spacemouse.toml"]
    code, out, _ = call("mereq", "doctor", "spacemouse", "--configure", "--yes", "--force", "--seconds", "0.2")
    assert (code, "joystick" in out) == (0, False)


def test_no_device_is_one_line(call: Call, plug: type[VirtualJoystick], hid: FakeHid) -> None:
    def line(*arguments: str) -> str:
        return complaint(call("mereq", "doctor", *arguments), 2)

    for task in ("--watch", "--measure", "--configure"):
        yes = ("--yes",) * (task == "--configure")
        assert "no joystick, gamepad or SpaceMouse can be used" in line(task, *yes)
        assert "no SpaceMouse found: plug one in" in line(task, *yes, "--device", "spacemouse")
        assert "no joystick with 'wheel' in its name" in line("wheel", task, *yes)


def test_a_mapping_that_does_not_fit_is_one_line(
    call: Call, plug: type[VirtualJoystick], hid: FakeHid, config: Path
) -> None:
    plug()
    (config / "joystick.toml").write_text("[axes.axis9]\nscale = 0.5\n")
    assert "no axis of the device 'axis9'" in complaint(call("mereq", "doctor", "--watch"), 2)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_keeps_to_its_width_but_for_what_is_copied_from_it(width: int) -> None:
    remedy = "run `" + "sudo cp something " * 20 + "`"
    bad = Check(section="devices", name="mouse", state=State.MISSING, found="word " * 60, remedy=remedy)
    lines = as_table([fine("devices", "keyboard", "word " * 60), bad], width).splitlines()
    assert lines[0] == "devices"
    assert max(len(line) for line in lines if "->" not in line) <= max(width, 60)
    assert [line.strip() for line in lines if "->" in line] == [f"-> {remedy}"]


def test_what_is_not_well_says_what_to_do() -> None:
    make: Callable[..., Check] = Check
    for state, remedy in ((State.MISSING, ""), (State.WARNING, ""), (State.OK, "do this")):
        with pytest.raises(ValueError, match="with the remedy"):
            make(section="disk", name="room", state=state, found="none", remedy=remedy)
