"""What can go wrong with devices.

TeleopError
├── BadScript      a device script that cannot be read or followed
├── BadMapping     a device's mapping file that cannot be read, or does not fit the task
├── DeviceLost     a device that was unplugged or has gone silent
└── DeviceRefused  a device that is there, but may not be used
"""

__all__ = ["BadMapping", "BadScript", "DeviceLost", "DeviceRefused", "TeleopError"]


class TeleopError(ValueError):
    """A mistake in what was asked of the devices; the message is one line for the user."""


class BadScript(TeleopError):
    """The device script cannot be read or followed."""


class BadMapping(TeleopError):
    """The mapping file cannot be read, or names what the task or the device has not."""


class DeviceLost(TeleopError):
    """The device was unplugged or has gone silent; the message says which and why."""


class DeviceRefused(TeleopError):
    """The device is plugged in but cannot be used; the message is the line that its person needs."""
