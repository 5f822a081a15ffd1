"""The task of a recording, as this installation knows it."""

from mereq_teleop.envs import card, cards
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import BadTask, UnknownEnv
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.reader import Recording

__all__ = ["task_of"]


def task_of(recording: Recording) -> TaskCard:
    """The card of the recording's task.

    Raises:
        RecordingError: this installation has no such task, or a user's own cannot be imported.
    """
    config = recording.config
    try:
        # The world has to be known as well: it is one of the card's.
        card(config.env)
        return card(config.task)
    except BadTask as error:
        where = config.settings.get("task_file")
        hint = f"; it was {where}: run this in its folder" if isinstance(where, str) and where else ""
        raise RecordingError(
            f"{recording.path} is a session of your own task {config.env}, which is not to be had: {error}{hint}"
        ) from None
    except UnknownEnv:
        known = ", ".join(known.name for known in cards())
        version = config.versions.get("mereq-teleop", "of another version")
        raise RecordingError(
            f"{recording.path} is a session of task {config.task!r} ({config.env}), which this installation does not "
            f"have (it has {known}); use the mereq-teleop that recorded it: {version}"
        ) from None
