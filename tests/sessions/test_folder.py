from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from mereq_teleop.sessions.errors import FolderError, UnknownSession
from mereq_teleop.sessions.folder import SessionFolder, default_root, find_session, sessions_in
from tests.sessions.made import CONFIG

NOW = datetime(2030, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1)))


def make(root: Path, short_id: str = "aaaaaa") -> SessionFolder:
    return SessionFolder.create(root, "toy", NOW, lambda: short_id)


def test_a_folder_is_named_by_utc_time_task_and_id(tmp_path: Path) -> None:
    folder = make(tmp_path / "not" / "yet")
    assert folder.name == "20300102T030405Z-toy-aaaaaa"
    assert {path.name for path in folder.path.iterdir()} == {"policies", "learner", "tb"}


def test_a_taken_name_gets_another_id(tmp_path: Path) -> None:
    ids = iter(["aaaaaa", "aaaaaa", "bbbbbb"])
    names = [SessionFolder.create(tmp_path, "toy", NOW, lambda: next(ids)).name[-6:] for _ in range(2)]
    assert names == ["aaaaaa", "bbbbbb"]


def test_ids_differ_by_themselves(tmp_path: Path) -> None:
    assert len({SessionFolder.create(tmp_path, "toy", NOW).name for _ in range(5)}) == 5


def test_config_and_policies_come_back(tmp_path: Path) -> None:
    folder = make(tmp_path)
    folder.write_config(CONFIG)
    assert folder.read_config() == CONFIG
    path = folder.save_policy(4, "00ff", b"tensors")
    assert path.relative_to(folder.path).as_posix() == "policies/4-00ff.safetensors"
    assert folder.load_policy(4, "00ff") == b"tensors"
    assert not list(folder.path.rglob("*.part"))


def test_an_impossible_place_is_said_in_one_line(tmp_path: Path) -> None:
    # Below a regular file nobody, not even root, can make a folder.
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match=r"cannot make a session's folder in .*: Not a directory; .*--sessions DIR$"):
        make(tmp_path / "file" / "sessions")


def test_a_read_only_place_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(FolderError, match="Permission denied; choose another place"):
        make(tmp_path)


def test_unreadable_parts_are_named(tmp_path: Path) -> None:
    folder = make(tmp_path)
    with pytest.raises(FolderError, match=r"cannot read .*config\.json: No such file"):
        folder.read_config()
    (folder.path / "config.json").write_text("[" * 100_000)
    with pytest.raises(FolderError, match=r"config\.json is no configuration"):
        folder.read_config()
    (folder.path / "config.json").write_bytes(b" " * (2 << 20))
    with pytest.raises(FolderError, match=r"config\.json is larger than"):
        folder.read_config()
    with pytest.raises(FolderError, match="cannot read"):
        folder.load_policy(1, "00")


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    folder = make(tmp_path)
    folder.write_config(CONFIG)
    (folder.path / "config.json.part").mkdir()
    with pytest.raises((FolderError, OSError)):
        folder.write_config(CONFIG)
    assert folder.read_config() == CONFIG


def test_sessions_are_listed_by_time(tmp_path: Path) -> None:
    assert sessions_in(tmp_path / "none") == ()
    later = SessionFolder.create(tmp_path, "toy", NOW + timedelta(days=1), lambda: "000000")
    earlier = make(tmp_path)
    (tmp_path / "a file").write_text("")
    assert sessions_in(tmp_path) == (earlier, later)


def test_a_session_is_found_by_path_name_piece_or_last(tmp_path: Path) -> None:
    first = make(tmp_path, "abcdef")
    second = SessionFolder.create(tmp_path, "toy", datetime(2031, 1, 1, tzinfo=UTC), lambda: "abc123")
    for name in (first.name, "abcdef", str(first.path), str(first.recording), str(first.path) + "/"):
        assert find_session(tmp_path, name) == first
    assert find_session(tmp_path, "last") == second
    with pytest.raises(UnknownSession, match="fits 2 sessions"):
        find_session(tmp_path, "abc")
    with pytest.raises(UnknownSession, match=r"did you mean '20300102T030405Z-toy-abcdef'\?"):
        find_session(tmp_path, "20300102T030405Z-toy-abcdeg")
    with pytest.raises(UnknownSession, match="no session 'last' among the 0"):
        find_session(tmp_path / "none", "last")


def test_the_default_place_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_root() == tmp_path / "mereq-teleop/sessions"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_root() == Path.home() / ".local/share/mereq-teleop/sessions"


def test_results_come_back_and_need_not_be_there(tmp_path: Path) -> None:
    folder = make(tmp_path)
    assert folder.read_results() is None
    folder.write_results(b"{}")
    assert folder.read_results() == b"{}"
    assert folder.results == folder.path / "results.json"
