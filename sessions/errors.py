"""What can go wrong with a session.

SessionError
├── ExportError      a session cannot be given to another tool as it was asked
├── FolderError      the session's folder or one of its files cannot be made, written or read
├── LabelError       a tag or a note that cannot be one, or a tag that is not there
├── RecordingError   a recording that is none of ours, or is damaged
├── RemovalError     a session that may not be deleted
└── UnknownSession   no session has this name
"""

__all__ = [
    "ExportError",
    "FolderError",
    "LabelError",
    "RecordingError",
    "RemovalError",
    "SessionError",
    "UnknownSession",
]


class SessionError(ValueError):
    """A session that cannot be kept or read; the message is one line for the user."""


class ExportError(SessionError):
    """A session cannot be given to another tool as it was asked."""


class FolderError(SessionError):
    """The session's folder or one of its files cannot be made, written or read."""


class LabelError(SessionError):
    """A tag or a note that cannot be one, or a tag that is not there."""


class RecordingError(SessionError):
    """The file is no recording of ours, or it is damaged."""


class RemovalError(SessionError):
    """The session may not be deleted."""


class UnknownSession(SessionError):
    """No session has this name."""
