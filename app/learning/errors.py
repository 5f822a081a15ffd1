"""What can go wrong with what a learner keeps on disk.

LearningError
├── BadCheckpoint   a checkpoint that cannot be read
└── BadStore        a store that cannot be opened, or belongs to another session or learner
"""

__all__ = ["BadCheckpoint", "BadStore", "LearningError"]


class LearningError(ValueError):
    """What a learner keeps is not as it should be; the message is one line for the user."""


class BadCheckpoint(LearningError):
    """The checkpoint cannot be read."""


class BadStore(LearningError):
    """The store cannot be opened, or belongs to another session or learner."""
