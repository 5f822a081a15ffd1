"""What can go wrong in the application.

AppError        exit 1
└── Usage       exit 2: what was asked for does not exist or makes no sense
"""

__all__ = ["AppError", "Usage"]


class AppError(RuntimeError):
    """Something needed is not there or not right; the message is one line for the user."""


class Usage(AppError):
    """The command line asks for what does not exist or makes no sense."""
