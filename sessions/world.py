"""One world of a batched simulator, as a session steps, records and verifies it."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mereq_teleop.envs.batch import AnyBatch
from mereq_teleop.sessions.records import Action, Decision, Transition

__all__ = ["OneStep", "OneWorld", "as_action", "as_transition"]


class OneStep(NamedTuple):
    """What one control step of one world gives."""

    observation: npt.NDArray[np.float32]
    """In the task's shape."""
    features: npt.NDArray[np.floating[Any]]
    """(k,), after the step."""
    reward: float
    """The prior's reward."""
    terminated: bool
    truncated: bool


class OneWorld:
    """A batch of one world, without the batch axis."""

    def __init__(self, batch: AnyBatch) -> None:
        """Take over a batch.

        Raises:
            ValueError: the batch has more than one world.
        """
        if batch.n != 1:
            raise ValueError(f"wanted a batch of one world, got {batch.n}")
        self._batch = batch

    def reset(self, seed: int) -> npt.NDArray[np.float32]:
        """The first observation of an episode, in the task's shape."""
        obs: npt.NDArray[np.float32] = self._batch.reset([seed])[0]
        return obs

    def step(self, action: Action) -> OneStep:
        """Advance by one control step."""
        after = self._batch.step([action])
        return OneStep(
            after.observation[0],
            after.features[0],
            float(after.reward[0]),
            bool(after.terminated[0]),
            bool(after.truncated[0]),
        )


def as_action(row: npt.NDArray[Any] | np.integer[Any]) -> Action:
    """One row of a policy's `act` as records hold it: an index, or a vector."""
    value: int | list[float] = row.tolist()
    return tuple(value) if isinstance(value, list) else value


def as_transition(
    step: int, obs: npt.NDArray[np.float32], decision: Decision, after: OneStep, policy_version: int
) -> Transition:
    """The record of one control step: what was seen, decided, and came of it."""
    return Transition(
        step=step,
        obs=tuple(obs.ravel().tolist()),
        decision=decision,
        next_obs=tuple(after.observation.ravel().tolist()),
        features=tuple(after.features.tolist()),
        reward=after.reward,
        terminated=after.terminated,
        truncated=after.truncated,
        policy_version=policy_version,
    )
