"""Verification of recorded sessions against the simulator and the policies of this installation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.app.policy_choice import policy_that_drove
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.errors import EnvError
from mereq_teleop.sessions.claim import is_recording
from mereq_teleop.sessions.errors import SessionError
from mereq_teleop.sessions.events import Topic
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder, find_session, sessions_in
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.task import task_of
from mereq_teleop.sessions.verify import Act, Verification, verify
from mereq_teleop.sessions.world import OneWorld, as_action
from mereq_teleop.teleop.command import Command

__all__ = ["TYPES", "Outcome", "policies_of", "sessions_named", "verify_all", "verify_session"]

TYPES: Mapping[str, type[Record]] = {Topic.COMMAND: Command, Topic.REPORT: LearnerReport}
"""What the recording holds of the rooms that sessions do not know."""


class Outcome(StrEnum):
    """What a verification came to."""

    OK = "ok"
    DIFFERS = "differs"
    CUT = "cut"
    """As far as it goes, all is as recorded."""
    UNREADABLE = "unreadable"
    RUNNING = "still running"


@dataclass(frozen=True, slots=True)
class _Checked:
    """One line of the table."""

    name: str
    outcome: Outcome
    words: str
    steps: int = 0
    swaps: int = 0


def sessions_named(root: Path, names: Sequence[str]) -> tuple[SessionFolder, ...]:
    """The sessions that a command line names: each a session, `all` of the root, or a folder of sessions.

    Raises:
        UnknownSession: one of the names fits none, or several.
        FolderError: a folder cannot be listed.
    """
    found: dict[Path, SessionFolder] = {}
    for name in names:
        for folder in _named(root, name):
            found.setdefault(folder.path.resolve(), folder)
    return tuple(found.values())


def verify_session(folder: SessionFolder) -> int:
    """Re-simulate, print what was found; 0 if all is as recorded, 1 if not.

    Raises:
        SessionError: the recording or a policy file can't be read.
    """
    if is_recording(folder.recording):
        print(f"{folder.name}: still running; verify it when it is over")
        return 0
    recording, found = _verified(folder)
    if recording.loss:
        print(f"{folder.name}: {recording.loss}")
    print(f"{folder.name}: {found}")
    return 0 if found.ok else 1


def verify_all(folders: Sequence[SessionFolder]) -> int:
    """Verify one after the other and print a table with a line of sums; 1 if one differs or cannot be read."""
    width = max((len(folder.name) for folder in folders), default=0)
    counts = dict.fromkeys(Outcome, 0)
    for folder in folders:
        checked = _check(folder)
        counts[checked.outcome] += 1
        numbers = f"{checked.steps:>7} steps {checked.swaps:>4} swaps"
        print(f"{checked.name:<{width}} {numbers}  {checked.outcome}: {checked.words}", flush=True)
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    print(f"{len(folders)} sessions: {told or 'none'}")
    return int(bool(counts[Outcome.DIFFERS] or counts[Outcome.UNREADABLE]))


def policies_of(folder: SessionFolder, recording: Recording) -> Callable[[int], Act]:
    """By version, what the policies that drove would do."""

    def policy(version: int) -> Act:
        drives = policy_that_drove(folder, recording, version)
        return lambda obs: as_action(drives.act(np.asarray(obs, np.float32)[None])[0])

    return policy


def _verified(folder: SessionFolder) -> tuple[Recording, Verification]:
    recording = read_recording(folder.recording, TYPES)
    task_of(recording)
    world = OneWorld(make_batch(recording.config.env, 1))
    return recording, verify(recording, world, policies_of(folder, recording), take_fingerprint())


def _check(folder: SessionFolder) -> _Checked:
    if is_recording(folder.recording):
        return _Checked(folder.name, Outcome.RUNNING, "verify it when it is over")
    try:
        recording, found = _verified(folder)
    except (SessionError, EnvError) as error:
        return _Checked(folder.name, Outcome.UNREADABLE, str(error))
    if found.difference is not None:
        return _Checked(folder.name, Outcome.DIFFERS, f"{found.difference} ({found.how})", found.steps, found.swaps)
    words = f"{found.how}; {recording.loss}" if recording.loss else found.how
    outcome = Outcome.CUT if recording.loss else Outcome.OK
    return _Checked(folder.name, outcome, words, found.steps, found.swaps)


def _named(root: Path, name: str) -> tuple[SessionFolder, ...]:
    if name == "all":
        return sessions_in(root)
    path = Path(name)
    if path.is_dir() and not _is_session(SessionFolder(path)):
        inside = tuple(folder for folder in sessions_in(path) if _is_session(folder))
        if inside:
            return inside
    return (find_session(root, name),)


def _is_session(folder: SessionFolder) -> bool:
    return folder.recording.exists() or (folder.path / "config.json").exists()
