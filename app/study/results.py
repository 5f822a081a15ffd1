"""What a study came to: one tidy table, and one page."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Final

from mereq_teleop.app.errors import AppError
from mereq_teleop.app.report.compare import compared
from mereq_teleop.app.report.markup import card, table
from mereq_teleop.app.report.numbers import SessionNumbers, read_numbers
from mereq_teleop.app.report.write import ReportNumbers, page_of
from mereq_teleop.app.results import Results, read_results
from mereq_teleop.app.study.file import Study
from mereq_teleop.app.study.log import Answer, Event
from mereq_teleop.app.study.plan import Drive
from mereq_teleop.app.study.progress import Progress, progress_of
from mereq_teleop.app.study.questionnaire import TLX, Scale, items_of, raw_tlx
from mereq_teleop.sessions.folder import SessionFolder

__all__ = ["FIRST", "Driven", "asked_part", "drives_in", "rows", "write_results"]

FIRST: Final = ("participant", "condition", "position", "run", "seed", "round")
"""The columns that name a row."""


class Driven:
    """One session that counts, and whose it was."""

    def __init__(self, who: Progress, drive: Drive, position: int, folder: SessionFolder) -> None:
        """Read it.

        Raises:
            SessionError: the recording can't be read.
            AppError: nothing was recorded.
        """
        self.participant = who.participant
        self.drive = drive
        self.position = position
        """Of its condition among those that the participant has driven, from 1."""
        self.numbers: SessionNumbers = read_numbers(folder)
        self.results: Results | None = read_results(folder)
        self.answers = _answers(who, f"questions-{self.condition}") | {
            f"end.{name}": answer for name, answer in _answers(who, "questions").items()
        }
        """After its condition, and at the end."""

    @property
    def condition(self) -> str:
        """Name of its condition."""
        assert self.drive.condition is not None
        return self.drive.condition.name


def drives_in(study: Study, root: Path, events: Sequence[Event]) -> tuple[Driven, ...]:
    """Every session that counts, in the order of participants and then of driving.

    Raises:
        SessionError: a recording can't be read.
        AppError: nothing was recorded in one.
    """
    found = []
    for name in study.participants:
        progress, positions = progress_of(study, name, events), dict[str, int]()
        for drive, done in progress.drives:
            assert drive.condition is not None
            position = positions.setdefault(drive.condition.name, len(positions) + 1)
            found.append(Driven(progress, drive, position, SessionFolder(root / done.session)))
    return tuple(found)


def rows(found: Sequence[Driven]) -> Iterator[dict[str, object]]:
    """A row for each round that was driven to its end; what is known of a session stands in each of its rows."""
    for of in found:
        config, effort = of.numbers.config, of.numbers.effort
        told = {round_.round: round_ for round_ in of.results.rounds} if of.results is not None else {}
        whole: dict[str, object] = {
            "session": of.numbers.name,
            "task": config.task,
            "method": config.method,
            "device": config.device,
            "session_policies": len({drive.version for drive in of.numbers.drives}),
            "session_duration_s": round(effort.duration_s, 3),
            "session_paused_s": round(effort.paused_s, 3),
            "session_takeovers": effort.takeovers,
            "session_switches": effort.switches,
            "session_retracted_steps": effort.retracted_steps,
            "session_return_on_effort": effort.return_on_effort,
        }
        asked: dict[str, object] = {"tlx.raw": raw_tlx(of.answers), **of.answers}
        for round_ in of.numbers.rounds:
            if not round_.over:
                continue
            share, learned = round_.share, told.get(round_.round)
            yield {
                "participant": of.participant,
                "condition": of.condition,
                "position": of.position,
                "run": of.drive.run,
                "seed": of.drive.seed,
                "round": round_.round,
                "steps": share.steps,
                "human_steps": share.human_steps,
                "intervention_rate": share.rate,
                "rate_low": share.low,
                "rate_high": share.high,
                "takeovers": len(share.takeovers),
                "expert_samples": round_.expert_samples,
                "seconds_to_policy": learned.seconds_to_policy if learned is not None else None,
                **{f"theta.{name}": weight for name, weight in ((learned and learned.theta) or {}).items()},
                **whole,
                **asked,
            }


def write_results(study: Study, folder: Path, root: Path, events: Sequence[Event]) -> tuple[Path, Path]:
    """Write study.csv and report.html of all that was driven so far; where they are.

    Raises:
        SessionError: a recording can't be read.
        AppError: nobody has driven yet, or a file can't be written.
    """
    found = drives_in(study, root, events)
    if not found:
        raise AppError("there are no results yet: nobody has finished a drive that counts")
    sessions = tuple(of.numbers for of in found)
    numbers = ReportNumbers(sessions=sessions, comparison=compared(sessions, "condition"), by="condition")
    table_, page = folder / "study.csv", folder / "report.html"
    try:
        _write_csv(table_, list(rows(found)))
        page.write_text(page_of(numbers, asked_part(study, found)), "utf-8")
    except OSError as error:
        raise AppError(f"cannot write the results to {folder}: {error.strerror}") from None
    return table_, page


def asked_part(study: Study, found: Sequence[Driven]) -> str:
    """The page's part about the questionnaires: means and their spread over participants, counts of choices."""
    names = [condition.name for condition in study.conditions]
    after = [question for question in study.questions if question.at == "condition"]
    items = items_of(study.tlx, after)
    # One questionnaire a condition, however many drives it has.
    each = {(of.participant, of.condition): of.answers for of in found}
    lines = []
    for item in items:
        words = (item.title if isinstance(item, Scale) else "") or item.text
        cells = [_told([a[item.id] for (_, c), a in each.items() if c == name and item.id in a]) for name in names]
        lines.append((words, *cells))
    if study.tlx:
        raw = {who: raw_tlx(answers) for who, answers in each.items()}
        cells = [_told([mean for (_, c), mean in raw.items() if c == name and mean is not None]) for name in names]
        lines.insert(len(TLX), ("NASA-TLX, raw", *cells))
    last = {of.participant: of.answers for of in found}
    end = [
        (item.text, _told([a[f"end.{item.id}"] for a in last.values() if f"end.{item.id}" in a]))
        for item in items_of(False, [question for question in study.questions if question.at == "end"])
    ]
    caption = "Mean (standard deviation) over participants, n of them; choices with how often each was taken."
    parts = [card("Questionnaire by condition", table(("", *names), lines), caption, wide=True)] if lines else []
    parts += [card("At the end", table(("", "all participants"), end, (0, 1)), "", wide=True)] if end else []
    return f'<div class="cards">{"".join(parts)}</div>' if parts else ""


def _told(answers: Sequence[Answer | float]) -> str:
    numbers = [answer for answer in answers if not isinstance(answer, str)]
    if not answers:
        return "-"
    if len(numbers) < len(answers):
        return ", ".join(f"{answer}: {answers.count(answer)}" for answer in dict.fromkeys(answers))
    spread = f" ({stdev(numbers):.1f})" if len(numbers) > 1 else ""
    return f"{fmean(numbers):.1f}{spread}, n {len(numbers)}"


def _answers(who: Progress, step: str) -> dict[str, Answer]:
    done = who.done.get(step)
    return dict(done.answers) if done is not None else {}


def _write_csv(path: Path, found: Sequence[dict[str, object]]) -> None:
    """What a row does not have is empty."""
    names = list(dict.fromkeys((*FIRST, *(name for row in found for name in row))))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(found)
