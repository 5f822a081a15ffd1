"""A user's own rule as a simulated expert: it says what to do where it minds, and nothing elsewhere."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Float32

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.policy import Driver
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Action

if TYPE_CHECKING:
    from mereq_teleop.envs.own.owned import Owned

__all__ = ["Rule"]


class Rule:
    """The `expert` of a user's task, for one preference.

    Args:
        own: the task.
        preference: name of the preference that it has.
        otherwise: who drives where the rule says nothing, as in an evaluation of the expert itself.
    """

    def __init__(self, own: "Owned", preference: str, otherwise: Driver | None = None) -> None:
        self._own = own
        self._preference = preference
        self._otherwise = otherwise

    @property
    def card(self) -> TaskCard:
        """Its task."""
        return self._own.card

    def wish(self, obs: Float32[np.ndarray, "..."]) -> Action | None:
        """What it would do at one observation; None where any action will do.

        Raises:
            BadTask: the user's rule failed, or gave no action.
        """
        wish: Action | None = self._own.wish(obs, self._preference)
        return wish

    def act(self, obs: Float32[np.ndarray, "n ..."]) -> np.ndarray:
        """Its action in each row, or that of who drives otherwise.

        Raises:
            BadPolicy: the rule says nothing somewhere, and nobody drives otherwise.
            BadTask: the user's rule failed, or gave no action.
        """
        wishes = [self.wish(row) for row in obs]
        silent = np.array([wish is None for wish in wishes])
        if not silent.any():
            return np.array(wishes)
        if self._otherwise is None:
            raise BadPolicy(f"the expert of {self.card.name} says nothing here, and there is no prior to go by")
        actions = np.array(self._otherwise.act(obs))
        for row in np.flatnonzero(~silent):
            actions[row] = wishes[row]
        return actions

    def disagreement(self, obs: Float32[np.ndarray, "n ..."], action: np.ndarray) -> Float[np.ndarray, " n"]:
        """How much it minds an action in each row: 0 where it says nothing; else 1 where a named action is another, or
        how far two vectors are apart, in units of the axis's range, on the axis where that is most.
        """
        found = np.zeros(len(obs))
        reach = np.array([axis.high - axis.low for axis in self.card.axes])
        for row, (seen, done) in enumerate(zip(obs, action, strict=True)):
            if (wish := self.wish(seen)) is not None:
                differs = wish != int(done) if isinstance(wish, int) else (np.abs(np.array(wish) - done) / reach).max()
                found[row] = float(differs)
        return found
