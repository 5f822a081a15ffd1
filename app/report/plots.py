"""The plots of one session, from its numbers."""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, pi, sin

from mereq_teleop.app.report.learning import Drive
from mereq_teleop.app.report.numbers import SessionNumbers
from mereq_teleop.app.report.svg import COLOURS, DASHES, GREY, INK, SERIES, Chart, Scale, mixed, number
from mereq_teleop.app.wording import percent
from mereq_teleop.sessions.places import HeatMap, Ruler
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.timeline import Share

__all__ = [
    "clock",
    "heat_plot",
    "latency_plot",
    "rate_plot",
    "rate_scale",
    "return_plot",
    "round_scale",
    "said_of",
    "samples_plot",
    "signed",
    "strip",
    "theta_plot",
]

Z = 1.96
_RAYS = 8
_STAR = tuple(
    ((2.5 if ray % 2 else 5.5) * sin(pi * ray / _RAYS), -(2.5 if ray % 2 else 5.5) * cos(pi * ray / _RAYS))
    for ray in range(2 * _RAYS)
)
"""Corners of the sign of a crash, as the windows have it (px)."""
MOST_BOXES = 3_000
"""More runs than this are drawn without words of their own: the page stays small."""


def said_of(share: Share) -> str:
    """A rate with its interval and what it was counted from."""
    if share.rate is None:
        return "no step"
    between = f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
    return f"{percent(share.rate)} [{between}], {share.human_steps} of {share.steps} steps by hand"


def strip(numbers: SessionNumbers) -> str:
    """Who had control at each step, with the rounds' ends below and the policies above."""
    steps = numbers.effort.steps
    chart = Chart(
        "who had control at each step of the session",
        Scale(0, steps, "control step of the session"),
        Scale(0, 3, marks=()),
        width=1180,
        height=112,
        left=8,
        grid=False,
    )
    chart.box((0, steps), (0.7, 2.1), COLOURS[Authority.POLICY], "the policy had control")
    shown = [run for run in numbers.runs if run.authority is not Authority.POLICY]
    for run in shown:
        words = f"{run.authority}: steps {run.start + 1} to {run.stop} ({run.stop - run.start}), round {run.round}"
        words += f", at {clock(run.time_s)}" + (f", {run.reason}" if run.reason else "")
        words += ", taken back" if run.retracted else ""
        colour = "#ffffff" if run.retracted else COLOURS[run.authority]
        outline = {True: COLOURS[Authority.HUMAN], False: GREY if run.authority is Authority.SAFE else ""}
        chart.box(
            (run.start, run.stop),
            (0.7, 2.1),
            colour,
            words if len(shown) <= MOST_BOXES else "",
            outline=outline[run.retracted],
        )
    for ended in numbers.rounds:
        if ended.over:
            chart.upright(ended.until, f"round {ended.round} ends", INK, width=0.9)
    for drive in numbers.drives:
        words = f"policy {drive.version}{': ' + drive.reason if drive.reason else ''}, from step {drive.since + 1}"
        low = chart.py(2.25)
        at = chart.px(drive.since)
        colour = SERIES[1] if drive.reason else SERIES[2]
        chart.parts.append(
            f'<path d="M{number(at)} {number(low)}l-4 -8h8z" fill="{colour}"><title>{words}</title></path>'
        )
    for step in numbers.crashed_at:
        points = " ".join(f"{number(chart.px(step) + x)},{number(chart.py(1.4) + y)}" for x, y in _STAR)
        told = f"<title>crashed in step {step}</title>"
        look = f'fill="{INK}" stroke="#ffffff" stroke-width="0.7"'
        chart.parts.append(f'<polygon points="{points}" {look}>{told}</polygon>')
    return chart.svg()


def signed(weight: float) -> str:
    """A weight with its sign: "+0.25"; never "-0.00"."""
    return f"{round(weight, 2) + 0.0:+.2f}"


def clock(seconds: float) -> str:
    """Time since the session's start: "1:02:03", "2:03", "0:03"."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def round_scale(last: int) -> Scale:
    """The axis of rounds up to a last one."""
    every = max(1, -(-last // 12))
    return Scale(0.5, last + 0.5, "round", marks=[(n, str(n)) for n in range(1, last + 1, every)])


def rate_scale(shares: Sequence[Share]) -> Scale:
    """The axis of rates: from 0 to where the highest interval ends, or a little above."""
    highest = max((share.high for share in shares if share.rate is not None), default=1.0)
    high = next(top for top in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if highest <= top + 1e-9)
    return Scale(0, high, "steps by hand", percent=True)


def rate_plot(numbers: SessionNumbers) -> str:
    """Intervention rate by round, with its 95 % interval."""
    colour = COLOURS[Authority.HUMAN]
    chart = Chart(
        "intervention rate by round",
        round_scale(numbers.rounds[-1].round),
        rate_scale([of.share for of in numbers.rounds]),
    )
    if numbers.delta is not None and not numbers.demonstrations:
        chart.level(numbers.delta, f"aligned under {100 * numbers.delta:g} %")
    known = [of for of in numbers.rounds if of.share.rate is not None]
    chart.line([(of.round, of.share.rate or 0.0) for of in known], colour)
    for of in known:
        chart.whisker(of.round, of.share.low, of.share.high, "#a35c00")
        title = f"round {of.round}{'' if of.over else ' (not over)'}: {said_of(of.share)}"
        chart.dot(of.round, of.share.rate or 0.0, colour, title, hollow=not of.over)
    return chart.svg()


def samples_plot(numbers: SessionNumbers) -> str:
    """Expert samples: human-controlled steps so far, over the session's steps."""
    runs = [run for run in numbers.runs if run.authority is Authority.HUMAN and not run.retracted]
    points, total = [(0.0, 0.0)], 0
    for run in runs:
        points += [(run.start, total), (run.stop, total + run.stop - run.start)]
        total += run.stop - run.start
    points.append((numbers.effort.steps, total))
    chart = Chart(
        "expert samples over the session",
        Scale(0, numbers.effort.steps, "control step of the session"),
        Scale(0, max(total, 1), "steps by hand so far"),
    )
    for drive in numbers.drives[1:]:
        chart.upright(drive.since, f"policy {drive.version}", "#b9c0c9", dash="2 3")
    chart.line(points, COLOURS[Authority.HUMAN], width=2.2)
    for ended in numbers.rounds:
        title = f"round {ended.round}: {ended.expert_samples} expert samples after {ended.until} steps"
        chart.dot(ended.until, ended.expert_samples, COLOURS[Authority.HUMAN], title, hollow=not ended.over)
    return chart.svg()


def heat_plot(heat: HeatMap) -> str:
    """Share of the steps in each cell that were by hand; rings where takeovers began."""
    x, y = heat.x, heat.y
    width, left, right, bottom, top = 480.0, 78.0 if heat.y.labels else 62.0, 18.0, 38.0, 8.0
    even_x, even_y = (_places(ruler) for ruler in (x, y))
    inner = width - left - right
    if heat.to_scale:
        tall = inner * (y.edges[-1] - y.edges[0]) / (x.edges[-1] - x.edges[0])
    else:
        tall = 54.0 * len(y.labels) if y.labels else 210.0
    chart = Chart(
        f"where people took over, {heat.title}",
        Scale(even_x[0], even_x[-1], _named(x), marks=_marks(x)),
        Scale(even_y[0], even_y[-1], _named(y), marks=_marks(y)),
        width=width,
        height=tall + top + bottom,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        grid=False,
    )
    chart.box((even_x[0], even_x[-1]), (even_y[0], even_y[-1]), "#f4f5f7")
    most = max(max(row) for row in heat.takeovers)
    rings = []
    for row, (below, above) in enumerate(pairwise(even_y)):
        for column, (before, after) in enumerate(pairwise(even_x)):
            steps, by_hand, began = (t[row][column] for t in (heat.steps, heat.human_steps, heat.takeovers))
            if steps:
                title = f"{by_hand} of {steps} steps by hand, {began} takeovers began"
                chart.box((before, after), (below, above), mixed(by_hand / steps), title, outline="#fff")
            if began:
                rings.append(((before + after) / 2, (below + above) / 2, began))
    cell = min(abs(chart.px(even_x[1]) - chart.px(even_x[0])), abs(chart.py(even_y[1]) - chart.py(even_y[0])))
    for at_x, at_y, began in rings:
        radius = 0.3 * min(cell, 26) * (0.3 + 0.7 * (began / most) ** 0.5)
        chart.dot(at_x, at_y, INK, f"{began} takeovers began here", radius=round(radius, 1))
    return chart.svg()


def _places(ruler: Ruler) -> Sequence[float]:
    """Where a ruler's borders are drawn: cells with names are equally wide."""
    return tuple(range(len(ruler.edges))) if ruler.labels else ruler.edges


def _marks(ruler: Ruler) -> Sequence[tuple[float, str]] | None:
    return [(at + 0.5, name) for at, name in enumerate(ruler.labels)] if ruler.labels else None


def _named(ruler: Ruler) -> str:
    return f"{ruler.name} ({ruler.unit})" if ruler.unit else ruler.name


def theta_plot(numbers: SessionNumbers) -> str:
    """theta of the driving policy over the session, with 1.96 deviations; dotted lines are what the expert wants."""
    told = [drive for drive in numbers.drives if drive.weights is not None]
    steps = numbers.effort.steps
    reach = max(
        [0.1]
        + [abs(t) + Z * d for drive in told for t, d in _pairs(drive)]
        + [abs(t) for t in numbers.true_theta or ()]
    )
    chart = Chart(
        "reward weights of the driving policy over the session",
        Scale(0, steps, "control step of the session"),
        Scale(-reach * 1.05, reach * 1.05, "weight"),
    )
    chart.level(0.0, dash="")
    for at, name in enumerate(numbers.feature_names):
        colour, dash = SERIES[at % len(SERIES)], DASHES[at % len(DASHES)]
        band, line = [], [(0.0, 0.0)]
        for drive, stop in _until(told, steps):
            theta, deviation = _pairs(drive)[at]
            line += [(drive.since, line[-1][1]), (drive.since, theta)]
            band += [(edge, theta - Z * deviation, theta + Z * deviation) for edge in (drive.since, stop)]
        if band and any(high > low for _, low, high in band):
            chart.band(band, colour)
        chart.line([*line, (steps, line[-1][1])], colour, dash=dash)
        if numbers.true_theta is not None:
            truth = numbers.true_theta[at]
            chart.line([(steps * 0.94, truth), (steps, truth)], colour, width=4)
        _theta_dots(chart, told, at, name, colour)
    return chart.svg()


def _theta_dots(chart: Chart, told: Sequence[Drive], at: int, name: str, colour: str) -> None:
    for drive in told:
        theta, deviation = _pairs(drive)[at]
        sure = f" ± {deviation:.2f}" if deviation else ""
        chart.dot(drive.since, theta, colour, f"policy {drive.version}: {name} {signed(theta)}{sure}", radius=2)


def _pairs(drive: Drive) -> list[tuple[float, float]]:
    """(weight, deviation) of each feature; a deviation of 0 where the method has none."""
    if drive.weights is None:
        return []
    theta = drive.weights.theta
    return list(zip(theta, drive.weights.deviation or (0.0,) * len(theta), strict=True))


def _until(told: Sequence[Drive], steps: int) -> list[tuple[Drive, int]]:
    return list(zip(told, [*(drive.since for drive in told[1:]), steps], strict=True))


def latency_plot(numbers: SessionNumbers) -> str:
    """Seconds from the end of a correction or round to its policy."""
    waits = [(drive, drive.latency_s) for drive in numbers.drives if drive.latency_s is not None]
    longest = max(seconds for _, seconds in waits)
    chart = Chart(
        "seconds from the end of a correction or round to its policy",
        Scale(0, numbers.effort.steps, "control step of the session"),
        Scale(0, longest * 1.08 or 1.0, "seconds"),
    )
    if numbers.latencies is not None:
        chart.level(numbers.latencies.median_s, "median")
    for drive, seconds in waits:
        title = f"policy {drive.version}, answer to {drive.cause}: {seconds:.2f} s"
        title += f", of which the learner worked {drive.learner_s:.2f} s" if drive.learner_s is not None else ""
        chart.dot(drive.since, seconds, SERIES[0], title)
    return chart.svg()


def return_plot(numbers: SessionNumbers) -> str:
    """True return of each policy, from where it came to drive."""
    measured = {of.hash: of.found for of in numbers.policies}
    told = [(drive, measured[drive.hash]) for drive in numbers.drives]
    returns = [found.return_true for _, found in told]
    room = 0.1 * (max(returns) - min(returns)) or 1.0
    steps = numbers.effort.steps
    chart = Chart(
        "true return of each policy that drove",
        Scale(0, steps, "control step of the session"),
        Scale(min(returns) - room, max(returns) + room, "true return"),
    )
    points: list[tuple[float, float]] = []
    for (drive, found), stop in zip(told, [*(drive.since for drive, _ in told[1:]), steps], strict=True):
        points += [(drive.since, found.return_true), (stop, found.return_true)]
    chart.line(points, SERIES[2])
    for drive, found in told:
        ends = "".join(
            f", {name} {100 * rate:.1f} %"
            for name, rate in (("crashes", found.crash_rate), ("successes", found.success_rate))
            if rate is not None
        )
        title = f"policy {drive.version}: true return {found.return_true:.2f}{ends}"
        chart.dot(drive.since, found.return_true, SERIES[2], title)
    return chart.svg()
