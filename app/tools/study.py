"""Run a study with people."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mereq_teleop.app.errors import Usage

__all__ = ["StudyTool"]


@dataclass(frozen=True, kw_only=True)
class StudyTool:
    """Run a study with people from one TOML file: conditions in a balanced order, questionnaires, one table."""

    file: Annotated[Path, tyro.conf.Positional]
    """The study."""
    participant: str | None = None
    """Whose turn it is: goes on where they stopped, to the end."""
    drives: int | None = None
    """Stop after so many drives that count, and the questions after them."""
    plan: bool = False
    """Print everybody's order of conditions, and end."""
    status: bool = False
    """Print who did what and what comes next, and end."""
    check: bool = False
    """Print what is wrong with the file, and end."""
    results: bool = False
    """Write study.csv and report.html of what was driven so far, and end; written by itself once all are finished."""
    amend: bool = False
    """Go on although the file changed since the study began."""
    folder: Path | None = None
    """Folder of log, sessions and results; beside the file by default, for study.toml it is study-data."""
    device: str | None = None
    """Whose hands, whatever the file says; simulated makes it a pilot."""
    headless: bool = False
    """A pilot without a window: pages are turned at once, and everybody takes part without --participant."""
    answers: Path | None = None
    """With --headless: answers to the questionnaires, which are left out otherwise."""

    def run(self) -> int:
        """Do it."""
        from mereq_teleop.app.study.file import read_study

        asked = [name for name in ("plan", "status", "check", "results") if getattr(self, name)]
        if len(asked) > 1:
            raise Usage(f"--{asked[0]} and --{asked[1]} are two questions: ask one at a time")
        if self.drives is not None and self.drives < 1:
            raise Usage(f"--drives is {self.drives}: it must be at least 1")
        study = read_study(self.file)
        folder = self.folder or self.file.parent / f"{self.file.stem}-data"
        if self.check:
            return self._check()
        if self.plan:
            from mereq_teleop.app.study.check import notes_on, whole
            from mereq_teleop.app.study.progress import plan_lines

            print("\n".join((*plan_lines(whole(study)), *notes_on(study))))
            return 0
        from mereq_teleop.app.study.conduct import conduct, show_status, write_so_far

        if self.status:
            return show_status(study, folder)
        if self.results:
            return write_so_far(study, folder)
        return conduct(
            study,
            folder,
            participant=self.participant,
            drives=self.drives,
            device=self.device,
            headless=self.headless,
            answers=self.answers,
            amend=self.amend,
        )

    def _check(self) -> int:
        """One line for each mistake, and exit code 2 if there are some."""
        from mereq_teleop.app.study.check import mistakes_in, notes_on
        from mereq_teleop.app.study.file import read_study

        study = read_study(self.file)
        mistakes = mistakes_in(study)
        for mistake in mistakes:
            print(f"error: {mistake}", file=sys.stderr)
        if not mistakes:
            people, ways, drives = len(study.participants), len(study.conditions), len(study.seeds)
            told = f"{self.file}: {people} participants, {ways} conditions, {drives} drive{'s'[: drives > 1]} of each"
            print("\n".join((told, *notes_on(study))))
        return 2 if mistakes else 0
