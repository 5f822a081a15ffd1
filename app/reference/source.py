"""What a class says of its fields: the docstrings below them, which Python itself forgets."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["FieldSource", "fields_of", "signature_of"]


@dataclass(frozen=True, slots=True)
class FieldSource:
    """One field of a class, as it is written."""

    name: str
    kind: str
    """Its annotation."""
    default: str
    """Empty where there is none."""
    said: str
    """The docstring below it; empty without one."""


def fields_of(owner: type) -> tuple[FieldSource, ...]:
    """The public annotated fields of a class of this package, those that it inherits first."""
    found: dict[str, FieldSource] = {}
    for base in reversed(owner.__mro__):
        if base.__module__.startswith("mereq_teleop."):
            found |= {field.name: field for field in _written(base)}
    return tuple(found.values())


def signature_of(function: Callable[..., object], name: str) -> str:
    """How a function is called, as it is written, `self` and `cls` left out."""
    node = _parsed(function)
    if not isinstance(node, ast.FunctionDef):
        raise TypeError(f"{name} is no function that can be shown")
    if node.args.args and node.args.args[0].arg in ("self", "cls"):
        del node.args.args[0]
    returned = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{name}({ast.unparse(node.args)}){returned}"


def _written(owner: type) -> list[FieldSource]:
    node = _parsed(owner)
    body = node.body if isinstance(node, ast.ClassDef) else []
    found = []
    for statement, below in zip(body, [*body[1:], None], strict=True):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        said = ""
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            said = inspect.cleandoc(str(below.value.value))
        default = ast.unparse(statement.value) if statement.value is not None else ""
        if not statement.target.id.startswith("_"):
            found.append(FieldSource(statement.target.id, ast.unparse(statement.annotation), default, said))
    return found


def _parsed(thing: type | Callable[..., object]) -> ast.stmt:
    return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]
