"""A SpaceMouse that is plugged in later: found beside the loop, and where it cannot be used, said once."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from easyhid import easyhid

from mereq_teleop.envs.fanuc.pusher.card import CARD
from mereq_teleop.teleop.analog import RETRY_S, AnalogDevice
from mereq_teleop.teleop.errors import DeviceRefused, TeleopError
from mereq_teleop.teleop.spacemouse import SpaceMouseSource
from mereq_teleop.teleop.spacemouse_access import plugged_in
from mereq_teleop.teleop.spacemouse_search import LONGEST_S, Search
from tests.teleop.fake_hid import FakeHid, moved
from tests.teleop.fake_source import Person

PATIENCE_S = 5.0


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Linux lists HID devices: none yet."""
    monkeypatch.setattr("mereq_teleop.teleop.spacemouse.plugged_in", partial(plugged_in, tmp_path))
    return tmp_path


@pytest.fixture
def hid(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHid]:
    fake = FakeHid()
    monkeypatch.setattr(easyhid, "hidapi", fake)
    yield fake
    settle()
    assert fake.handles == []


def settle() -> None:
    """Let the search end."""
    for thread in threading.enumerate():
        if thread.name.startswith("spacemouse search"):
            thread.join(PATIENCE_S)


def test_unasked_it_only_looks_whether_one_is_plugged_in(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mereq_teleop.teleop.spacemouse_search.opened", lambda: pytest.fail("it looked further"))
    with pytest.raises(TeleopError, match="no SpaceMouse is plugged in"):
        SpaceMouseSource().open(wait=False)
    settle()


@pytest.mark.parametrize(
    ("device", "is_one"),
    [
        ("0003:046D:C52B.0001", False),
        ("0003:046D:C626.0002", True),
        ("0003:256F:C635.0002", True),
        ("0005:256F:C638.000A", True),
        ("0018:04F3:30CB.0001", False),
        ("c626", False),
    ],
)
def test_one_is_told_by_its_vendor_and_among_logitechs_by_its_product(
    tmp_path: Path, device: str, *, is_one: bool
) -> None:
    assert not plugged_in(tmp_path)
    (tmp_path / device).mkdir()
    assert plugged_in(tmp_path) is is_one


def test_it_is_found_without_holding_up_the_loop(listed: Path, hid: FakeHid, monkeypatch: pytest.MonkeyPatch) -> None:
    enumerate_now, may_answer = hid.hid_enumerate, threading.Event()

    def slowly(vendor: int, product: int) -> object:
        assert may_answer.wait(PATIENCE_S)
        return enumerate_now(vendor, product)

    monkeypatch.setattr(hid, "hid_enumerate", slowly)
    device = AnalogDevice(CARD, SpaceMouseSource(lambda: 0.0), name="spacemouse", patient=True)
    device.open()
    person = Person(CARD, device, (0.0, 0.0, 0.0))
    hid.plug()
    (listed / "0003:046D:C626.0001").mkdir()
    person.wait(3.0)
    assert device.describe() == ""
    may_answer.set()
    settle()
    person.wait(1.1)
    assert device.describe() == "SpaceMouse (SpaceNavigator)"
    hid.feed(moved(near=-350))
    hid.settle()
    person.wait(0.5)
    assert person.by_hand() == pytest.approx((CARD.axes[0].high, 0.0, 0.0))
    device.close()


def test_one_that_cannot_be_used_is_said_once(listed: Path, hid: FakeHid) -> None:
    said: list[str] = []
    device = AnalogDevice(CARD, SpaceMouseSource(), name="spacemouse", patient=True, complain=said.append)
    hid.plug()
    hid.opens = False
    (listed / "0003:046D:C626.0001").mkdir()
    device.open()
    person = Person(CARD, device, (0.0, 0.0, 0.0))
    for _ in range(20):
        person.wait(1.0, settle)
    assert len(said) == 1
    assert "the SpaceNavigator at /x does not open" in said[0]
    assert device.describe() == "spacemouse (refused)"
    device.close()


def test_what_cannot_be_used_is_searched_for_less_and_less_until_it_is_plugged_in_again(
    hid: FakeHid, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches, now_s = [0], [0.0]

    def refused() -> object:
        searches[0] += 1
        raise DeviceRefused("no permission")

    monkeypatch.setattr("mereq_teleop.teleop.spacemouse_search.opened", refused)
    search = Search(lambda: now_s[0])

    def look_for(seconds: float) -> int:
        before = searches[0]
        for _ in range(round(seconds / RETRY_S)):
            now_s[0] += RETRY_S
            with pytest.raises(TeleopError):
                search.opened()
            settle()
        return searches[0] - before

    assert look_for(70.0) <= 10
    assert look_for(10 * LONGEST_S) <= 10
    search.forget()
    assert look_for(4 * RETRY_S) >= 2
