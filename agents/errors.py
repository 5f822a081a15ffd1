"""What can go wrong with policies and learning.

AgentError
├── BadPolicy        a policy that cannot be read, or is of another task or shape
├── BadTensors       a file that is no safetensors file, or too large a one
└── UnknownMethod    a method that does not exist
"""

__all__ = ["AgentError", "BadPolicy", "BadTensors", "UnknownMethod"]


class AgentError(ValueError):
    """A mistake in what was asked of the agents; the message is one line for the user."""


class BadPolicy(AgentError):
    """The policy cannot be read, or is of another task or shape."""


class BadTensors(AgentError):
    """The file is no safetensors file, or too large a one."""


class UnknownMethod(AgentError):
    """No method has this name."""
