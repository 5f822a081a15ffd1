"""Keys on disk: for their user's eyes alone, and refused when they are not."""

import os
from pathlib import Path

import pytest

from mereq_teleop.app.bus.errors import BadKeys
from mereq_teleop.app.bus.keys import KeyRing, default_keys
from mereq_teleop.app.cli import tools_with


def test_a_pair_is_the_users_alone(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys")
    own = ring.make()
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "keys" / "own.key_secret").stat().st_mode & 0o777 == 0o600
    assert ring.own() == own
    assert own.secret not in repr(own)
    assert own.secret not in (tmp_path / "keys" / "own.key").read_text()


def test_a_pair_is_never_overwritten(tmp_path: Path) -> None:
    own = KeyRing(tmp_path).make()
    with pytest.raises(BadKeys, match="exists"):
        KeyRing(tmp_path).make()
    assert KeyRing(tmp_path).own() == own


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_secret_that_others_can_read_is_none(tmp_path: Path) -> None:
    KeyRing(tmp_path).make()
    (tmp_path / "own.key_secret").chmod(0o640)
    with pytest.raises(BadKeys, match="chmod 600"):
        KeyRing(tmp_path).own()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'curve\n    public-key = "short"\n', b"x" * 10_000])
def test_a_damaged_key_is_named(tmp_path: Path, content: bytes) -> None:
    ring = KeyRing(tmp_path)
    ring.make()
    (tmp_path / "own.key_secret").write_bytes(content)
    with pytest.raises(BadKeys, match=r"own\.key_secret holds no key"):
        ring.own()
    ring.allow("other", "x" * 40)
    (tmp_path / "allowed" / "other.key").write_bytes(content)
    with pytest.raises(BadKeys, match=r"other\.key holds no key"):
        ring.allowed()


@pytest.mark.parametrize("name", ["", "../own", "a/b", ".hidden", "x" * 65])
def test_a_name_is_a_plain_word(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadKeys, match="no name for a key"):
        KeyRing(tmp_path).allow(name, "x" * 40)
    assert not any(tmp_path.iterdir())


def test_friends_are_known_by_name_and_by_key(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path)
    ring.allow("robot", "r" * 40)
    assert ring.public_key("robot") == ring.public_key("r" * 40) == "r" * 40
    with pytest.raises(BadKeys, match=r"'robto' is neither .* \(robot\)"):
        ring.public_key("robto")
    ring.forbid("robot")
    assert ring.allowed() == {}
    with pytest.raises(BadKeys, match="nobody is allowed"):
        ring.forbid("robot")


def test_the_commands_make_show_allow_and_forbid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_keys() == tmp_path / "mereq-teleop" / "keys"
    assert tools_with(["keys", "make"]) == 0
    assert tools_with(["keys", "allow", "robot", "r" * 40]) == 0
    capsys.readouterr()
    assert tools_with(["keys"]) == 0
    own = KeyRing(default_keys()).own()
    assert capsys.readouterr().out == f"own      {own.public}\nallowed  {'r' * 40}  robot\n"
    assert tools_with(["keys", "forbid", "robot"]) == 0
    assert KeyRing(default_keys()).allowed() == {}
