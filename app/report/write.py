"""From sessions to one HTML file."""

import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

import msgspec

from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.report.compare import By, TaskNumbers, compared
from mereq_teleop.app.report.comparison import comparison_part
from mereq_teleop.app.report.markup import page
from mereq_teleop.app.report.numbers import SessionNumbers, read_numbers
from mereq_teleop.app.report.page import session_part
from mereq_teleop.sessions.folder import SessionFolder, find_session
from mereq_teleop.sessions.records import Record

__all__ = ["ReportNumbers", "page_of", "say", "write_report"]


class ReportNumbers(Record):
    """Everything that a page shows."""

    sessions: tuple[SessionNumbers, ...]
    comparison: tuple[TaskNumbers, ...] = ()
    """Empty where nothing is compared."""
    by: By | None = None


def write_report(
    names: Sequence[str], *, root: Path, by: By | None, episodes: int | None, output: Path, json: bool
) -> int:
    """Read the sessions and write the page; returns the exit code.

    Args:
        names: Folders or names of sessions, pieces of names, or `last`.
        root: Where sessions are kept.
        by: What is compared; None shows the sessions one after the other.
        episodes: On how many each policy is driven again; None drives none.
        output: The page.
        json: Whether to print the numbers too.

    Raises:
        Usage: no session is named, or the page can't be where it is wanted.
        UnknownSession: no session has a name.
        SessionError: a recording can't be read.
        AppError: nothing was recorded, or the page can't be written.
    """
    if not names:
        raise Usage("mereq report: name a session, or `last`; `mereq sessions` lists them")
    if output.is_dir():
        raise Usage(f"--output {output} is a folder: name a file in it, for instance {output / 'report.html'}")
    # The same session twice would count twice.
    folders = {folder.path.resolve(): folder for folder in (find_session(root, name) for name in names)}
    sessions = tuple(_read(list(folders.values()), episodes))
    if not sessions:
        raise AppError(f"there is nothing to report: none of the {len(folders)} sessions has a control step")
    numbers = ReportNumbers(sessions=sessions, comparison=compared(sessions, by) if by else (), by=by)
    text = page_of(numbers)
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise AppError(f"cannot write {output}: {error.strerror}; choose another place with --output FILE") from None
    if json:
        print(msgspec.json.encode(numbers).decode())
    count = f"{len(sessions)} session{'s' if len(sessions) > 1 else ''}"
    say(f"{output}: {count}, {len(text.encode()) / 1e3:.0f} kB")
    return 0


def _read(folders: Sequence[SessionFolder], episodes: int | None) -> Iterator[SessionNumbers]:
    """Those in which something happened; one that was begun and left does not keep others from their page."""
    for folder in folders:
        try:
            yield read_numbers(folder, episodes, say)
        except AppError as error:
            if len(folders) == 1:
                raise
            say(f"left out: {error}")


def say(line: str) -> None:
    """A line for the user; standard output is for results."""
    print(line, file=sys.stderr, flush=True)


def page_of(numbers: ReportNumbers, more: str = "") -> str:
    """The page as one text; a comparison has `more` markup after its numbers."""
    sessions = numbers.sessions
    if numbers.by is None:
        title = f"Session {sessions[0].name}" if len(sessions) == 1 else f"{len(sessions)} sessions"
        heading = "<h1>What happened in this session</h1>" if len(sessions) == 1 else f"<h1>{title}</h1>"
        return page(title, heading + "".join(map(session_part, sessions)), numbers)
    title = f"{len(sessions)} sessions compared by {numbers.by}"
    parts = [f"<h1>{title}</h1>"]
    if len(numbers.comparison) > 1:
        parts.append(
            '<p class="bad">The sessions are of several tasks or simulated experts. Their numbers mean different '
            "things, so each task and each preference is compared by itself; --by task puts the tasks side by side.</p>"
        )
    # A group has the same colour everywhere.
    names = list(dict.fromkeys(group.name for task in numbers.comparison for group in task.groups))
    parts += [comparison_part(task, numbers.by, names) for task in numbers.comparison]
    named = "".join(
        f'<li class="name">{escape(of.name)}{": " + escape(of.loss) if of.loss else ""}</li>' for of in sessions
    )
    parts.append(f"{more}<details><summary>The {len(sessions)} sessions</summary><ul>{named}</ul></details>")
    return page(title, "".join(parts), numbers)
