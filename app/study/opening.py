"""Whether the log of a study and its file still belong together."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mereq_teleop.app.errors import Usage
from mereq_teleop.app.study.file import Study, canonical, differences, digest
from mereq_teleop.app.study.log import Event, Opened, StudyLog, now_utc
from mereq_teleop.app.study.plan import Drive, schedule
from mereq_teleop.app.study.progress import opened

__all__ = ["agreed", "open_study"]

MOST_TOLD: Final = 5
"""Changes that a message names."""


def open_study(log: StudyLog, study: Study, *, pilot: bool, amend: bool) -> tuple[str, ...]:
    """Begin the study, or go on with it; returns what was amended.

    Raises:
        Usage: the log is of another file or of a pilot, or an amendment would change what was driven.
    """
    last = opened(log.events)
    changed = () if last is None else differences(last.content, canonical(study))
    if last is not None and last.unattended != pilot:
        theirs = "a pilot with simulated experts" if last.unattended else "what people did"
        raise Usage(f"{log.path.parent} holds {theirs}: choose another place for this with --folder")
    if last is not None and changed:
        if not amend:
            agreed(study, log.events)
        _keeps(msgspec.convert(last.content, Study), study, log.events)
    if last is None or changed:
        log.add(Opened(time_utc=now_utc(), digest=digest(study), content=canonical(study), unattended=pilot))
    return changed


def agreed(study: Study, events: Sequence[Event]) -> None:
    """Nothing, if the file is as it was.

    Raises:
        Usage: it changed since the study began; the message says what.
    """
    last = opened(events)
    if last is None or last.digest == digest(study):
        return
    changed = differences(last.content, canonical(study))
    told = "; ".join(changed[:MOST_TOLD]) + (f"; and {len(changed) - MOST_TOLD} more" if changed[MOST_TOLD:] else "")
    raise Usage(f"the study's file changed after it began: {told}; put it back, or keep the change with --amend")


def _keeps(before: Study, after: Study, events: Sequence[Event]) -> None:
    """Texts, flags and questions may be amended, and participants added; what somebody drives may not change."""
    begun = dict.fromkeys(event.participant for event in events if not isinstance(event, Opened))
    for name in begun:
        if name not in after.participants or _drives(before, name) != _drives(after, name):
            raise Usage(
                f"--amend would change which drives {name} has, or their order, and {name} has begun: "
                "put participants, conditions, seeds and practice back, or begin another study with --folder"
            )


def _drives(study: Study, participant: str) -> list[str]:
    steps = schedule(study, study.participants.index(participant))
    return [step.id for step in steps if isinstance(step, Drive)]
