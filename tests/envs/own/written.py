"""Modules that a user may have written, each under a name of its own: a process imports a module once."""

from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest

__all__ = ["CARTPOLE", "write"]

_NUMBERS = count()

CARTPOLE = """
from mereq_teleop.envs import Feature, Preference, Task

class CartPole(Task):
    \"\"\"Balance a pole.\"\"\"
    env = "CartPole-v1"
    actions = ("left", "right")
    features = (Feature(name="tilt", unit="rad", meaning="angle"), Feature(name="off", unit="m", meaning="position"))
    preferences = (Preference(name="calm", theta=(-1.0, 0.0)),)
    def measure(self, moment):
        return abs(moment.after[2]), moment.after[0]
"""


def write(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> str:
    """Write a module into the folder, which becomes the current one; its name."""
    name = f"written_{next(_NUMBERS)}"
    (folder / f"{name}.py").write_text(dedent(source))
    monkeypatch.chdir(folder)
    return name
