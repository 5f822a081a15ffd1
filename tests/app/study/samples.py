"""A small study, as a file."""

from pathlib import Path

from mereq_teleop.app.study.file import Study, read_study

__all__ = ["ANSWERS", "STUDY", "made", "written"]

STUDY = """
title = "Small"
participants = ["P1", "P2"]
seeds = [5]

[flags]
rounds = 1
steps-per-round = 8

[[start]]
title = "Welcome"
text = "Hello."

[[conditions]]
name = "blunt"
flags = { method = "mereq" }

[[conditions]]
name = "keen"
flags = { method = "mereq-np" }
text = "This one listens."

[[questions]]
id = "trust"
text = "I could trust it."

[[questions]]
id = "liked"
text = "Which did you like?"
kind = "choice"
choices = ["the first", "the second"]
at = "end"
"""

ANSWERS = """
[[answers]]
[answers.values]
"tlx.mental" = 40
"tlx.physical" = 5
"tlx.temporal" = 50
"tlx.performance" = 20
"tlx.effort" = 60
"tlx.frustration" = 10
trust = 5
liked = "the second"

[[answers]]
participant = "P2"
condition = "keen"
values = { "tlx.mental" = 100, trust = 2 }
"""


def written(folder: Path, text: str = STUDY, name: str = "small.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def made(folder: Path, *changes: tuple[str, str]) -> Study:
    """The study with some of its text replaced."""
    text = STUDY
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return read_study(written(folder, text))
