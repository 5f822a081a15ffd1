"""A device behind which a judge sits instead of a person."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from mereq_teleop.sessions.records import Action
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Sight

__all__ = ["Judge", "SimulatedDevice"]


class Judge(Protocol):
    """Who decides in a person's stead; agents' simulated expert is one."""

    def watch(self, obs: npt.NDArray[np.float32], policy_action: Action) -> Action | None:
        """The action to take instead of the policy's; None lets the policy drive.

        `policy_action` is the task's own kind of action: an index, or a vector.
        """
        ...

    def forget(self) -> None:
        """A new episode has begun."""
        ...


class SimulatedDevice:
    """Asks the judge once a step and speaks as a person's device would."""

    def __init__(self, judge: Judge, name: str = "simulated") -> None:
        self._judge = judge
        self._name = name
        self._judged_step = -1
        self._episode = -1
        self._engaged = False

    def open(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def describe(self) -> str:
        """Which device this is."""
        return f"{self._name} expert"

    def turns(self) -> bool:
        """It has no axes."""
        return False

    def poll(self, sight: Sight) -> list[Command]:
        """The judge's wish for the coming decision, said once."""
        if sight.step == self._judged_step:
            return []
        self._judged_step = sight.step
        if sight.episode != self._episode:
            self._episode = sight.episode
            self._judge.forget()
        action = self._judge.watch(sight.obs, sight.policy_action)
        was_engaged, self._engaged = self._engaged, action is not None
        if not (self._engaged or was_engaged):
            return []
        return [Command(device=self._name, action=action, engaged=self._engaged, time_s=sight.time_s)]
