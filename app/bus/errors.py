"""What can go wrong on the bus.

BusError
├── AddressTaken   another learner answers there already
├── BadAddress     an address that cannot be used, or not without keys
├── BadKeys        keys that are missing, damaged or not safe
└── BadMessage     bytes that are no message of ours, or too many of them
"""

__all__ = ["AddressTaken", "BadAddress", "BadKeys", "BadMessage", "BusError"]


class BusError(ValueError):
    """A mistake in what was asked of the bus; the message is one line for the user."""


class AddressTaken(BusError):
    """Another learner answers at this address."""


class BadAddress(BusError):
    """The address cannot be used, or not without keys."""


class BadMessage(BusError):
    """The bytes are no message of ours, or there are too many of them."""


class BadKeys(BusError):
    """Keys are missing, damaged, or others may read them."""
