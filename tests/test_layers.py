"""Who may import whom, read from the source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "envs": {"envs"},
    "sessions": {"envs", "sessions"},
    "agents": {"envs", "sessions", "agents"},
    "teleop": {"envs", "sessions", "teleop"},
    "app": {"envs", "sessions", "agents", "teleop", "app"},
}
"""Rooms that each room may import: envs <- sessions <- {agents, teleop} <- app."""
FORBIDDEN = {"agents": {"zmq", "pygame"}, "teleop": {"torch"}, "sessions": {"torch", "zmq", "pygame"}}
HEAVY = ("torch", "numba", "pygame", "zmq", "gymnasium")


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module, or name of one, that a file imports, however deep in a function; dotted."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; the house names its modules in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def loaded_after(statement: str) -> set[str]:
    """The top-level modules of a fresh process that ran one statement."""
    script = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imported(path)
        if name.startswith("mereq_teleop.")
        and name.split(".")[1] in ALLOWED
        and name.split(".")[1] not in ALLOWED[room]
    ]
    assert wrong == []


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_does_without_the_libraries_of_others(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imported(path)
        if name.partition(".")[0] in FORBIDDEN[room]
    ]
    assert wrong == []


def test_rooms_are_imported_by_their_full_names() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(*ALLOWED, "tests", "benchmarks", "examples", "src")
        for name in imported(path)
        if name.partition(".")[0] in ALLOWED
    ]
    assert wrong == []


def test_the_command_line_is_read_before_anything_heavy_is_imported() -> None:
    assert loaded_after("import mereq_teleop.app.cli").isdisjoint(HEAVY)


def test_the_actors_side_never_imports_torch() -> None:
    loaded = loaded_after("import mereq_teleop.app.operate, mereq_teleop.app.operator_view, mereq_teleop.app.replay")
    assert "numba" in loaded
    assert "torch" not in loaded
