"""`mereq bench`: run what is not finished, then write tables and plots of all that is."""

import sys
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from mereq_teleop.app.bench.folder import BenchFolder
from mereq_teleop.app.bench.plan import Cell, Pair, Plan, Settings
from mereq_teleop.app.bench.pool import knock, on_ray, on_this_machine
from mereq_teleop.app.bench.results import CellResult, Reference
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.progress import Bar
from mereq_teleop.app.wording import counted
from mereq_teleop.envs import card as card_of

__all__ = ["Perform", "bench", "run_cells"]


class Perform(Protocol):
    """What a worker does with a cell, or a preference whose prior and expert are measured."""

    def __call__(self, work: Cell | Pair, settings: Settings) -> CellResult | Reference:
        """Do it; what goes wrong stands in the result."""
        ...


def bench(plan: Plan, out: Path, *, jobs: int | None = None, ray: str | None = None) -> int:
    """Run the plan and write what it came to; returns the exit code: 1 if a cell failed.

    Raises:
        Usage: a library is missing, the folder holds something else, or there is no Ray cluster.
        AppError: the folder cannot be written.
    """
    # Cells import torch, plots matplotlib: neither before the folder is known to fit.
    for module in ("joblib", "matplotlib", "pandas", "rliable"):
        if find_spec(module) is None:
            raise Usage(f"mereq bench needs {module}: pip install 'mereq-teleop[bench]'")
    if ray is not None:
        knock(ray)
    folder = BenchFolder(out, plan)
    from mereq_teleop.app.bench.cell import perform

    prepare(plan)
    failures = run_cells(plan, folder, perform, jobs=jobs, ray=ray)
    from mereq_teleop.app.bench.plots import draw_all
    from mereq_teleop.app.bench.summary import summarise
    from mereq_teleop.app.bench.table import write_csv, write_table

    results, references = folder.results(), folder.measured()
    summary = summarise(results, references)
    write_csv(out / "bench.csv", results, references)
    write_table(out / "table.md", summary, plan.settings)
    draw_all(out, summary)
    print((out / "table.md").read_text())
    for failure in failures:
        print(failure, file=sys.stderr)
    return int(bool(failures))


def prepare(plan: Plan) -> None:
    """Learn what a Python prior decides, and train what mereq-instant needs, once and not in every worker.

    Raises:
        BadPolicy, NoPolicy: a task's prior cannot be read, or a user's own task has none.
        AppError: what was trained cannot be kept.
    """
    import torch

    from mereq_teleop.agents.foretelling import constants_of
    from mereq_teleop.agents.gaussian import GaussianPolicy
    from mereq_teleop.agents.library import default_library, ensure
    from mereq_teleop.agents.policy import Policy
    from mereq_teleop.agents.shipped import prior_of
    from mereq_teleop.app.foreign import reading_of

    torch.set_num_threads(1)
    reading, given = reading_of(None, None, None, trust_pickle=False), plan.settings.prior
    for task in dict.fromkeys(cell.task for cell in plan.cells):
        card = card_of(task)
        prior = prior_of(card, Path(given) if given else None, reading)
        if not any(cell.task == task and cell.method == "mereq-instant" for cell in plan.cells):
            continue
        assert isinstance(prior, Policy | GaussianPolicy)
        try:
            ensure(default_library(), prior, constants_of(prior), Bar("sweeps of mereq-instant's training"))
        except OSError as error:
            raise AppError(f"cannot write to {default_library()}: {error.strerror}") from None


def run_cells(
    plan: Plan, folder: BenchFolder, perform: Perform, *, jobs: int | None = None, ray: str | None = None
) -> list[str]:
    """Run what the folder lacks; returns a line for each failure. A cell that failed is tried again.

    Raises:
        Usage: there is no Ray cluster.
        AppError: a worker was killed, or the disk is full.
    """
    finished = {result.cell for result in folder.results() if not result.failure}
    measured = {reference.pair for reference in folder.measured() if not reference.failure}
    todo: list[Cell | Pair] = [pair for pair in plan.pairs if pair not in measured]
    todo += [cell for cell in plan.cells if cell not in finished]
    if not todo:
        return []
    failures = list[str]()
    with closing(_results(partial(perform, settings=plan.settings), todo, jobs, ray)) as results:
        progress = Bar("runs")
        cells = sum(isinstance(work, Cell) for work in todo)
        # A prior and its expert are measured once for all methods and seeds: a run that is no cell.
        progress(0, len(todo), f": {counted(cells, 'cell')}, {len(todo) - cells} x prior and expert")
        try:
            for done, result in enumerate(results, start=1):
                folder.keep(result)
                if result.failure:
                    failures.append(f"failed: {_name(result)}: {result.failure}")
                progress(done, len(todo), f", {len(failures)} failed" if failures else "")
        except KeyboardInterrupt:
            progress.break_off("what is finished is kept: the same command goes on from here")
            raise
        except AppError:
            progress.break_off()
            raise
    return failures


def _name(result: CellResult | Reference) -> str:
    return result.cell.name if isinstance(result, CellResult) else f"{result.pair.name} prior and expert"


def _results(
    perform: Callable[[Cell | Pair], CellResult | Reference], todo: list[Cell | Pair], jobs: int | None, ray: str | None
) -> Generator[CellResult | Reference, None, None]:
    return on_this_machine(perform, todo, jobs) if ray is None else on_ray(perform, todo, ray)
