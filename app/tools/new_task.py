"""Begin a task of one's own."""

import keyword
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mereq_teleop.app.errors import AppError, Usage

__all__ = ["NewTask"]


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """Write a Python file with a task of your own, which runs as it is, into the current folder."""

    name: Annotated[str, tyro.conf.Positional]
    """Name of the module: NAME.py is written, and `mereq-teleop --env NAME:Task` drives it."""

    def run(self) -> int:
        """Write it, and say how to drive it."""
        from mereq_teleop.app.task_template import TEMPLATE

        name = self.name.removesuffix(".py")
        if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
            raise Usage(f"{self.name!r} is no name of a Python module: wanted letters, digits and _, such as my_task")
        if name in sys.stdlib_module_names or name == "mereq_teleop":
            raise Usage(f"{name!r} is a module of {'Python' if name != 'mereq_teleop' else 'ours'}: take another name")
        path = Path(f"{name}.py")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(TEMPLATE.replace("NAME", name))
        except FileExistsError:
            raise Usage(f"{path} exists: take another name, or move it away") from None
        except OSError as error:
            raise AppError(f"cannot write {path}: {error.strerror}") from None
        print(f"{path}: drive it with mereq-teleop --env {name}:Task")
        return 0
