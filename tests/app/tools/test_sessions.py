"""`mereq sessions` and what works on them."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from mereq_teleop.app.cli import guarded, tools_with
from mereq_teleop.sessions.config import SessionHeader
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Authority
from tests.sessions.made import CONFIG, drive, record

EVENTS = drive([Authority.POLICY] * 6 + [Authority.HUMAN] * 4)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three sessions of two days, two tasks and two methods; the last one is cut."""
    root = tmp_path / "sessions"
    for day, task, method in ((0, "highway", "mereq"), (0, "pusher", "hg-dagger-ft"), (1, "highway", "mereq-instant")):
        start = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=day)
        folder = SessionFolder.create(root, task, start)
        started = start.isoformat(timespec="milliseconds")
        folder.write_config(msgspec.structs.replace(CONFIG, task=task, method=method, started_utc=started))
        record(folder.recording, EVENTS, flush_every=4)
    with folder.recording.open("r+b") as file:
        file.truncate(int(folder.recording.stat().st_size * 0.4))
    return root


def mereq(root: Path, *arguments: str) -> int:
    return guarded(tools_with, ["sessions", *arguments, "--sessions", str(root)])


def names(root: Path) -> list[str]:
    return [folder.name for folder in sessions_in(root)]


def test_the_columns_stand_under_their_heads(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert mereq(root) == 0
    head, *lines, total = capfd.readouterr().out.splitlines()
    starts = [head.index(name) for name in ("session", "started", "method", "state")]
    assert len(lines) == 3
    for line, name in zip(lines, names(root), strict=True):
        assert line.startswith(name)
        for start in starts[1:]:
            assert line[start - 1] == " "
            assert line[start] != " "
        for right in ("steps", "by hand", "time", "disk"):
            end = head.index(right) + len(right)
            assert line[end - 1] != " "
            assert line[end : end + 1] in (" ", "")
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    assert total == f"3 sessions, {size / 1e6:.1f} MB on disk"


@pytest.mark.parametrize(
    ("flags", "which"),
    [
        ((), (0, 1, 2)),
        (("--task", "highway"), (0, 2)),
        (("--task", "Fanuc-pusher-v0"), (1,)),
        (("--method", "mereq"), (0,)),
        (("--tag", "good"), (1, 2)),
        (("--since", "2030-01-02"), (2,)),
        (("--since", "2030-01-01", "--tag", "good", "--task", "pusher"), (1,)),
        (("--method", "maxent-ft"), ()),
    ],
)
def test_filters_leave_those_that_fit(
    root: Path, flags: tuple[str, ...], which: tuple[int, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    every = names(root)
    for name in every[1:]:
        assert mereq(root, "tag", name, "good") == 0
    capfd.readouterr()
    assert mereq(root, *flags, "--json") == 0
    told = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert sorted(one["name"] for one in told) == sorted(every[index] for index in which)
    assert mereq(root, *flags) == 0
    assert ("is such a one" in capfd.readouterr().out) == (not which)


def test_tags_and_notes_come_and_go(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    name = names(root)[0]
    assert mereq(root, "tag", name, "good", "demo") == 0
    assert mereq(root, "untag", name, "good") == 0
    assert mereq(root, "annotate", name, "the operator was tired") == 0
    capfd.readouterr()
    assert mereq(root) == 0
    told = capfd.readouterr().out.splitlines()
    (line,) = (number for number, text in enumerate(told) if text.startswith(name))
    assert told[line].endswith("demo")
    assert told[line + 1] == "    the operator was tired"


def test_a_cut_session_is_repaired_and_the_others_are_left_alone(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = [folder.recording.read_bytes() for folder in sessions_in(root)]
    assert mereq(root, "repair", *names(root)) == 0
    said = capfd.readouterr().out.splitlines()
    assert ["whole, nothing to repair" in line for line in said] == [True, True, False]
    assert "was cut and was repaired: it ends after step" in said[2]
    after = [folder.recording.read_bytes() for folder in sessions_in(root)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False]


def test_one_that_cannot_be_repaired_does_not_keep_the_others_from_it(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, _, cut = sessions_in(root)
    first.recording.write_bytes(b"nothing of ours")
    assert mereq(root, "repair", first.name, cut.name) == 1
    said = capfd.readouterr()
    assert len(said.err.splitlines()) == 1
    assert first.name in said.err
    assert cut.name in said.out


def test_deleting_asks_and_takes_no_for_an_answer(
    root: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    every = names(root)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    for answer, code, left in (("", 1, 3), ("n", 1, 3), ("yes", 0, 2)):
        monkeypatch.setattr("builtins.input", lambda question, answer=answer: answer)
        assert mereq(root, "delete", every[0]) == code
        assert len(names(root)) == left
    assert mereq(root, "delete", *every[1:], "--yes") == 0
    assert names(root) == []
    assert "deleted 2 sessions" in capfd.readouterr().out


def test_with_nobody_to_ask_nothing_is_deleted(
    root: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert mereq(root, "delete", names(root)[0]) == 2
    assert "--yes" in capfd.readouterr().err
    assert len(names(root)) == 3


def test_one_that_may_not_go_keeps_all_of_them(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    running = SessionFolder.create(root, "toy", datetime(2031, 1, 1, tzinfo=UTC))
    header = SessionHeader(config=CONFIG, fingerprint=take_fingerprint())
    with Recorder.create(running.recording, header):
        assert mereq(root, "delete", *names(root), "--yes") == 2
    assert f"{running.name} is being recorded" in capfd.readouterr().err
    assert len(names(root)) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "tuesday"), "wanted a day such as"),
        (("--task", "higway"), "did you mean 'highway'"),
        (("--method", "mreq"), "no method 'mreq'; known: mereq, "),
        (("--method", "mreq"), "did you mean 'mereq'"),
        (("tag", "nope", "a"), "no session 'nope'"),
        (("tag", "pusher", "two words"), "is no tag"),
        (("tag", "pusher"), "tag"),
        (("untag", "pusher", "never"), "has no tag 'never'; it has none"),
        (("annotate", "pusher", " "), "1 to 2000 characters"),
        (("annotate", "highway", "text"), "fits 2 sessions"),
        (("delete", "--yes"), "name a session"),
        (("delete", "/tmp", "--yes"), "does not lie in"),
        (("repair",), "name a session"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    root: Path, arguments: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert mereq(root, *arguments) == 2
    error = capfd.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert len(names(root)) == 3
