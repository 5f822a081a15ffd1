"""The reference pages are what the code says."""

from pathlib import Path

import pytest

from mereq_teleop.agents.learner import METHODS
from mereq_teleop.app.reference.markdown import prose, table
from mereq_teleop.app.reference.pages import pages
from mereq_teleop.app.reference.source import fields_of
from mereq_teleop.app.tools.replay import Replay
from mereq_teleop.app.tools.table import TOOLS
from mereq_teleop.envs import cards

FOLDER = Path(__file__).parents[3] / "docs" / "reference"


def test_the_pages_in_docs_are_what_the_generator_writes() -> None:
    wanted = pages()
    assert {path.name for path in FOLDER.iterdir()} == set(wanted)
    stale = [name for name, text in wanted.items() if (FOLDER / name).read_text() != text]
    assert stale == [], "run `make reference`"


def test_every_command_task_and_method_is_there() -> None:
    made = pages()
    for name in TOOLS:
        assert f"\n## mereq {name}\n" in made["commands.md"]
    for card in cards():
        assert f"\n## {card.name}\n" in made["tasks.md"]
        for key in card.ids:
            assert f"| `{key}` |" in made["tasks.md"]
    for method in METHODS:
        assert f"\n| `{method}` |" in made["methods.md"]


def test_every_flag_says_what_it_means() -> None:
    section, silent = "", []
    for line in pages()["commands.md"].splitlines():
        section = line if line.startswith("## ") else section
        if line.startswith("| `--") and not line.rstrip(" |").split(" | ")[-1].endswith((".", ")", "`")):
            silent.append(f"{section}: {line}")
    assert silent == []


def test_fields_have_the_docstrings_below_them() -> None:
    by_name = {field.name: field for field in fields_of(Replay)}
    assert by_name["step"].said == "Begin before this control step of the session, counted from 0, at rest."
    assert by_name["step"].default == "None"


def test_a_table_keeps_its_cells_apart_and_drops_empty_columns() -> None:
    assert table(("a", "b", "c"), [("x | y", "", "1\n2")]) == "| a | c |\n| --- | --- |\n| x \\| y | 1 2 |\n"
    assert table(("a",), []) == ""


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Does it.", "Does it."),
        (
            "Does it.\n\n    Raises:\n        A: why\n            and so on.\n        B: not.",
            "- A: why\n  and so on.\n- B: not.",
        ),
    ],
)
def test_sections_of_docstrings_become_lists(said: str, shown: str) -> None:
    assert prose(said).endswith(shown)
