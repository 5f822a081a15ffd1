"""The house's own laws: sizes, names, and what each module offers."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "app", "envs", "sessions", "teleop")
MODULE_LINES = 350
FUNCTION_LINES = 60
SHUNNED = {"utils", "util", "common", "misc", "helpers", "manager"}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


EVERYTHING = sources(*ROOMS, "benchmarks", "examples", "tests")
NAMES = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in sources(*ROOMS)]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_module_is_longer_than_the_house_allows() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in EVERYTHING}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES} == {}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function; its docstring is free."""
    said = function.body[0] if ast.get_docstring(function) is not None else None
    free = 0 if said is None else (said.end_lineno or 0) - said.lineno + 1
    return (function.end_lineno or 0) - function.lineno + 1 - free


def test_no_function_is_longer_than_the_house_allows() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{function.name}": length(function)
        for path in EVERYTHING
        for function in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {part for path in EVERYTHING for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    assert parts.isdisjoint(SHUNNED)


def defines(path: Path) -> bool:
    """Whether a module has anything of its own to offer."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.ImportFrom)
    return any(isinstance(node, kinds) for node in ast.parse(path.read_text()).body)


def offered(module: ModuleType) -> list[str]:
    found = getattr(module, "__all__", None)
    assert found is not None, f"{module.__name__} has no __all__"
    return list(found)


def in_order(name: str) -> tuple[int, list[tuple[int, int | str]]]:
    """Ruff's RUF022: constants, then classes, then the rest, each with numbers read as numbers."""
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[0].isupper() else 2
    pieces = re.findall(r"\d+|\D+", name)
    return kind, [(0, int(piece)) if piece.isdigit() else (1, piece) for piece in pieces]


@pytest.mark.parametrize("name", NAMES)
def test_a_module_says_what_it_offers_and_has_it(name: str) -> None:
    module = importlib.import_module(f"mereq_teleop.{name}")
    assert module.__doc__, f"{name} has no docstring"
    assert module.__file__ is not None
    if not defines(Path(module.__file__)):
        return
    names = offered(module)
    assert names == sorted(set(names), key=in_order)
    assert [missing for missing in names if not hasattr(module, missing)] == []
    private = [given for given in names if given.startswith("_") and not given.startswith("__")]
    assert private == []
