"""From words on a command line to a user's task: `module:attribute`, or the name of an installed entry point."""

import importlib
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any, Final

from mereq_teleop.envs.errors import BadTask, unknown

__all__ = ["GROUP", "attribute_of", "blamed", "installed", "is_reference", "reference_of"]

GROUP: Final = "mereq_teleop.tasks"
"""Group of the Python entry points that name tasks."""
_REFERENCE: Final = re.compile(r"(\w+(?:\.\w+)*):(\w+)")
_NAME: Final = re.compile(r"(\w+(?:\.\w+)*)\.(\w+)")


def installed() -> dict[str, str]:
    """Reference of each task that an installed package offers, by its entry point's name."""
    found: Sequence[EntryPoint] = tuple(entry_points(group=GROUP))
    return {point.name: point.value for point in found}


def is_reference(words: str) -> bool:
    """Whether they are `module:attribute`, and no file's path."""
    return _REFERENCE.fullmatch(words) is not None and not Path(words).exists()


def reference_of(name: str) -> str | None:
    """`module:attribute` of words that may name a user's task: that itself, a card's name (module.attribute), or an
    entry point's; None where they cannot.
    """
    if (found := _REFERENCE.fullmatch(name)) is None:
        if (value := installed().get(name)) is not None:
            return value
        found = _NAME.fullmatch(name)
    return f"{found[1]}:{found[2]}" if found else None


def attribute_of(reference: str) -> Any:
    """What `module:attribute` refers to; a module is looked for in the current folder too.

    Raises:
        BadTask: there is no such module or attribute, or the module raises an error; the message names the nearest.
    """
    name, _, attribute = reference.partition(":")
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        # At the end: nothing that is installed shall be hidden by a file that happens to lie here.
        sys.path.append(here)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise BadTask(f"{reference} cannot be imported: {blamed(error)}") from error
        raise BadTask(f"{reference}: {_no_module(error.name)}") from None
    except (Exception, SystemExit) as error:  # A user's module may raise anything.
        raise BadTask(f"{reference} cannot be imported: {blamed(error)}") from error
    own = Path(f"{name.replace('.', '/')}.py")
    if own.is_file() and (file := getattr(module, "__file__", None)) and not own.samefile(file):
        raise BadTask(f"{reference}: {own} is hidden by {file}, which has the same name: give yours another")
    if not hasattr(module, attribute):
        named = [known for known in vars(module) if not known.startswith("_")]
        raise BadTask(f"{reference}: {unknown(f'attribute of {name}', attribute, _own(module, named))}")
    return getattr(module, attribute)


def blamed(error: BaseException) -> str:
    """An error in one line, with the last place in a user's own file on the way to it."""
    told = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name} line {error.lineno}: {type(error).__name__}: {error.msg}"
    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__) if _is_users(frame)]
    return f"{Path(places[-1][0]).name} line {places[-1][1]}: {told}" if places else told


def _is_users(frame: FrameType) -> bool:
    name, path = str(frame.f_globals.get("__name__")), frame.f_code.co_filename
    return not name.startswith(("mereq_teleop.", "importlib")) and "site-packages" not in path and path[:1] != "<"


def _no_module(name: str) -> str:
    here = sorted(path.stem for path in Path.cwd().glob("*.py"))
    close = get_close_matches(name, here, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else f"; {Path.cwd()} has {', '.join(here[:8]) or 'no Python file'}"
    return f"no module {name!r} is installed, or in this folder{hint}"


def _own(module: Any, names: Sequence[str]) -> Sequence[str]:
    """The names that the module itself defines, if there are any."""
    defined = [name for name in names if getattr(vars(module)[name], "__module__", None) == module.__name__]
    return defined or names
