"""What is said while a command goes on ends with a whole line, on a terminal and in a file."""

import sys

import pytest

from mereq_teleop.app.progress import Bar


@pytest.mark.parametrize(("terminal", "said"), [(False, "it is kept\n"), (True, "; it is kept\n")])
def test_what_is_broken_off_says_why(
    terminal: bool, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    bar = Bar("runs")
    bar(0, 3)
    begun = capsys.readouterr().err
    assert begun.endswith("\x1b[K" if terminal else "0 of 3 runs\n")
    bar.break_off("it is kept")
    assert capsys.readouterr().err == said
    bar.break_off()
    assert capsys.readouterr().err == ("\n" if terminal else "")
