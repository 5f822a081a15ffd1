"""A bench's plots: one colour a method everywhere, intervals wherever there is chance."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from mereq_teleop.agents.evaluate import Evaluation
from mereq_teleop.agents.learner import METHODS, Method
from mereq_teleop.app.bench.results import end_rates
from mereq_teleop.app.bench.statistics import Estimate
from mereq_teleop.app.bench.summary import Comparison, MethodSummary, PairSummary, Summary
from mereq_teleop.app.results import DELTAS

__all__ = ["COLOURS", "draw_all"]

# Okabe and Ito's colours, told apart by colour-blind readers too; the pale yellow is left out.
COLOURS: dict[Method, str] = dict(
    zip(METHODS, ("#0072B2", "#56B4E9", "#000000", "#D55E00", "#E69F00", "#009E73", "#CC79A7"), strict=True)
)
"""Colour of each method in every plot."""
GREY = "#666666"
WIDTH_IN = 4.2
HEIGHT_IN = 3.2
LEGEND_IN = 1.3
COLUMNS = 2
DOTS = 150
RATE_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def draw_all(out: Path, summary: Summary) -> list[Path]:
    """Write every plot that there is something to see of; returns the files."""
    pairs = [pair for pair in summary.pairs if pair.methods]
    if not pairs:
        return []
    figures = {
        "rate.png": _by_pair(pairs, _rate),
        "return.png": _by_pair(pairs, _returns),
        "termination.png": _by_pair(pairs, _terminations),
        "theta.png": _by_pair(pairs, _theta),
    }
    if summary.comparison is not None and len(summary.comparison.iqm) > 1:
        figures["improvement.png"] = _improvement(summary.comparison)
    for name, figure in figures.items():
        FigureCanvasAgg(figure)
        figure.savefig(out / name, dpi=DOTS)
    return [out / name for name in figures]


def _by_pair(pairs: Sequence[PairSummary], draw: Callable[[Axes, PairSummary], None]) -> Figure:
    """A panel for each task and preference, with one legend of the methods."""
    columns = min(len(pairs), COLUMNS)
    rows = -(-len(pairs) // columns)
    figure = Figure(figsize=(WIDTH_IN * columns, HEIGHT_IN * rows + 0.4), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for spare in panels[len(pairs) :]:
        spare.remove()
    for axes, pair in zip(panels, pairs, strict=False):
        draw(axes, pair)
        axes.set_title(f"{pair.reference.pair.task}: {pair.reference.pair.preference}", fontsize=10, loc="left", pad=16)
        axes.spines[["top", "right"]].set_visible(False)
    entries = {
        label: line for axes in figure.axes for line, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if entries:
        figure.set_figwidth(figure.get_figwidth() + LEGEND_IN)
        figure.legend(entries.values(), entries.keys(), loc="outside right upper", frameon=False, fontsize=8)
    return figure


def _rate(axes: Axes, pair: PairSummary) -> None:
    """Rate by the rule against expert samples, each seed a staircase."""
    for of in pair.methods:
        if (curve := of.curve) is None:
            continue
        colour = COLOURS[of.method]
        axes.plot(curve.at, curve.value, color=colour, lw=1.6, drawstyle="steps-post", label=of.method)
        axes.fill_between(curve.at, curve.low, curve.high, color=colour, alpha=0.15, lw=0, step="post")
    for delta in DELTAS:
        axes.axhline(delta, color=GREY, lw=0.6, ls=":")
    # What matters happens near delta: a line at 0.04 must be told from one at 0.06.
    axes.set(yscale="log", ylim=(0.01, 1.0), xlim=(0, None))
    axes.set_yticks(RATE_TICKS, [f"{rate:g}" for rate in RATE_TICKS])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="expert samples (steps)", ylabel="intervention rate by the rule")


def _returns(axes: Axes, pair: PairSummary) -> None:
    _by_method(axes, pair, lambda of: of.return_true)
    _levels(axes, pair, lambda found: found.return_true)
    axes.set_xlabel("true return an episode")


def _terminations(axes: Axes, pair: PairSummary) -> None:
    how = "success" if pair.reference.termination == "success" else "crash"
    _by_method(axes, pair, lambda of: of.ends.get(how))
    _levels(axes, pair, lambda found: end_rates(found).get(how, 0.0))
    axes.set_xlabel(f"{how} rate")
    axes.set_xlim(left=0)


def _by_method(axes: Axes, pair: PairSummary, measure: Callable[[MethodSummary], Estimate | None]) -> None:
    """A line for each method, the first on top."""
    for row, of in enumerate(pair.methods):
        if (found := measure(of)) is not None:
            _bar(axes, found, row, COLOURS[of.method])
    axes.set_yticks(range(len(pair.methods)), [of.method for of in pair.methods])
    axes.set_ylim(len(pair.methods) - 0.5, -0.5)


def _bar(axes: Axes, of: Estimate, row: float, colour: str, label: str | None = None) -> None:
    axes.plot([of.low, of.high], [row, row], color=colour, lw=2.5, alpha=0.5, solid_capstyle="butt")
    axes.plot(of.value, row, "o", color=colour, ms=5, label=label)


def _levels(axes: Axes, pair: PairSummary, measure: Callable[[Evaluation], float]) -> None:
    """Where the prior and the expert are: their names above the panel, away from each other."""
    ends = {"prior": pair.reference.prior, "expert": pair.reference.expert}
    levels = sorted((measure(found), name) for name, found in ends.items() if found is not None)
    for (level, name), side in zip(levels, ("right", "left"), strict=False):
        axes.axvline(level, color=GREY, lw=1, ls=":")
        axes.text(level, 1.01, name, transform=axes.get_xaxis_transform(), ha=side, color=GREY, fontsize=8)


def _theta(axes: Axes, pair: PairSummary) -> None:
    """The weights by feature, with the truth as a stroke."""
    known = [of for of in pair.methods if of.theta]
    names = list(pair.reference.theta)
    for at, of in enumerate(known):
        shift = 0.6 * ((at + 0.5) / len(known) - 0.5)
        for row, name in enumerate(names):
            _bar(axes, of.theta[name], row + shift, COLOURS[of.method], of.method if row == 0 else None)
    for row, name in enumerate(names):
        truth = pair.reference.theta[name]
        axes.plot([truth] * 2, [row - 0.4, row + 0.4], color=GREY, lw=1.2, label="truth" if row == 0 else None)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel("weight")


def _improvement(found: Comparison) -> Figure:
    """How probably each row's method has a higher return than each column's."""
    names = list(found.iqm)
    size = 1.6 + 0.95 * len(names)
    figure = Figure(figsize=(size + 0.8, size), layout="constrained")
    axes = figure.subplots()
    chances = np.full((len(names), len(names)), np.nan)
    for (one, other), chance in found.better.items():
        row, column = names.index(one), names.index(other)
        chances[row, column] = chance.value
        text = f"{chance.value:.2f}\n[{chance.low:.2f}, {chance.high:.2f}]"
        axes.text(column, row, text, ha="center", va="center", fontsize=7)
    # Orange to purple through white, and never so dark that black cannot be read on it.
    axes.imshow(chances, cmap="PuOr", vmin=-0.7, vmax=1.7)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_title("chance of a higher return\nthan the column's method", fontsize=9, loc="left")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
