"""Devices of the tests' own, and a user's config folder that is empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from easyhid import easyhid

from tests.teleop.fake_hid import FakeHid
from tests.teleop.virtual_joystick import VirtualJoystick, sdl_is_there, virtual_joysticks


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the mapping files."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "mereq-teleop" / "devices"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def plug() -> Iterator[type[VirtualJoystick]]:
    """Makes virtual joysticks."""
    if not sdl_is_there():
        pytest.skip("no SDL of pygame's own in /proc/self/maps")
    with virtual_joysticks() as made:
        yield made


@pytest.fixture
def hid(monkeypatch: pytest.MonkeyPatch) -> FakeHid:
    """The hidapi library, with no device yet."""
    fake = FakeHid()
    monkeypatch.setattr(easyhid, "hidapi", fake)
    return fake
