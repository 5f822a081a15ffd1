"""The machine as it is, and machines that lack something."""

import shutil
import tempfile
from collections import namedtuple
from pathlib import Path

import pytest
import zmq

from mereq_teleop.app.doctor.check import State
from mereq_teleop.app.doctor.machine import check_machine
from tests.app.doctor.made import named, need

Usage = namedtuple("Usage", "total used free")


def test_this_machine_can_learn_and_record(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    checks = list(check_machine(need(sessions=root / "not" / "yet" / "there")))
    assert [check.name for check in checks] == ["torch", "Numba cache", "clock", "ipc", "tcp", "sessions"]
    assert State.MISSING not in {check.state for check in checks}
    assert "monotonic, resolution " in named(checks, "clock").found
    assert list(root.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    disk = named(list(check_machine(need(sessions=tmp_path / "file" / "sessions"))), "sessions")
    assert disk.state is State.MISSING
    assert "file is not writable: Not a directory" in disk.found
    assert "--sessions FOLDER" in disk.remedy


@pytest.mark.parametrize(("free", "state"), [(5e10, State.OK), (1e9, State.WARNING), (1e7, State.MISSING)])
def test_little_room_is_told_before_it_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, state: State
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1e12, 1e12 - free, free))
    disk = named(list(check_machine(need(sessions=tmp_path))), "sessions")
    assert disk.state is state
    assert f"{free / 1e9:.1f} GB free" in disk.found


def test_ipc_needs_a_folder_for_sockets_and_a_short_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (tmp_path / "none", tmp_path / ("deep" * 20)):
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        ipc = named(list(check_machine(need(sessions=tmp_path))), "ipc")
        assert ipc.state is State.MISSING
        assert "set TMPDIR" in ipc.remedy
        folder.mkdir(exist_ok=True)


def test_ports_that_cannot_be_bound_are_a_warning_where_ipc_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bind = zmq.Socket.bind

    def refuse(socket: zmq.Socket[bytes], address: str) -> object:
        if address.startswith("tcp"):
            raise zmq.ZMQError(zmq.EACCES if hasattr(zmq, "EACCES") else 13)
        return bind(socket, address)

    monkeypatch.setattr(zmq.Socket, "bind", refuse)
    checks = list(check_machine(need(sessions=tmp_path)))
    assert (named(checks, "ipc").state, named(checks, "tcp").state) == (State.OK, State.WARNING)
    assert "Permission denied" in named(checks, "tcp").found
