"""The compiled simulator is keyed on all that it is compiled from."""

import ast
from pathlib import Path

from mereq_teleop.envs.batch import Batch
from mereq_teleop.envs.highway import kernels
from mereq_teleop.envs.highway.batch import HighwayBatch
from mereq_teleop.envs.highway.state import HighwayState

PACKAGE = "mereq_teleop.envs.highway."
FOLDER = Path(kernels.__file__).parent


def imported(module: str) -> set[str]:
    """Modules of the package that a module imports."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text())
    froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.removeprefix(PACKAGE) for name in froms if name.startswith(PACKAGE)}


def test_the_cache_is_keyed_on_every_module_that_the_kernels_reach() -> None:
    reached: set[str] = set()
    waiting = ["kernels"]
    while waiting:
        new = imported(waiting.pop()) - reached
        reached |= new
        waiting += new
    assert sorted(reached) == sorted(kernels._SOURCES)


def test_the_simulator_is_a_batch() -> None:
    batch: Batch[HighwayState] = HighwayBatch(1)
    assert batch.n == 1
