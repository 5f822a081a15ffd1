"""What can go wrong with policies and learning.

AgentError
├── BadPolicy        a policy that cannot be read, or is of another task or shape
└── UnknownMethod    a method that does not exist
"""

__all__ = ["AgentError", "BadPolicy", "UnknownMethod"]


class AgentError(ValueError):
    """A mistake in what was asked of the agents; the message is one line for the user."""


class BadPolicy(AgentError):
    """The policy cannot be read, or is of another task or shape."""


class UnknownMethod(AgentError):
    """No method has this name."""
