"""What can go wrong with devices.

TeleopError
└── BadScript   a device script that cannot be read or followed
"""

__all__ = ["BadScript", "TeleopError"]


class TeleopError(ValueError):
    """A mistake in what was asked of the devices; the message is one line for the user."""


class BadScript(TeleopError):
    """The device script cannot be read or followed."""
