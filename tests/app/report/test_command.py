"""`mereq report` as a user calls it."""

import json
from pathlib import Path

import pytest

from mereq_teleop.app.cli import guarded, tools_with
from tests.app.report.test_numbers import learned
from tests.sessions.made import CONFIG, record

NAME = "20300102T030405Z-toy-aaaaaa"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "sessions" / NAME
    folder.mkdir(parents=True)
    record(folder / "session.mcap", learned())
    return folder.parent


def call(root: Path, *arguments: str) -> int:
    return guarded(tools_with, ["report", *arguments, "--sessions", str(root)])


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("error: ")
    return line


def test_a_page_is_written_and_its_numbers_printed(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "page.html"
    assert call(root, "last", "--output", str(output), "--json") == 0
    said = capsys.readouterr()
    (line,) = said.out.splitlines()
    (session,) = json.loads(line)["sessions"]
    assert (session["name"], session["effort"]["steps"]) == (NAME, 13)
    assert session["config"]["seed"] == CONFIG.seed
    assert NAME in output.read_text("utf-8")
    assert said.err.startswith(f"{output}: 1 session, ")


def test_a_session_named_twice_counts_once(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(root, "toy", "last", "--compare", "--json", "--output", str(tmp_path / "page.html")) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["sessions"]) == 1
    assert found["by"] == "session"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "name a session, or `last`"),
        (("nobody",), 2, "no session 'nobody' among the 1"),
        (("last", "--by", "methd", "--compare"), 2, "'methd'"),
        (("last", "--evaluate", "0"), 2, "--evaluate is 0"),
        (("last", "--evaluate", "5"), 2, "no env 'toy'"),
        (("last", "--by", "method"), 2, "--by method groups what is compared: add --compare"),
        (("last", "--output", "."), 2, "--output . is a folder"),
        (("last", "--output", "no/such/folder/page.html"), 1, "cannot write no/such/folder/page.html"),
    ],
)
def test_a_mistake_is_one_line(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    assert call(root, *arguments) == code
    assert words in complaint(capsys)


def test_a_session_in_which_nothing_happened_is_named(
    root: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    output = tmp_path / "page.html"
    recording = root / NAME / "session.mcap"
    recording.unlink()
    record(recording, learned()[:2])
    assert call(root, "last", "--output", str(output)) == 1
    assert f"{NAME}: there is nothing to report" in complaint(capsys)
    assert not output.exists()
    # Beside one that was driven it is left out, and said.
    other = root / "20300102T040405Z-toy-bbbbbb"
    other.mkdir()
    record(other / "session.mcap", learned())
    assert call(root, "aaaaaa", "bbbbbb", "--output", str(output)) == 0
    left_out, written = capsys.readouterr().err.splitlines()
    assert left_out.startswith(f"left out: {NAME}: there is nothing to report")
    assert written.startswith(f"{output}: 1 session, ")
