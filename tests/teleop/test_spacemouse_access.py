"""A SpaceMouse that nobody asked for costs nothing to look for."""

from functools import partial
from pathlib import Path

import pytest

from mereq_teleop.teleop.errors import TeleopError
from mereq_teleop.teleop.spacemouse import SpaceMouseSource
from mereq_teleop.teleop.spacemouse_access import plugged_in


def test_unasked_it_only_looks_whether_one_is_plugged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mereq_teleop.teleop.spacemouse.opened", lambda: pytest.fail("it looked further"))
    monkeypatch.setattr("mereq_teleop.teleop.spacemouse.plugged_in", partial(plugged_in, tmp_path))
    with pytest.raises(TeleopError, match="no SpaceMouse is plugged in"):
        SpaceMouseSource(unasked=True).open()
    assert not plugged_in(tmp_path)
    (tmp_path / "0003:046D:C52B.0001").mkdir()
    assert not plugged_in(tmp_path)
    (tmp_path / "0003:256F:C635.0002").mkdir()
    assert plugged_in(tmp_path)
