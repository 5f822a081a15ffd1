"""The page's tables about one session: its evaluation, its policies, what was said, how it was started."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from mereq_teleop.app.report.learning import Drive
from mereq_teleop.app.report.markup import card, table
from mereq_teleop.app.report.numbers import SessionNumbers
from mereq_teleop.app.report.plots import clock, signed
from mereq_teleop.app.results import EvaluationResult
from mereq_teleop.app.wording import percent

__all__ = ["evaluation_card", "happenings_table", "policies_table", "settings_table"]

_OF_A_POLICY: Final = re.compile(r"policy \d+: ")
"""Notes that the table of policies has already."""


def evaluation_card(numbers: SessionNumbers) -> str:
    """The last policy beside the first and the expert, as the session itself measured them."""
    found = numbers.evaluation
    if found is None:
        return ""
    policies = [("started from", found.prior), ("learned", found.policy), ("expert", found.expert)]
    known = [(name, of) for name, of in policies if of is not None]
    heads = ["", *(name for name, _ in known)]
    rows = [
        ["true return", *(f"{of.return_true:.2f}" for _, of in known)],
        ["crashes", *(_rate_of(of.crash_rate) for _, of in known)],
        ["successes", *(_rate_of(of.success_rate) for _, of in known)],
        ["intervention rate", *(_rate_of(of.intervention_rate) for _, of in known)],
    ]
    rows += [[name.replace("_", " "), *(_feature(of, name) for _, of in known)] for name in found.policy.features]
    words = "Episodes of common seeds; features are means over steps."
    shown = [row for row in rows if set(row[1:]) != {"-"}]
    return card("Evaluation", table(heads, shown), words, wide=not numbers.policies)


def _rate_of(rate: float | None) -> str:
    return "-" if rate is None else f"{100 * rate:.1f} %"


def _feature(of: EvaluationResult, name: str) -> str:
    return f"{of.features[name]:.3f}" if name in of.features else "-"


def policies_table(numbers: SessionNumbers) -> str:
    """Every turn at the wheel; the policies' measures beside it where they were asked for."""
    columns: dict[str, list[str]] = {name: [said(drive) for drive in numbers.drives] for name, said in _COLUMNS.items()}
    columns["why"] = [_why(drive) or ("" if at else "the first") for at, drive in enumerate(numbers.drives)]
    if numbers.policies:
        found = {of.hash: of.found for of in numbers.policies}
        measured = [found[drive.hash] for drive in numbers.drives]
        columns["true return"] = [f"{of.return_true:.2f}" for of in measured]
        rates = {"crashes": [of.crash_rate for of in measured], "successes": [of.success_rate for of in measured]}
        columns |= {
            ends: [_rate_of(rate) for rate in of] for ends, of in rates.items() if any(r is not None for r in of)
        }
    if any(drive.trial is not None for drive in numbers.drives):
        columns["failed its trial"] = [_trial(drive) for drive in numbers.drives]
    columns["theta"] = [_theta(numbers, drive) for drive in numbers.drives]
    told = table(tuple(columns), list(zip(*columns.values(), strict=True)), words=(1, len(columns) - 1))
    title = f"Policies: {len(numbers.drives)} turns at the wheel"
    if numbers.undriven:
        title += f", {len(numbers.undriven)} never drove (a newer one came first, or their trial went badly)"
    return f"<details open><summary>{title}</summary>{told}</details>"


def _trial(drive: Drive) -> str:
    """Share of a trial's episodes that failed, and the same of the prior."""
    trial = drive.trial
    return "-" if trial is None else f"{trial.failures:.0%} (prior {trial.prior_failures:.0%})"


def _why(drive: Drive) -> str:
    return drive.reason or drive.cause


def _by_hand(drive: Drive) -> str:
    share = drive.share
    return "-" if share.rate is None else f"{percent(share.rate)} [{100 * share.low:.0f}-{100 * share.high:.0f} %]"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f} s"


_COLUMNS: Final[Mapping[str, Callable[[Drive], str]]] = {
    "policy": lambda drive: f"{drive.version}",
    "why": _why,
    "since step": lambda drive: f"{drive.since + 1}",
    "at": lambda drive: clock(drive.time_s),
    "drove": lambda drive: f"{drive.share.steps}",
    "by hand [95 %]": _by_hand,
    "waited": lambda drive: _seconds(drive.latency_s),
    "learner": lambda drive: _seconds(drive.learner_s),
    "updates": lambda drive: "-" if drive.updates is None else f"{drive.updates}",
    "swap": lambda drive: f"{1e3 * drive.cost_s:.2f} ms",
}


def _theta(numbers: SessionNumbers, drive: Drive) -> str:
    theta = drive.weights.theta if drive.weights is not None else ()
    told = zip(numbers.feature_names, theta, strict=False)
    return ", ".join(f"{name.replace('_', ' ')} {signed(weight)}" for name, weight in told) or "-"


def happenings_table(numbers: SessionNumbers) -> str:
    """What was said and what went wrong."""
    kinds = {"safe": "held safe", "retraction": "taken back", "note": "note"}
    shown = [of for of in numbers.happenings if not _OF_A_POLICY.match(of.text)]
    rows = [(clock(of.first_s), kinds[of.kind], of.text, f"{of.times}") for of in shown]
    times = {kind: sum(of.times for of in shown if of.kind == kind) for kind in kinds}
    title = (
        f"Faults, warnings and notes: {times['safe']} times held safe, {times['retraction']} segments taken back, "
        f"{times['note']} notes"
    )
    told = table(("first at", "what", "", "times"), rows, words=(0, 1, 2)) if rows else ""
    return f"<details open><summary>{title}</summary>{told}</details>"


def settings_table(numbers: SessionNumbers) -> str:
    """How the session was started, and with which libraries."""
    config = numbers.config
    rows = [("command line", " ".join(config.command_line))]
    rows += [(name, f"{value}") for name, value in config.settings.items()]
    rows += [(name, version) for name, version in config.versions.items()]
    return f"<details><summary>Settings and versions</summary>{table(('', ''), rows, words=(0, 1))}</details>"
