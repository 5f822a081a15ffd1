"""A SpaceMouse that is plugged in beside a running session and cannot be used: the operator hears of it, once."""

import threading
from functools import partial
from pathlib import Path

import pytest
from easyhid import easyhid

from mereq_teleop.app import operate
from mereq_teleop.app.cast import make_device, resolve
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.operator_view import OperatorView
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.spacemouse_access import plugged_in
from tests.app.conftest import XServer
from tests.app.test_actor import acting
from tests.teleop.fake_hid import FakeHid

PATIENCE_S = 5.0


def test_the_line_is_in_the_terminal_and_its_head_in_the_window(
    display: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hid = FakeHid()
    hid.opens = False
    hid.plug()
    listed = tmp_path / "hid" / "0003:046D:C626.0001"
    monkeypatch.setattr(easyhid, "hidapi", hid)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("mereq_teleop.teleop.spacemouse.plugged_in", partial(plugged_in, listed.parent))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    keyboard = Keyboard(CARD)
    view = OperatorView(CARD, keyboard)
    config = resolve(OperateConfig(), windowed=True)
    device = make_device(config, CARD, keyboard, None, partial(operate._complain, view))
    device.open()
    with acting(tmp_path / "session") as rig:
        rig.actor.device = device
        for second in range(1, 11):
            if second == 3:
                listed.mkdir(parents=True)
            rig.actor.poll_device(float(second))
            assert view.pump(rig.actor, float(second))
            for thread in threading.enumerate():
                if thread.name.startswith("spacemouse search"):
                    thread.join(PATIENCE_S)
        warned = [text for text, warning in rig.said if warning]
        assert warned == ["the SpaceNavigator at /x does not open: the terminal and `mereq doctor` say what to do"]
        view.draw(rig.actor, 10.0, 0.5)
    lines = [line for line in capsys.readouterr().err.splitlines() if "SpaceNavigator" in line]
    assert lines == ["the SpaceNavigator at /x does not open: unplug it and plug it in again"]
    assert device.describe() == "spacemouse (refused) + keyboard"
    device.close()
    view.close()
