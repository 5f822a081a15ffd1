"""From a bench's cells to what its table and plots say."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from mereq_teleop.agents.evaluate import Evaluation
from mereq_teleop.agents.learner import METHODS, Method
from mereq_teleop.app.bench.results import CellResult, Reference, end_rates, rate_at_start
from mereq_teleop.app.bench.statistics import (
    Curve,
    Estimate,
    Scores,
    interquartile_mean,
    mean_curve,
    mean_of,
    median_samples,
    probability_of_improvement,
    step_curve,
)
from mereq_teleop.app.results import DELTAS, samples_to

__all__ = ["Comparison", "MethodSummary", "PairSummary", "Summary", "gained", "summarise"]

ENDS = ("crash", "success")
WHOLE_REWARD: tuple[Method, ...] = ("maxent", "maxent-ft")
"""Methods whose theta weighs the whole reward: the true weights of the residual reward are no truth for them."""


@dataclass(frozen=True)
class MethodSummary:
    """One method on one task and preference; means are over the cells that ran to their end."""

    method: Method
    cells: int
    failed: int
    reached: dict[float, int]
    """Cells whose rate fell under each delta; a failed one did not."""
    samples: dict[float, float]
    """Median expert samples to each delta; infinite where half of the cells did not get there."""
    rate: Estimate | None
    return_true: Estimate | None
    preferred: Estimate | None
    """How far true theta . f, mean a step, is on the way from the prior's, 0, to the expert's, 1."""
    ends: dict[str, Estimate]
    """Share of the episodes that ended early, by how: crash, success or both."""
    theta_error: Estimate | None
    """Euclidean distance to the true weights; None for methods without a residual reward."""
    theta: dict[str, Estimate]
    """Weights of the residual reward by feature; empty for methods without one."""
    update_s: float | None
    """Median of the updates that followed a takeover."""
    curve: Curve | None
    """Rate by the rule against expert samples."""


@dataclass(frozen=True)
class PairSummary:
    """One task and preference."""

    reference: Reference
    methods: tuple[MethodSummary, ...]


@dataclass(frozen=True)
class Comparison:
    """The methods over all tasks and preferences; scores are 0 for the prior's return and 1 for the expert's."""

    iqm: dict[str, Estimate]
    better: dict[tuple[str, str], Estimate]
    """Probability that a run of the first method has a higher return than one of the second."""
    runs: dict[str, int]
    """Seeds of each method that every task and preference has."""


@dataclass(frozen=True)
class Summary:
    """Everything."""

    pairs: tuple[PairSummary, ...]
    comparison: Comparison | None
    """None where no reference is there to measure against."""


def summarise(results: Sequence[CellResult], references: Sequence[Reference]) -> Summary:
    """Put the cells of each task, preference and method together, in the order of `METHODS`."""
    pairs = []
    for reference in references:
        here = [result for result in results if result.cell.pair == reference.pair]
        most = max((stage.expert_samples for result in here for stage in result.stages), default=0)
        grid = np.arange(max(most, 1) + 1.0)
        groups = ((method, [result for result in here if result.cell.method == method]) for method in METHODS)
        methods = tuple(_method(method, group, reference, grid) for method, group in groups if group)
        pairs.append(PairSummary(reference, methods))
    return Summary(tuple(pairs), _compare(results, references))


def _method(method: Method, results: Sequence[CellResult], reference: Reference, grid: np.ndarray) -> MethodSummary:
    ran = [result for result in results if result.stages]
    last = [result.stages[-1] for result in ran]
    ends = [stage.evaluation for stage in last if stage.evaluation is not None]
    reached = [samples_to(_path(result, reference)) for result in results]
    samples = {delta: [float("inf") if (at := by[delta]) is None else float(at) for by in reached] for delta in DELTAS}
    truth = np.array(list(reference.theta.values()))
    found = [stage.theta for stage in last if stage.theta is not None and method not in WHOLE_REWARD]
    seconds = [
        after.update_s
        for result in ran
        for samples_before, after in zip(
            (0, *(stage.expert_samples for stage in result.stages)), result.stages, strict=False
        )
        if after.expert_samples > samples_before
    ]
    by_feature = {name: mean_of([theta[name] for theta in found]) for name in reference.theta}
    return MethodSummary(
        method=method,
        cells=len(results),
        failed=len(results) - len(ran),
        reached={delta: int(np.isfinite(at).sum()) for delta, at in samples.items()},
        samples={delta: median_samples(at) for delta, at in samples.items()},
        rate=mean_of([stage.rule_rate for stage in last]),
        return_true=mean_of([end.return_true for end in ends]),
        preferred=_preferred(ends, reference),
        ends={how: estimate for how in ENDS if (estimate := mean_of(_rates(ends, how))) is not None},
        theta_error=mean_of([float(np.linalg.norm(np.array(list(theta.values())) - truth)) for theta in found]),
        theta={name: estimate for name, estimate in by_feature.items() if estimate is not None},
        update_s=median(seconds) if seconds else None,
        curve=_curve(ran, reference, grid),
    )


def _rates(ends: Sequence[Evaluation], how: str) -> list[float]:
    return [rates[how] for end in ends if how in (rates := end_rates(end))]


def _preferred(ends: Sequence[Evaluation], reference: Reference) -> Estimate | None:
    if reference.prior is None or reference.expert is None:
        return None
    prior, expert = (_wanted(of, reference) for of in (reference.prior, reference.expert))
    return mean_of([gained(_wanted(end, reference), prior, expert) for end in ends]) if prior != expert else None


def _wanted(of: Evaluation, reference: Reference) -> float:
    """True theta . f, mean a step."""
    return sum(weight * of.features[name] for name, weight in reference.theta.items())


def _path(result: CellResult, reference: Reference) -> list[tuple[int, float]]:
    """Expert samples and rate of each policy of a cell, the first one's too; nothing for a cell that failed."""
    start = rate_at_start(result, reference)
    first = [] if start is None or not result.stages else [(0, start)]
    return first + [(stage.expert_samples, stage.rule_rate) for stage in result.stages]


def _curve(ran: Sequence[CellResult], reference: Reference, grid: np.ndarray) -> Curve | None:
    paths = [path for result in ran if (path := _path(result, reference)) and path[0][0] == 0]
    if not paths:
        return None
    runs = [
        step_curve(grid, *([float(number) for number in column] for column in zip(*path, strict=True)))
        for path in paths
    ]
    return mean_curve(grid, np.array(runs))


def gained(found: float, prior: float, expert: float) -> float:
    """How far a return, or what is preferred, is on the way from the prior's, 0, to the expert's, 1."""
    return (found - prior) / (expert - prior)


def _compare(results: Sequence[CellResult], references: Sequence[Reference]) -> Comparison | None:
    """A failed cell leaves the prior to drive: its score is 0."""
    whole = {reference.pair: reference for reference in references if not reference.failure}
    scores: dict[str, dict[int, dict[str, float]]] = {}
    for result in results:
        reference = whole.get(result.cell.pair)
        if reference is None or reference.prior is None or reference.expert is None:
            continue
        end = result.stages[-1].evaluation if result.stages else None
        ends = (reference.prior.return_true, reference.expert.return_true)
        score = 0.0 if end is None else gained(end.return_true, *ends)
        scores.setdefault(result.cell.method, {}).setdefault(result.cell.seed, {})[result.cell.pair.name] = score
    if not whole:
        return None
    matrices: dict[str, Scores] = {}
    for method in METHODS:
        rows = [[by[pair.name] for pair in whole] for by in scores.get(method, {}).values() if len(by) == len(whole)]
        if rows:
            matrices[method] = np.array(rows)
    runs = {method: len(matrix) for method, matrix in matrices.items()}
    return Comparison(interquartile_mean(matrices), probability_of_improvement(matrices), runs)
