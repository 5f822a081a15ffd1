"""What a session was asked to do, as config.json and the recording's header keep it."""

from typing import Any

from mereq_teleop.sessions.fingerprint import Fingerprint
from mereq_teleop.sessions.records import Record

__all__ = ["FORMAT", "SessionConfig", "SessionHeader"]

FORMAT = 1
"""Version of the recording's format; goes up when a reader of the old one would misread the new one."""


class SessionConfig(Record):
    """The resolved configuration of one session."""

    task: str
    """Name of the task's card."""
    env: str
    """Gymnasium id of the world."""
    method: str
    device: str
    seed: int
    started_utc: str
    """ISO 8601."""
    command_line: tuple[str, ...]
    settings: dict[str, Any]
    """Every other setting by name, defaults resolved; further seeds too."""
    versions: dict[str, str]
    """Versions of mereq-teleop and of the libraries that learn."""
    parent: str | None = None
    """Name of the session which this one resumes or forks."""


class SessionHeader(Record):
    """What a recording says of itself before its first event."""

    config: SessionConfig
    fingerprint: Fingerprint
    format: int = FORMAT
