"""A short simulation of each new policy, on seeds that nothing is learned from: is it fit to drive?"""

from collections.abc import Callable

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.evaluate import evaluate
from mereq_teleop.agents.records import PolicySnapshot, Trial
from mereq_teleop.envs import card as card_of

__all__ = ["Trials"]

STEPS = 4_000
"""Control steps that a trial has at most: 0.1 to 0.5 s of one core."""
FEWEST = 16
FIRST_SEED = 3_000_000
"""Far from the seeds of traffic, training and evaluations."""


class Trials:
    """Tries policies of one task; the prior at once, so that no correction waits for it."""

    def __init__(self, task: str, prior: PolicySnapshot) -> None:
        """`task` is any key or gymnasium id of it."""
        self._task = task
        self._card = card_of(task)
        self._episodes = max(FEWEST, STEPS // self._card.horizon_steps)
        self._prior_failures = self._failures(prior, lambda: None)

    def run(self, policy: PolicySnapshot, pulse: Callable[[], None] = lambda: None) -> Trial:
        """Drive the trial's episodes; `pulse` is called at each of their steps."""
        failures = self._failures(policy, pulse)
        return Trial(failures=failures, prior_failures=self._prior_failures, episodes=self._episodes)

    def _failures(self, policy: PolicySnapshot, pulse: Callable[[], None]) -> float:
        drives = policy_of(policy, self._card)
        theta = (0.0,) * len(self._card.features)
        found = evaluate(drives, self._task, theta, self._episodes, FIRST_SEED, pulse=pulse)
        if found.success_rate is not None:
            return 1.0 - found.success_rate
        assert found.crash_rate is not None
        return found.crash_rate
