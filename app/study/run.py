"""A participant's way through a study, step by step; whatever ends it, the same call goes on from there."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.operate import INTERRUPTED, operate
from mereq_teleop.app.study.check import command_of, config_of
from mereq_teleop.app.study.file import Study
from mereq_teleop.app.study.hosts import Host
from mereq_teleop.app.study.kept import driven, session_of
from mereq_teleop.app.study.log import Answer, Began, Cut, Done, StudyLog, now_utc
from mereq_teleop.app.study.plan import Asking, Drive, Reading, Step
from mereq_teleop.app.study.progress import Progress, progress_of

__all__ = ["Setting", "say", "take_part"]

DONE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and how people take part."""

    study: Study
    root: Path
    """Folder of the study's sessions."""
    device: str | None = None
    """Whose hands, whatever the file says."""
    headless: bool = False

    def config(self, drive: Drive) -> OperateConfig:
        """The whole configuration of one session.

        Raises:
            Usage: the device does not go with the rest.
        """
        config = config_of(self.study, drive)
        device = self.device or config.device
        if self.headless:
            # How a person would take over says nothing to a simulated expert.
            config = replace(config, takeover="instinct", device=device, headless=True)
        return replace(config, device=device, sessions=self.root, blind=not self.headless)


def take_part(setting: Setting, log: StudyLog, participant: str, host: Host, drives: int | None = None) -> int:
    """Go on with a participant to the end, or for so many drives that count; returns the exit code.

    Raises:
        AppError: the log cannot be written, there is no window, or a session cannot begin.
    """
    progress = _settled(setting, log, participant)
    if not progress.due:
        say(f"{participant} is finished")
    for step in progress.due:
        if drives == 0 and not isinstance(step, Asking):
            say(f"{participant} is at {step.id!r}: the same command goes on there")
            return DONE
        attempt = progress.attempts(step.id) + 1
        began = Began(time_utc=now_utc(), participant=participant, step=step.id, attempt=attempt)
        log.add(began)
        code, event = _perform(setting, host, step, began)
        log.add(event)
        if isinstance(event, Cut):
            say(f"{participant} left in the middle of {step.id!r}{_kept(event)}: the same command begins it again")
        if isinstance(event, Cut) or code == INTERRUPTED:
            return code
        if drives is not None and isinstance(step, Drive) and not step.practice:
            drives -= 1
    return DONE


def _settled(setting: Setting, log: StudyLog, participant: str) -> Progress:
    """How far a participant is, once it is known what became of a step in which the process was killed."""
    progress = progress_of(setting.study, participant, log.events)
    if (left := progress.dangling) is None:
        return progress
    session = session_of(setting.root, participant, left.step, left.attempt)
    step = next((step for step in progress.due if step.id == left.step), None)
    ended = isinstance(step, Drive) and session is not None and driven(session, setting.config(step))
    event = _after(left, ended=ended, session=session.name if session is not None else "")
    log.add(event)
    if isinstance(event, Cut):
        say(f"{participant} was interrupted in {left.step!r}{_kept(event)}: it begins again")
    return progress_of(setting.study, participant, log.events)


def _perform(setting: Setting, host: Host, step: Step, began: Began) -> tuple[int, Done | Cut]:
    """Exit code of the step, and whether it is done or is to be done again."""
    if isinstance(step, Reading):
        return _event(began, ended=host.read(step.page))
    if isinstance(step, Asking):
        answers = host.ask(began.participant, step)
        return _event(began, ended=answers is not None, answers=answers)
    if not host.read(step.page):
        return _event(began, ended=False)
    host.before_drive()
    config = setting.config(step)
    code = operate(config, command_of(config), _labels(setting.study, step, began))
    folder = session_of(setting.root, began.participant, began.step, began.attempt)
    ended = folder is not None and driven(folder, config)
    otherwise, event = _event(began, ended=ended, session=folder.name if folder is not None else "")
    return code or otherwise, event


def _event(
    began: Began, *, ended: bool, session: str = "", answers: dict[str, Answer] | None = None
) -> tuple[int, Done | Cut]:
    """What became of a step, and the exit code that goes with it."""
    return DONE if ended else INTERRUPTED, _after(began, ended=ended, session=session, answers=answers)


def _after(began: Began, *, ended: bool, session: str, answers: dict[str, Answer] | None = None) -> Done | Cut:
    who, step, attempt = began.participant, began.step, began.attempt
    if not ended:
        return Cut(time_utc=now_utc(), participant=who, step=step, attempt=attempt, session=session)
    return Done(time_utc=now_utc(), participant=who, step=step, attempt=attempt, session=session, answers=answers or {})


def _kept(cut: Cut) -> str:
    return f"; what was recorded is kept in {cut.session}" if cut.session else ""


def _labels(study: Study, drive: Drive, began: Began) -> dict[str, object]:
    """What a session's settings say of its place in the study."""
    return {
        "study": study.title,
        "participant": began.participant,
        "condition": drive.condition.name if drive.condition is not None else "",
        "position": drive.position,
        "run": drive.run,
        "practice": drive.practice,
        "study_step": drive.id,
        "attempt": began.attempt,
    }


def say(line: str) -> None:
    """A line for the experimenter."""
    print(line, file=sys.stderr, flush=True)
