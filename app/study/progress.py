"""How far everybody is: derived from the plan and the log, and from nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from mereq_teleop.app.study.file import Study
from mereq_teleop.app.study.log import Began, Cut, Done, Event, Opened
from mereq_teleop.app.study.plan import Drive, Step, order_of, schedule

__all__ = ["Progress", "opened", "plan_lines", "progress_of", "status_lines"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One participant's way through the study."""

    participant: str
    steps: tuple[Step, ...]
    done: dict[str, Done]
    """What is done, by the step's id, in the order in which it was."""
    cut: tuple[Cut, ...]
    """What was interrupted."""
    dangling: Began | None
    """What began, and neither ended nor was given up: the process was killed in it."""

    @property
    def due(self) -> tuple[Step, ...]:
        """What is still to be done, the next step first."""
        return tuple(step for step in self.steps if step.id not in self.done)

    @property
    def drives(self) -> tuple[tuple[Drive, Done], ...]:
        """The sessions that count, in the order in which they were driven."""
        counted = {step.id: step for step in self.steps if isinstance(step, Drive) and not step.practice}
        return tuple((counted[id], done) for id, done in self.done.items() if id in counted)

    def attempts(self, step: str) -> int:
        """How often a step was begun and given up."""
        return sum(cut.step == step for cut in self.cut)


def opened(events: Sequence[Event]) -> Opened | None:
    """What the file said last; None before the study began."""
    return next((event for event in reversed(events) if isinstance(event, Opened)), None)


def progress_of(study: Study, participant: str, events: Sequence[Event]) -> Progress:
    """How far one participant is."""
    done: dict[str, Done] = {}
    cut: list[Cut] = []
    dangling: Began | None = None
    for event in events:
        if isinstance(event, Opened) or event.participant != participant:
            continue
        dangling = None
        match event:
            case Began():
                dangling = event
            case Done():
                done.setdefault(event.step, event)
            case Cut():
                cut.append(event)
    steps = schedule(study, study.participants.index(participant))
    return Progress(participant, steps, done, tuple(cut), dangling)


def plan_lines(study: Study) -> list[str]:
    """The order of conditions of each participant."""
    wide = max(len(name) for name in study.participants)
    return [
        f"{name:<{wide}}  " + ", ".join(condition.name for condition in order_of(study, index))
        for index, name in enumerate(study.participants)
    ]


def status_lines(study: Study, events: Sequence[Event]) -> list[str]:
    """Who did what, what was interrupted, and what comes next."""
    wide = max(len(name) for name in study.participants)
    lines = []
    for name in study.participants:
        found = progress_of(study, name, events)
        drives = [step for step in found.steps if isinstance(step, Drive) and not step.practice]
        line = f"{name:<{wide}}  {len(found.drives)} of {len(drives)} drives"
        if found.due:
            line += f", next: {found.due[0].id}" if found.done or found.cut or found.dangling else ", not begun"
        else:
            line += ", finished"
        lines.append(line)
        lines += [f"{'':<{wide}}  {step.id}: {done.session}" for step, done in found.drives]
        lines += [f"{'':<{wide}}  {cut.step} cut, kept: {cut.session}" for cut in found.cut if cut.session]
        if found.dangling is not None:
            lines.append(f"{'':<{wide}}  {found.dangling.step} goes on, or was killed in the middle")
    return lines
