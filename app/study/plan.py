"""Who does what in which order: everything here is computed from the study and a participant's place in its list."""

from dataclasses import dataclass

from mereq_teleop.app.study.file import Condition, Page, Question, Study

__all__ = ["Asking", "Drive", "Reading", "Step", "order_of", "orders", "schedule"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A page of text."""

    id: str
    page: Page


@dataclass(frozen=True, slots=True)
class Drive:
    """One session."""

    id: str
    condition: Condition | None
    """None for a practice that is the same for all conditions."""
    position: int
    """Of the condition in the participant's order, from 1; 0 for a practice before the first."""
    run: int
    """Of the condition, from 1; 0 for practice."""
    seed: int
    page: Page
    """Shown before it."""

    @property
    def practice(self) -> bool:
        """Whether it counts for nothing."""
        return self.run == 0


@dataclass(frozen=True, slots=True)
class Asking:
    """A questionnaire."""

    id: str
    condition: str
    """Name of the condition it is about; empty at the end."""
    tlx: bool
    questions: tuple[Question, ...]


Step = Reading | Drive | Asking


def orders(count: int) -> tuple[tuple[int, ...], ...]:
    """Williams' design: orders of `count` treatments, balanced for position and for what directly precedes what.

    Williams (1949), Australian Journal of Scientific Research A 2, p. 149. `count` orders for an even number, twice as
    many for an odd one: in all of them together every treatment stands equally often at every position, and every
    treatment directly follows every other equally often.
    """
    first = [0]
    for step in range(1, count):
        first.append((step + 1) // 2 if step % 2 else count - step // 2)
    square = [tuple((treatment + shift) % count for treatment in first) for shift in range(count)]
    if count % 2 and count > 1:
        square += [order[::-1] for order in square]
    return tuple(square)


def order_of(study: Study, index: int) -> tuple[Condition, ...]:
    """The conditions in the order of the participant at this place of the list, from 0."""
    rows = orders(len(study.conditions))
    return tuple(study.conditions[at] for at in rows[index % len(rows)])


def schedule(study: Study, index: int) -> tuple[Step, ...]:
    """All that the participant at this place of the list goes through; ids are unique within it.

    The names of conditions are in no page.
    """
    steps: list[Step] = [Reading(f"start-{at}", page) for at, page in enumerate(study.start, 1)]
    practice, order = study.practice, order_of(study, index)
    if practice is not None and practice.before == "first":
        page = Page(title="Practice", text=practice.text, button="Drive")
        steps.append(Drive("practice", None, 0, 0, practice.seed, page))
    for position, condition in enumerate(order, 1):
        title = f"Part {position} of {len(order)}"
        if practice is not None and practice.before == "each":
            page = Page(title=f"{title}: practice", text=_joined(practice.text, condition.text), button="Drive")
            steps.append(Drive(f"practice-{condition.name}", condition, position, 0, practice.seed, page))
        for run, seed in enumerate(study.seeds, 1):
            named = title if len(study.seeds) == 1 else f"{title}, drive {run} of {len(study.seeds)}"
            text = _joined(condition.text if run == 1 else "", "The drive begins at once.")
            page = Page(title=named, text=text, button="Drive")
            steps.append(Drive(f"run-{condition.name}-{run}", condition, position, run, seed, page))
        questions = tuple(question for question in study.questions if question.at == "condition")
        if study.tlx or questions:
            steps.append(Asking(f"questions-{condition.name}", condition.name, study.tlx, questions))
        if position < len(order):
            steps.append(Reading(f"break-{position}", study.rest))
    last = tuple(question for question in study.questions if question.at == "end")
    if last:
        steps.append(Asking("questions", "", False, last))
    return (*steps, Reading("end", study.end))


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)
