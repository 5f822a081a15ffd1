import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pyspacemouse
import pytest
from easyhid import easyhid
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.teleop import spacemouse_reader
from mereq_teleop.teleop.errors import DeviceLost, TeleopError
from mereq_teleop.teleop.shaping import turned
from mereq_teleop.teleop.source import Source
from mereq_teleop.teleop.spacemouse import SpaceMouseSource
from mereq_teleop.teleop.spacemouse_access import RULES, found
from mereq_teleop.teleop.spacemouse_reader import AXES, REST, STALE_S
from tests.teleop.fake_hid import FakeHid, buttons, moved, tilted

STILL = dict.fromkeys(AXES, 0.0)


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def hid(monkeypatch: pytest.MonkeyPatch) -> FakeHid:
    """No device yet."""
    fake = FakeHid()
    monkeypatch.setattr(easyhid, "hidapi", fake)
    return fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mouse(hid: FakeHid, clock: Clock) -> Iterator[SpaceMouseSource]:
    """A SpaceNavigator, plugged in and open."""
    hid.plug()
    source = SpaceMouseSource(clock)
    source.open()
    yield source
    source.close()
    assert hid.handles == []


def running(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    processes = [SimpleNamespace(info={"name": name}) for name in ("bash", *names)]
    monkeypatch.setattr(psutil, "process_iter", lambda attrs: iter(processes))


def refusal() -> str:
    with pytest.raises(TeleopError) as refused:
        SpaceMouseSource().open()
    text = str(refused.value)
    assert "\n" not in text
    return text


def test_it_is_a_source(mouse: SpaceMouseSource) -> None:
    source: Source = mouse
    assert source.describe() == "SpaceMouse (SpaceNavigator)"


def test_at_rest_before_the_first_report(mouse: SpaceMouseSource, clock: Clock) -> None:
    reading = mouse.read()
    assert (reading.axes, reading.pressed, reading.tapped, reading.time_s) == (STILL, frozenset(), (), clock.now_s)


@pytest.mark.parametrize(
    ("report", "axis", "value"),
    [
        (moved(near=-175), "x", 0.5),
        (moved(right=-175), "y", 0.5),
        (moved(down=-175), "z", 0.5),
        (tilted(near=-175), "roll", 0.5),
        (tilted(right=-175), "pitch", 0.5),
        (tilted(down=-175), "yaw", 0.5),
    ],
)
def test_hid_axes_become_ros_axes(
    mouse: SpaceMouseSource, hid: FakeHid, report: bytes, axis: str, value: float
) -> None:
    # HID: right, towards oneself, down. ROS: forward, left, up; right-handed both.
    hid.feed(report)
    hid.settle()
    assert mouse.read().axes == STILL | {axis: value}


def test_values_past_the_end_are_clipped(mouse: SpaceMouseSource, hid: FakeHid) -> None:
    hid.feed(moved(near=-400, right=500, down=-350), tilted(right=32767, near=-32768))
    hid.settle()
    assert mouse.read().axes == {"x": 1.0, "y": -1.0, "z": 1.0, "roll": 1.0, "pitch": -1.0, "yaw": 0.0}


def test_each_of_292_reports_is_consumed(mouse: SpaceMouseSource, hid: FakeHid) -> None:
    for cycle in range(73):
        hid.feed(buttons(left=True), moved(near=-cycle), tilted(down=-2 * cycle), buttons())
    hid.settle()
    reading = mouse.read()
    assert (hid.taken, hid.backlog) == (292, 0)
    assert reading.tapped == ("LEFT",) * 73
    assert reading.axes == STILL | {"x": 72 / 350, "yaw": 144 / 350}


def test_no_lag_grows_at_500_reports_a_second_read_at_60_hz(
    mouse: SpaceMouseSource, hid: FakeHid, clock: Clock
) -> None:
    sent = 0
    for frame in range(1, 121):
        clock.now_s += 1 / 60
        while sent < frame * 500 // 60:
            sent += 1
            hid.feed(moved(near=-(sent % 350)))
        hid.settle()
        reading = mouse.read()
        assert reading.axes["x"] == (sent % 350) / 350
        assert reading.time_s == clock.now_s
        assert hid.backlog == 0
    assert hid.taken == sent == 1000


def test_every_tap_between_two_reads_is_seen_in_order_and_once(mouse: SpaceMouseSource, hid: FakeHid) -> None:
    hid.feed(buttons(left=True), buttons(), buttons(right=True), buttons(), buttons(left=True), moved(near=-35))
    hid.settle()
    reading = mouse.read()
    assert (reading.tapped, reading.pressed) == (("LEFT", "RIGHT", "LEFT"), frozenset({"LEFT"}))
    assert mouse.read().tapped == ()
    hid.feed(buttons(left=True, right=True), buttons())
    hid.settle()
    reading = mouse.read()
    assert (reading.tapped, reading.pressed) == (("RIGHT",), frozenset())


def test_a_reading_does_not_change_after_it_was_handed_over(mouse: SpaceMouseSource, hid: FakeHid) -> None:
    hid.feed(moved(near=-35))
    hid.settle()
    reading = mouse.read()
    hid.feed(moved(near=-350))
    hid.settle()
    assert reading.axes["x"] == 0.1


def test_unplugged_while_deflected_and_back_again(mouse: SpaceMouseSource, hid: FakeHid) -> None:
    hid.feed(moved(near=-350), buttons(left=True))
    hid.settle()
    hid.unplug()
    hid.let_go()
    for _ in range(2):
        with pytest.raises(DeviceLost, match="the SpaceNavigator was unplugged"):
            mouse.read()
    with pytest.raises(TeleopError, match="no SpaceMouse found: plug one in"):
        mouse.open()
    with pytest.raises(DeviceLost, match="not open"):
        mouse.read()
    hid.plug()
    mouse.open()
    reading = mouse.read()
    assert (reading.axes, reading.pressed, reading.tapped) == (STILL, frozenset(), ())
    hid.feed(moved(near=-350))
    hid.settle()
    assert mouse.read().axes["x"] == 1.0


def test_silent_while_deflected_is_lost_until_opened_again(mouse: SpaceMouseSource, hid: FakeHid, clock: Clock) -> None:
    hid.feed(moved(near=-round(350 * REST) - 1))
    hid.settle()
    clock.now_s += 0.9 * STALE_S
    hid.wait_in_vain()
    assert mouse.read().axes["x"] > REST
    clock.now_s += 0.2 * STALE_S
    hid.let_go()
    with pytest.raises(DeviceLost, match=r"silent for 0\.3 s while deflected"):
        mouse.read()
    mouse.open()
    assert mouse.read().axes == STILL


def test_silent_at_rest_is_no_loss_even_with_a_button_held(mouse: SpaceMouseSource, hid: FakeHid, clock: Clock) -> None:
    hid.feed(moved(near=-350), buttons(left=True), moved())
    hid.settle()
    clock.now_s += 3600.0
    hid.wait_in_vain()
    reading = mouse.read()
    assert (reading.axes, reading.pressed) == (STILL, frozenset({"LEFT"}))


def test_a_residue_that_has_gone_silent_counts_as_rest(mouse: SpaceMouseSource, hid: FakeHid, clock: Clock) -> None:
    hid.feed(moved(near=-10))
    hid.settle()
    assert mouse.read().axes["x"] == 10 / 350
    clock.now_s += 1.1 * STALE_S
    hid.wait_in_vain()
    assert mouse.read().axes == STILL


def alive() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "spacemouse"]


def test_no_thread_outlives_close_and_a_second_one_is_harmless(mouse: SpaceMouseSource, hid: FakeHid) -> None:
    mouse.open()
    assert (len(alive()), len(hid.handles)) == (1, 1)
    mouse.close()
    mouse.close()
    assert (alive(), hid.handles) == ([], [])
    with pytest.raises(DeviceLost, match="not open"):
        mouse.read()


def test_a_read_that_never_returns_does_not_hang_close(
    mouse: SpaceMouseSource, hid: FakeHid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spacemouse_reader, "JOIN_S", 0.01)
    held, release = threading.Event(), threading.Event()

    def stuck(*_: object) -> int:
        held.set()
        release.wait(5.0)
        return 0

    monkeypatch.setattr(hid, "hid_read_timeout", stuck)
    assert held.wait(5.0)
    (thread,) = alive()
    mouse.close()
    assert thread.is_alive()
    release.set()
    thread.join(5.0)
    assert not thread.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_reader_that_fails_is_a_device_lost(
    mouse: SpaceMouseSource, hid: FakeHid, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(hid, "hid_read_timeout", broken)
    hid.let_go()
    with pytest.raises(DeviceLost, match="no longer read"):
        mouse.read()


def test_without_the_library_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(easyhid, "hidapi", object())
    monkeypatch.setattr("sys.platform", "linux")
    assert "sudo apt install libhidapi-hidraw0" in refusal()


def test_without_a_device_it_says_so(hid: FakeHid, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch)
    hid.plug(vendor=0x046D, product=0xC077, name="Mouse")
    assert refusal() == "no SpaceMouse found: plug one in"


def test_a_model_unknown_to_pyspacemouse_is_named(hid: FakeHid) -> None:
    hid.plug(vendor=0x256F, product=0xC6FF, name="SpaceMouse 2040")
    assert refusal() == "no SpaceMouse found; pyspacemouse does not know SpaceMouse 2040 (256f:c6ff)"


def test_without_permission_the_rules_and_commands_are_given(
    hid: FakeHid, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    node = tmp_path / "hidraw0"
    node.touch()
    hid.plug(path=str(node))
    hid.opens = False
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    text = refusal()
    assert f"no permission to read the SpaceNavigator at {node}" in text
    assert f"sudo cp {RULES} /etc/udev/rules.d/ && sudo udevadm control --reload" in text


@pytest.mark.parametrize("driver", ["spacenavd", "3dxsrv", "3DxService.exe", "3DconnexionHelper"])
def test_a_driver_that_holds_it_is_named(hid: FakeHid, monkeypatch: pytest.MonkeyPatch, driver: str) -> None:
    running(monkeypatch, driver)
    assert refusal() == f"no SpaceMouse found: plug one in, or stop {driver}, which may hold it"
    hid.plug()
    hid.opens = False
    assert refusal() == f"the SpaceNavigator does not open: {driver} holds it; stop that and try again"


def test_a_driver_beside_us_is_named(hid: FakeHid, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, "spacenavd")
    hid.plug()
    source = SpaceMouseSource()
    source.open()
    assert source.describe() == "SpaceMouse (SpaceNavigator; spacenavd acts on it too)"
    source.close()


def test_the_interface_with_the_axes_comes_first(hid: FakeHid) -> None:
    hid.plug(vendor=0x256F, product=0xC652, name="Universal Receiver", path="/keys")
    hid._devices[0].usage = 6
    hid.plug(vendor=0x256F, product=0xC652, name="Universal Receiver", path="/axes")
    assert [device.path for _, device in found()] == ["/axes", "/keys"]


def test_the_rules_cover_every_model_and_come_before_udev_hands_out_access() -> None:
    assert int(RULES.name[:2]) < 73
    rules = [line for line in RULES.read_text().splitlines() if line and not line.startswith("#")]
    assert all('SUBSYSTEM=="hidraw"' in rule and rule.endswith('TAG+="uaccess"') for rule in rules)
    logitech = next(rule for rule in rules if '"046d"' in rule)
    for model in pyspacemouse.get_device_specs().values():
        assert model.vendor_id == 0x256F or f"{model.product_id:04x}" in logitech


ANGLE = st.floats(-10.0, 10.0)
UNIT = st.floats(-1.0, 1.0)


def test_pushing_away_follows_the_camera() -> None:
    away, left = STILL | {"x": 1.0}, STILL | {"y": 1.0}
    assert turned(away, 0.0) == away
    assert turned(away, math.pi / 2) == pytest.approx(STILL | {"y": 1.0})
    assert turned(left, math.pi / 2) == pytest.approx(STILL | {"x": -1.0})
    assert turned(away, math.pi) == pytest.approx(STILL | {"x": -1.0})


@given(x=UNIT, y=UNIT, azimuth_rad=ANGLE)
def test_turning_keeps_direction_range_and_the_other_axes(x: float, y: float, azimuth_rad: float) -> None:
    axes = {"x": x, "y": y, "z": 0.3, "roll": -0.1, "pitch": 0.2, "yaw": 0.7}
    there = turned(axes, azimuth_rad)
    assert max(abs(there["x"]), abs(there["y"])) <= 1.0
    assert {name: there[name] for name in ("z", "roll", "pitch", "yaw")} == {
        name: axes[name] for name in ("z", "roll", "pitch", "yaw")
    }
    length, kept = math.hypot(x, y), math.hypot(there["x"], there["y"])
    assert kept <= length + 1e-9
    if length <= 1.0:
        back = turned(there, -azimuth_rad)
        assert (back["x"], back["y"]) == pytest.approx((x, y), abs=1e-9)
