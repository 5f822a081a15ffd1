"""What a study finds on the disk of its sessions."""

from pathlib import Path

from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.results import read_results
from mereq_teleop.sessions.errors import SessionError
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.rates import Standing
from mereq_teleop.sessions.reader import read_recording

__all__ = ["driven", "session_of"]


def session_of(root: Path, participant: str, step: str, attempt: int) -> SessionFolder | None:
    """The session of one attempt; None if it did not get so far.

    Raises:
        FolderError: the folder cannot be listed.
    """
    wanted = {"participant": participant, "study_step": step, "attempt": attempt}
    for folder in reversed(sessions_in(root)):
        try:
            settings = folder.read_config().settings
        except SessionError:
            continue
        if wanted.items() <= {name: settings.get(name) for name in wanted}.items():
            return folder
    return None


def driven(folder: SessionFolder, config: OperateConfig) -> bool:
    """Whether a session was driven to its end: all its rounds, or until its policy was aligned if that was asked for.

    One that somebody left early, or that was killed, was not.
    """
    try:
        results, recording = read_results(folder), read_recording(folder.recording, TYPES)
    except SessionError:
        return False
    if results is None or recording.loss:
        return False
    aligned = config.stop_when_aligned and results.standing is Standing.ALIGNED
    return aligned or len(recording.rounds) >= (config.rounds or 0)
