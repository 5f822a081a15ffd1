"""A learner that learns nothing, slowly, and dies or hangs when a segment's seed says so. A process of its own, too."""

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from mereq_teleop.agents.errors import UnknownMethod
from mereq_teleop.agents.learner import LearnerConfig, Rest, State
from mereq_teleop.agents.records import LearnerReport, PolicyMaker, PolicySnapshot, Trial
from mereq_teleop.app.learning.process import main
from mereq_teleop.app.learning.session import Try
from mereq_teleop.envs.errors import UnknownEnv
from mereq_teleop.sessions.records import AnySegment

RAISE, HANG = 1001, 1002
"""Seeds of segments that nobody can learn from."""
SLOW, UNKNOWN = 2001, 2002
"""Seeds of configurations: an update takes 0.2 s; no learner can be made."""


class FakeLearner:
    """Adds up what it saw, so that a state that was lost, or learned from twice, shows.

    After each update `slices` of background work are left, the last of which makes the policy better by a half.
    """

    slices = 0

    def __init__(self, config: LearnerConfig, prior: PolicySnapshot) -> None:
        self.config = config
        self.prior = prior
        self.lessons: list[tuple[str, ...]] = []
        self.total = np.zeros((), np.float64)
        self.left = 0

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        self.lessons.append(tuple(segment.id for segment in segments))
        for segment in segments:
            if segment.seed == RAISE:
                raise RuntimeError("no luck")
            while segment.seed == HANG:
                time.sleep(0.01)
        end = time.monotonic() + (0.2 if self.config.seed == SLOW else 0.0)
        pulse()
        while time.monotonic() < end:
            time.sleep(0.002)
            pulse()
        self.total += len(segments)
        self.left = self.slices
        return LearnerReport(
            cause=cause,
            round=0,
            policy_version=0,
            weights=None,
            feature_gap=(),
            loss=float(self.total),
            inner_steps=1,
            updates=1,
            intervention_rate=0.0,
            seconds=0.0,
        )

    def rest(self) -> Rest:
        if not self.left:
            return Rest(busy=False)
        self.left -= 1
        self.total += 0.0 if self.left else 0.5
        return Rest(busy=self.left > 0, better=not self.left, detail=f"{self.left} left")

    def snapshot(self, version: int) -> PolicySnapshot:
        maker = PolicyMaker(task="toy", method="mereq", gamma=0.9, alpha=0.1)
        names = ("input.shift", "input.scale", "prior.0.weight")
        return PolicySnapshot(version, "dqn", maker, {n: np.full(3, self.total, np.float32) for n in names})

    def state(self) -> State:
        return {"total": self.total}

    def restore(self, state: State) -> None:
        self.total = np.array(state["total"])


class FakeWorkshop:
    """Knows one task, `toy`."""

    def card_digest(self, task: str) -> str:
        if task != "toy":
            raise UnknownEnv(f"no env {task!r}; known: toy")
        return "card-of-toy"

    def make_learner(self, config: LearnerConfig, prior: PolicySnapshot, *, afresh: bool = True) -> FakeLearner:
        if config.seed == UNKNOWN:
            raise UnknownMethod("no such method")
        return FakeLearner(config, prior)

    def make_trial(self, config: LearnerConfig, prior: PolicySnapshot) -> Try:
        def run(policy: PolicySnapshot, pulse: Callable[[], None]) -> Trial:
            pulse()
            return Trial(failures=1.0 / (1 + policy.version), prior_failures=0.0, episodes=1)

        return run

    def rehearse(self, config: LearnerConfig) -> None:
        self.card_digest(config.task)


if __name__ == "__main__":
    sys.exit(main(make_workshop=FakeWorkshop))
