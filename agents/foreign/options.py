"""What the user says of a foreign policy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mereq_teleop.agents.errors import BadPolicy

__all__ = ["ACTIVATIONS", "Activation", "Reading"]

Activation = Literal["tanh", "relu"]
ACTIVATIONS: tuple[Activation, ...] = ("tanh", "relu")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How to read a policy that another tool made; nothing of it matters to one of ours.

    Raises:
        BadPolicy: the temperature is none.
    """

    activation: Activation | None = None
    """What bends the hidden units; what the file says by default."""
    alpha: float | None = None
    """Entropy temperature; derived from the policy by default."""
    trust_pickle: bool = False
    """Run the pickle that is in the file, which may do anything, to learn what it says nowhere else."""
    tell: Callable[[str], None] = lambda line: None
    """Told in one line what was taken for granted."""

    def __post_init__(self) -> None:
        if self.alpha is not None and not 0 < self.alpha < float("inf"):
            raise BadPolicy(f"--alpha is {self.alpha}: a temperature is more than 0")
