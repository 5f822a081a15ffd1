"""What another policy would have done at each step of a session, beside what was done."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.sessions.steps import RecordedStep
from mereq_teleop.sessions.world import as_action

__all__ = ["CLOSE", "SecondOpinion"]

CLOSE: Final = 0.1
"""Continuous actions agree when no axis is further apart than this share of its range."""
_ROWS: Final = 4096
"""Observations that a policy is asked about at once."""


class SecondOpinion:
    """One policy's wish at every step, on the observation as it was recorded."""

    def __init__(self, name: str, policy: AnyPolicy, steps: Sequence[RecordedStep]) -> None:
        self.name = name
        """What to call the policy."""
        transitions = [step.transition for step in steps]
        shape = (-1, *policy.card.observation_shape)
        seen = np.array([transition.obs for transition in transitions], np.float32).reshape(shape)
        parts = [policy.act(seen[at : at + _ROWS]) for at in range(0, len(seen), _ROWS)]
        self._wishes = [as_action(row) for part in parts for row in part]
        done = np.array([transition.decision.executed for transition in transitions], np.float64)
        would = np.array(self._wishes, np.float64)
        if policy.card.discrete:
            self._agrees = would == done
        else:
            ranges = np.array([axis.high - axis.low for axis in policy.card.axes])
            self._agrees = (np.abs(would - done) <= CLOSE * ranges).all(axis=1)
        self._by_hand = np.array([t.decision.authority is Authority.HUMAN for t in transitions])

    def at(self, index: int) -> tuple[Action, bool]:
        """Its action at a step, and whether that agrees with what was done there."""
        return self._wishes[index], bool(self._agrees[index])

    def counts(self) -> tuple[int, int]:
        """Steps that agree, and steps."""
        return int(self._agrees.sum()), len(self._agrees)

    def counts_by_hand(self) -> tuple[int, int]:
        """The same of those under a human."""
        return int((self._agrees & self._by_hand).sum()), int(self._by_hand.sum())
