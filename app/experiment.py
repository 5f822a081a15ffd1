"""`mereq train`: the original's unattended experiment, as a session of ours with the simulated expert."""

import csv
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mereq_teleop.agents.learner import Method
from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.policyfile import facts_of, write_policy
from mereq_teleop.app.relearn import Source, kept_policy, read_sources
from mereq_teleop.sessions.folder import SessionFolder, sessions_in

__all__ = ["Switches", "experiment", "method_of", "numbers_of"]


@dataclass(frozen=True, kw_only=True)
class Switches:
    """The original's switches that choose a method."""

    random_policy: bool
    """-rp: do without the prior's reward."""
    continual: bool
    """-cl: fine-tune the prior."""
    pseudo_expert: bool
    """-eco: steps that the expert lets pass are the expert's too."""


METHODS: Final[Mapping[Switches, Method]] = {
    Switches(random_policy=False, continual=False, pseudo_expert=True): "mereq",
    Switches(random_policy=False, continual=False, pseudo_expert=False): "mereq-np",
    Switches(random_policy=True, continual=False, pseudo_expert=False): "maxent",
    Switches(random_policy=True, continual=True, pseudo_expert=False): "maxent-ft",
}


def method_of(switches: Switches) -> Method:
    """The method that the switches mean.

    Raises:
        Usage: they mean none; the message names the nearest ones.
    """
    if switches in METHODS:
        return METHODS[switches]
    if switches.continual and switches.pseudo_expert and not switches.random_policy:
        raise Usage("-cl -eco is no method: take -eco (mereq, from the prior) or -cl -rp (maxent-ft, fine-tuned)")
    if switches.continual and switches.pseudo_expert:
        raise Usage("-cl -rp -eco is no method: leave out -eco, and it is maxent-ft")
    if switches.continual:
        raise Usage("-cl alone is no method: take -cl -rp (maxent-ft, fine-tuned), or leave it out (mereq-np)")
    raise Usage("-rp -eco is no method: leave out -eco (maxent, from nothing) or -rp (mereq, from the prior)")


def experiment(folder: Path, arguments: Sequence[str], note: str = "") -> int:
    """Run `mereq-teleop` with these arguments, and gather what each round came to; returns its exit code.

    Args:
        folder: of the experiment; its session goes to `sessions/` in it.
        arguments: of `mereq-teleop`.
        note: what else to say of them before it begins.

    Raises:
        Usage: the folder is of another run.
        AppError: it cannot be written.
    """
    from mereq_teleop.app.cli import operate_with

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Usage(f"{folder} is there already: choose another name with -e, or another --out")
    line = [*arguments, "--sessions", str(folder / "sessions")]
    print("\n".join(filter(None, (f"this is: mereq-teleop {shlex.join(line)}", note))), file=sys.stderr)
    code = operate_with(line)
    sessions = sessions_in(folder / "sessions")
    if sessions:
        _gather(sessions[-1], folder)
    return code


def numbers_of(source: Source) -> list[dict[str, object]]:
    """What each round of a session came to: one row a round that was learned from, in order."""
    reports: dict[str, LearnerReport] = {report.cause: report for report in source.recording.reports}
    kept, rows = source.folder.kept_policies(), []
    for ended in source.recording.rounds:
        row: dict[str, object] = {
            "round": ended.round,
            "steps": ended.steps,
            "expert_steps": ended.human_steps,
            "intervention_rate": ended.human_steps / ended.steps if ended.steps else "",
        }
        if (report := reports.get(ended.id)) is not None:
            version = report.policy_version
            row |= {
                "policy": f"policies/round-{ended.round:02}.safetensors" if version in kept else "",
                "version": version,
                "loss": report.loss,
                "inner_steps": report.inner_steps,
                "gradient_steps": report.updates,
                "seconds": report.seconds,
            }
            if (weights := report.weights) is not None:
                of = {"theta": weights.theta, "feature_gap": report.feature_gap}
                for kind, values in of.items():
                    # A method that has no gap gives none.
                    named = zip(weights.feature_names, values, strict=False)
                    row |= {f"{kind}_{name}": value for name, value in named}
        rows.append(row)
    return rows


def _gather(session: SessionFolder, folder: Path) -> None:
    """Write rounds.csv, the policy of each round, and results.json beside the session."""
    (source,) = read_sources([session])
    rows = numbers_of(source)
    try:
        for row in rows:
            if path := row.get("policy"):
                policy = kept_policy(source, int(str(row["version"])))
                write_policy(policy, facts_of(policy), folder / str(path))
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with (folder / "rounds.csv").open("w", newline="") as file:
            table = csv.DictWriter(file, columns)
            table.writeheader()
            table.writerows(rows)
        if session.results.exists():
            shutil.copy(session.results, folder / "results.json")
    except OSError as error:
        raise AppError(f"cannot write {folder}: {error.strerror}; the session is kept in {session.path}") from None
