"""Cells that cost nothing, and whose every number is known.

Run as `python -m tests.app.bench.made FOLDER` it is a bench of six slow cells, to be killed.
"""

import os
import sys
import time
from pathlib import Path

from mereq_teleop.agents.evaluate import Evaluation
from mereq_teleop.app.bench.folder import BenchFolder
from mereq_teleop.app.bench.plan import Cell, Pair, Plan, Settings, make_plan
from mereq_teleop.app.bench.results import CellResult, Reference, Stage
from mereq_teleop.app.bench.run import run_cells

PAIR = Pair(task="highway", preference="right-lane")
TRUTH = {"collision": 0.0, "right_lane": 0.5, "high_speed": 0.0}


def plan(seeds: str = "2", rounds: int = 3) -> Plan:
    return make_plan(
        Settings(rounds=rounds),
        methods=("mereq", "hg-dagger-ft"),
        tasks=("highway",),
        preferences=("right-lane",),
        seeds=seeds,
    )


def evaluation(return_true: float, crash_rate: float = 0.01) -> Evaluation:
    return Evaluation(
        return_true=return_true,
        crash_rate=crash_rate,
        success_rate=None,
        intervention_rate=None,
        features={"collision": 0.0, "right_lane": return_true / 100, "high_speed": 0.7},
        episodes=10,
        steps=400,
    )


def stage(round_: int, samples: int, rate: float, return_true: float, theta: float | None = 0.4) -> Stage:
    return Stage(
        round=round_,
        expert_samples=samples,
        observed_rate=0.2,
        rule_rate=rate,
        theta=None if theta is None else {**TRUTH, "right_lane": theta},
        deviation=None,
        update_s=0.5,
        updates=30,
        evaluation=evaluation(return_true),
    )


def reference() -> Reference:
    return Reference(
        pair=PAIR,
        termination="crash",
        theta=TRUTH,
        prior=evaluation(60.0),
        prior_rate=0.14,
        expert=evaluation(65.0),
    )


def result(cell: Cell) -> CellResult:
    """mereq ends at 64 + seed / 10, the other at 62, and knows no theta."""
    known = cell.method == "mereq"
    end = 64.0 + cell.seed / 10 if known else 62.0
    stages = (
        stage(1, 20, 0.08, 61.0, 0.3 if known else None),
        stage(2, 30 + cell.seed, 0.04, end, 0.4 if known else None),
    )
    return CellResult(cell=cell, stages=stages)


def perform(work: Cell | Pair, settings: Settings) -> CellResult | Reference:
    return reference() if isinstance(work, Pair) else result(work)


def perform_slowly(work: Cell | Pair, settings: Settings) -> CellResult | Reference:
    time.sleep(0.3)
    return perform(work, settings)


def perform_badly(work: Cell | Pair, settings: Settings) -> CellResult | Reference:
    if isinstance(work, Cell) and work.seed == 1 and work.method == "mereq":
        return CellResult(cell=work, failure="ValueError: no road")
    return perform(work, settings)


def die(work: Cell | Pair, settings: Settings) -> CellResult | Reference:
    os._exit(9)


if __name__ == "__main__":
    slow = plan("3")
    run_cells(slow, BenchFolder(Path(sys.argv[1]), slow), perform_slowly, jobs=2)
