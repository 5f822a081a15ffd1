"""A bench's cells as a tidy CSV, and its summary as a table to read."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from mereq_teleop.agents.evaluate import Evaluation
from mereq_teleop.app.bench.plan import Settings
from mereq_teleop.app.bench.results import CellResult, Reference, Stage, end_rates, rate_at_start
from mereq_teleop.app.bench.statistics import Estimate
from mereq_teleop.app.bench.summary import Comparison, MethodSummary, PairSummary, Summary
from mereq_teleop.app.results import DELTAS
from mereq_teleop.app.wording import counted

__all__ = ["rows", "table", "write_csv", "write_table"]

NOTHING = "–"


def rows(results: Sequence[CellResult], references: Sequence[Reference]) -> Iterator[dict[str, object]]:
    """A row for each cell and policy, that of the start as round 0; a failed cell has one row with its message."""
    by_pair = {reference.pair: reference for reference in references}
    for result in results:
        cell, reference = result.cell, by_pair.get(result.cell.pair)
        who = {"task": cell.task, "preference": cell.preference, "method": cell.method, "seed": cell.seed}
        if result.failure:
            yield who | {"failure": result.failure}
            continue
        if reference is not None:
            start = {"round": 0, "expert_samples": 0, "rule_rate": rate_at_start(result, reference)}
            yield who | start | _evaluated(reference.prior if result.start_rate is None else None)
        for stage in result.stages:
            yield who | _stage(stage) | _evaluated(stage.evaluation)


def _stage(stage: Stage) -> dict[str, object]:
    row: dict[str, object] = {
        "round": stage.round,
        "expert_samples": stage.expert_samples,
        "observed_rate": stage.observed_rate,
        "rule_rate": stage.rule_rate,
        "update_s": round(stage.update_s, 4),
        "updates": stage.updates,
    }
    row |= {f"theta.{name}": weight for name, weight in (stage.theta or {}).items()}
    return row | {f"deviation.{name}": width for name, width in (stage.deviation or {}).items()}


def _evaluated(found: Evaluation | None) -> dict[str, object]:
    if found is None:
        return {}
    means: dict[str, object] = {"return_true": found.return_true, "episodes": found.episodes}
    means |= {f"{how}_rate": rate for how, rate in end_rates(found).items()}
    return means | {f"mean.{name}": mean for name, mean in found.features.items()}


def write_csv(path: Path, results: Sequence[CellResult], references: Sequence[Reference]) -> None:
    """`bench.csv`; what a row does not have is empty."""
    found = list(rows(results, references))
    first = ("task", "preference", "method", "seed", "round")
    names = [*first, *sorted({name for row in found for name in row} - set(first))]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(found)


def write_table(path: Path, summary: Summary, settings: Settings) -> None:
    """`table.md`."""
    path.write_text(table(summary, settings))


def table(summary: Summary, settings: Settings) -> str:
    """The whole page, in Markdown."""
    data = "demonstrations" if settings.demonstrations else "interventions"
    where = f", measured in {settings.test_env}" if settings.test_env else ""
    size = f"{counted(settings.rounds, 'round')} of {counted(settings.steps_per_round, 'step')}"
    lines = [
        f"# {size}, learning from {data} each {settings.update}{where}",
        "",
        "Means over seeds with 95 % bootstrap intervals. The rate is the share of 4,000 fresh steps at which the "
        "expert would be in control; samples are expert-controlled steps, median over seeds, where not reached "
        f"counts as infinite. Returns are true ones, over {settings.episodes:,} episodes; preferred is how far the "
        "mean of what the expert wants, theta . f, is on the way from the prior's (0) to the expert's (1). Cells that "
        "failed reached nothing and are left out of the means. Theta's error is the distance to the true residual "
        "weights; maxent's weights are those of a whole reward, mereq-instant's objective is "
        f"{settings.objective}; its seconds are those of its answer, which was refined in the background before it was "
        "measured. Intervals of fewer than about five seeds are too narrow.",
    ]
    for pair in summary.pairs:
        lines += ["", *_pair(pair)]
    if summary.comparison is not None and summary.comparison.iqm:
        lines += ["", *_comparison(summary.comparison)]
    return "\n".join(lines) + "\n"


def _pair(pair: PairSummary) -> Iterator[str]:
    reference = pair.reference
    yield f"## {reference.pair.task}: {reference.pair.preference}"
    yield ""
    to = " | ".join(f"{delta:.2f}" for delta in DELTAS)
    target = f"{min(DELTAS):.2f}"
    hows = ("crash", "success") if reference.termination == "either" else (reference.termination,)
    yield (
        f"| method | ever under {target} | samples to {to} | rate at the end | true return | preferred "
        f"| {' | '.join(f'{how} rate' for how in hows)} | theta's error | s an update | failed |"
    )
    yield "|" + "---|" * (8 + len(hows) + len(DELTAS))
    blanks = " | ".join([NOTHING] * len(DELTAS))
    for name, found, rate in (("prior", reference.prior, reference.prior_rate), ("expert", reference.expert, None)):
        measured = [_number(rate, 3)]
        measured += [_number(found.return_true if found else None, 2), NOTHING]
        measured += [_number(end_rates(found).get(how) if found else None, 3) for how in hows]
        measured += [NOTHING, NOTHING]
        yield f"| {name} | {NOTHING} | {blanks} | {' | '.join(measured)} | {reference.failure} |"
    for method in pair.methods:
        yield _row(method, hows)


def _row(of: MethodSummary, hows: Sequence[str]) -> str:
    samples = [f"{at:g}" if at < float("inf") else "not reached" for at in of.samples.values()]
    measured = [
        _estimate(of.rate, 3),
        _estimate(of.return_true, 2),
        _estimate(of.preferred, 2),
        *(_estimate(of.ends.get(how), 3) for how in hows),
        _estimate(of.theta_error, 2),
        _number(of.update_s, 2),
    ]
    reached = f"{of.reached[min(DELTAS)]} of {of.cells}"
    return f"| {of.method} | {reached} | {' | '.join(samples + measured)} | {of.failed} |"


def _comparison(found: Comparison) -> Iterator[str]:
    yield "## All tasks and preferences"
    yield ""
    yield (
        "Scores are true returns on the way from the prior's (0) to the expert's (1); a failed cell scores 0. The last "
        "columns say how probably a run of the row's method has a higher return than one of the column's (rliable)."
    )
    yield ""
    names = list(found.iqm)
    yield f"| method | seeds | interquartile mean of scores | {' | '.join(f'over {name}' for name in names)} |"
    yield "|" + "---|" * (3 + len(names))
    for name, iqm in found.iqm.items():
        duels = (_estimate(found.better.get((name, other)), 2) for other in names)
        yield f"| {name} | {found.runs[name]} | {_estimate(iqm, 2)} | {' | '.join(duels)} |"


def _number(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def _estimate(of: Estimate | None, digits: int) -> str:
    if of is None:
        return NOTHING
    return f"{of.value:.{digits}f} [{of.low:.{digits}f}, {of.high:.{digits}f}]"
