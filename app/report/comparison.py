"""The page's part that compares groups of sessions."""

from collections.abc import Mapping, Sequence
from html import escape

from mereq_teleop.app.report.compare import By, GroupNumbers, TaskNumbers
from mereq_teleop.app.report.markup import card, key, table
from mereq_teleop.app.report.page import EFFORT, delta_key, heat_legend
from mereq_teleop.app.report.plots import heat_plot, rate_scale, round_scale, said_of, signed
from mereq_teleop.app.report.svg import DASHES, SERIES, Chart, Scale
from mereq_teleop.app.wording import percent

__all__ = ["comparison_part"]

Styles = Mapping[str, tuple[str, str]]
"""Colour and stroke of each group."""
MOST_DRAWN = 14
"""More groups than this cannot be told apart in a plot; the table has them all."""


def comparison_part(task: TaskNumbers, by: By, names: Sequence[str]) -> str:
    """Groups of one task, or of several tasks by task, as markup; `names` of all groups give them their colours."""
    styles = {name: (SERIES[at % len(SERIES)], DASHES[at % len(DASHES)]) for at, name in enumerate(names)}
    drawn = task.groups[:MOST_DRAWN]
    expert = f", expert {task.preference}" if task.preference else ""
    title = f"Task {task.task}{expert}: by {by}" if task.task else "By task"
    parts = [f'<h2 class="name">{escape(title)}</h2>']
    if len(drawn) < len(task.groups):
        parts.append(f'<p class="bad">{len(task.groups)} groups: the plots show the first {MOST_DRAWN}.</p>')
    caption = "Rates with their 95 % interval: over sessions where a group has several, over episodes where it has one."
    level = delta_key(task.delta)
    parts += [
        _key(drawn, styles),
        '<div class="cards">',
        card("Numbers", _table(task), _CAPTION, wide=True),
        card("Intervention rate by round", _rates(drawn, styles, task.delta) + level, caption),
        card(
            "Intervention rate by expert samples",
            _by_samples(drawn, styles, task.delta) + level,
            "One mark a round.",
        ),
    ]
    if task.feature_names and any(group.theta for group in drawn):
        words = "Last weights: a dot is a session, a stroke a group's mean."
        parts.append(card("Reward weights at the end", _weights(drawn, styles, task.feature_names), words))
    parts.append(card("Effort", _effort(drawn, styles), EFFORT))
    for group in drawn:
        for heat in group.maps:
            parts.append(card(f"Where: {heat.title}, {group.name}", heat_plot(heat) + heat_legend()))
    return "".join([*parts, "</div>"])


_CAPTION = (
    "Rate and steps over all rounds together; takeovers, switches, seconds, return and waiting are means over the "
    "sessions of a group (waiting: of their medians). True return: of the last policies that were evaluated."
)


def _key(groups: Sequence[GroupNumbers], styles: Styles) -> str:
    return key((group.name, *styles[group.name]) for group in groups)


def _table(task: TaskNumbers) -> str:
    columns: dict[str, list[str]] = {
        "": [group.name for group in task.groups],
        "sessions": [f"{len(group.sessions)}" for group in task.groups],
        "steps": [f"{group.steps}" for group in task.groups],
        "by hand": [f"{group.human_steps}" for group in task.groups],
        "rate": [percent(group.rate) for group in task.groups],
        "last round [95 %]": [_last(group) for group in task.groups],
        "takeovers": [f"{group.takeovers:.1f}" for group in task.groups],
        "switches": [f"{group.switches:.1f}" for group in task.groups],
        "seconds by hand": [_optional(group.seconds_by_hand, ".1f") for group in task.groups],
        "waiting (s)": [_optional(group.median_latency_s, ".2f") for group in task.groups],
    }
    # Tasks pay in coins of their own.
    if task.task:
        columns["return on effort"] = [f"{group.return_on_effort:.2f}" for group in task.groups]
        columns["true return"] = [_optional(group.return_true, ".2f") for group in task.groups]
    return table(tuple(columns), list(zip(*columns.values(), strict=True)))


def _optional(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"


def _last(group: GroupNumbers) -> str:
    last = group.rounds[-1].share
    return "-" if last.rate is None else f"{percent(last.rate)} [{100 * last.low:.0f}-{100 * last.high:.0f} %]"


def _rate_scale(groups: Sequence[GroupNumbers]) -> Scale:
    return rate_scale([of.share for group in groups for of in group.rounds])


def _rates(groups: Sequence[GroupNumbers], styles: Styles, delta: float | None) -> str:
    last = max(of.round for group in groups for of in group.rounds)
    chart = Chart("intervention rate by round", round_scale(last), _rate_scale(groups))
    if delta is not None:
        chart.level(delta, f"aligned under {100 * delta:g} %")
    for at, group in enumerate(groups):
        colour, dash = styles[group.name]
        # Beside each other, so that no interval hides another.
        shift = 0.5 * ((at + 0.5) / len(groups) - 0.5)
        known = [(of.round + shift, of) for of in group.rounds if of.share.rate is not None]
        chart.line([(x, of.share.rate or 0.0) for x, of in known], colour, dash=dash)
        for x, of in known:
            chart.whisker(x, of.share.low, of.share.high, colour)
            title = f"{group.name}, round {of.round}, {of.sessions} sessions: {said_of(of.share)}"
            chart.dot(x, of.share.rate or 0.0, colour, title)
    return chart.svg()


def _by_samples(groups: Sequence[GroupNumbers], styles: Styles, delta: float | None) -> str:
    most = max(of.samples for group in groups for of in group.rounds)
    chart = Chart(
        "intervention rate by expert samples",
        Scale(0, max(most, 1) * 1.03, "steps by hand up to the round's end"),
        _rate_scale(groups),
    )
    if delta is not None:
        chart.level(delta, f"aligned under {100 * delta:g} %")
    for group in groups:
        colour, dash = styles[group.name]
        known = [of for of in group.rounds if of.share.rate is not None]
        chart.line([(of.samples, of.share.rate or 0.0) for of in known], colour, dash=dash)
        for of in known:
            title = f"{group.name}, round {of.round}: {percent(of.share.rate)} after {of.samples:.0f} samples"
            chart.dot(of.samples, of.share.rate or 0.0, colour, title)
    return chart.svg()


def _weights(groups: Sequence[GroupNumbers], styles: Styles, names: Sequence[str]) -> str:
    reach = max([0.1] + [abs(weight) for group in groups for theta in group.theta for weight in theta]) * 1.1
    marks = [(at, name.replace("_", " ")) for at, name in enumerate(names)]
    chart = Chart(
        "reward weights at the end",
        Scale(-0.5, len(names) - 0.5, "", marks=marks),
        Scale(-reach, reach, "weight"),
    )
    chart.level(0.0, dash="")
    for at, group in enumerate(groups):
        colour, _ = styles[group.name]
        shift = 0.7 * ((at + 0.5) / len(groups) - 0.5)
        for feature, name in enumerate(names):
            found = [theta[feature] for theta in group.theta]
            for weight in found:
                chart.dot(feature + shift, weight, colour, f"{group.name}: {name} {signed(weight)}", radius=2.5)
            if found:
                mean = sum(found) / len(found)
                chart.line([(feature + shift - 0.04, mean), (feature + shift + 0.04, mean)], colour, width=3)
    return chart.svg()


def _effort(groups: Sequence[GroupNumbers], styles: Styles) -> str:
    """Takeovers of a session and steps by hand of a session, group by group."""
    rows = [(group, group.human_steps / len(group.sessions)) for group in groups]
    most = max([1.0, *(steps for _, steps in rows), *(group.takeovers for group in groups)])
    marks = [(len(rows) - 1 - at, "") for at in range(len(rows))]
    height = 44 + 30 * len(rows)
    chart = Chart(
        "effort by group",
        Scale(0, most * 1.12, "of a session: steps by hand (bar) and takeovers (dot)"),
        Scale(-0.5, len(rows) - 0.5, "", marks=marks),
        height=height,
        left=14,
        grid=False,
    )
    for at, (group, steps) in enumerate(rows):
        colour, _ = styles[group.name]
        row = len(rows) - 1 - at
        title = f"{group.name}: {steps:.1f} steps by hand, {group.takeovers:.1f} takeovers a session"
        chart.box((0, steps), (row - 0.32, row + 0.32), colour, title)
        chart.dot(group.takeovers, row, "#1b1f24", title, hollow=True)
        chart.words(steps, row, f"{steps:.0f}", dx=5, dy=4)
    return chart.svg()
