"""`mereq study`: from a file and what was asked for to pages, sessions, a table and a report."""

from collections.abc import Sequence
from pathlib import Path

from mereq_teleop.app.errors import Usage
from mereq_teleop.app.study.answers import read_answers
from mereq_teleop.app.study.check import whole
from mereq_teleop.app.study.file import Study
from mereq_teleop.app.study.hosts import Host, Person, Unattended
from mereq_teleop.app.study.log import Event, StudyLog, read_log
from mereq_teleop.app.study.opening import agreed, open_study
from mereq_teleop.app.study.progress import progress_of, status_lines
from mereq_teleop.app.study.results import write_results
from mereq_teleop.app.study.run import Setting, say, take_part
from mereq_teleop.envs.errors import unknown

__all__ = ["conduct", "show_status", "write_so_far"]

LOG = "study.jsonl"
SESSIONS = "sessions"


def conduct(
    study: Study,
    folder: Path,
    *,
    participant: str | None,
    drives: int | None,
    device: str | None,
    headless: bool,
    answers: Path | None,
    amend: bool,
) -> int:
    """Let one participant go on, or in a pilot without a window all of them; returns the exit code.

    Raises:
        Usage: there is something wrong with the file, or it changed; no such participant.
        AppError: there is no window, or something cannot be written.
    """
    whole(study)
    names = study.participants
    if participant is None and not headless:
        raise Usage("--participant is missing: say whose turn it is; --status lists everybody")
    if participant is not None and participant not in names:
        raise Usage(unknown("participant", participant, names))
    if answers is not None and not headless:
        raise Usage("--answers is for nobody at the window: add --headless --device simulated")
    pilot = headless or device == "simulated"
    setting = Setting(study=study, root=folder / SESSIONS, device=device, headless=headless)
    scripted = read_answers(answers, study) if answers is not None else None
    with StudyLog(folder / LOG) as log:
        for change in open_study(log, study, pilot=pilot, amend=amend):
            say(f"amended: {change}")
        host: Host = Unattended(scripted) if headless else Person(study.title, _scale(study))
        try:
            for name in names if participant is None else (participant,):
                if code := take_part(setting, log, name, host, drives):
                    return code
        finally:
            host.close()
        if all(not progress_of(study, name, log.events).due for name in names):
            say("everybody is finished")
            _write(study, folder, log.events)
    return 0


def show_status(study: Study, folder: Path) -> int:
    """Print who did what; returns the exit code.

    Raises:
        Usage: the file has a mistake, or it changed.
        AppError: the log cannot be read.
    """
    events = read_log(folder / LOG)
    agreed(whole(study), events)
    print("\n".join(status_lines(study, events)))
    return 0


def write_so_far(study: Study, folder: Path) -> int:
    """Write table and report of what was driven so far; returns the exit code.

    Raises:
        Usage: the file has a mistake, or it changed.
        AppError: nobody has driven, or a file cannot be written.
        SessionError: a recording cannot be read.
    """
    events = read_log(folder / LOG)
    agreed(whole(study), events)
    _write(study, folder, events)
    return 0


def _scale(study: Study) -> float | None:
    """How large the drives' windows open, for the pages to be alike."""
    wanted = study.flags.get("scale")
    return float(wanted) if isinstance(wanted, int | float) else None


def _write(study: Study, folder: Path, events: Sequence[Event]) -> None:
    for path in write_results(study, folder, folder / SESSIONS, events):
        print(path)
