"""A learner that never comes back from one of its updates: `python -m benchmarks.looping TIMES AFTER learner ...`.

The real learner with its real methods, but in each process the update after AFTER others is a busy loop, until TIMES of
them have looped: `benchmarks.faults loops` starts it in the place of the product's own.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mereq_teleop.agents.learner import Learner, LearnerConfig
from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.app.learning.process import TorchWorkshop, log, main
from mereq_teleop.sessions.records import AnySegment

__all__ = ["LoopingWorkshop"]

SAID = "loops at"


class LoopingWorkshop(TorchWorkshop):
    """Makes learners that loop, as long as their log tells of fewer than `times` loops."""

    def __init__(self, times: int, after: int, folder: Path) -> None:
        super().__init__()
        self._times, self._after, self._log = times, after, folder / "learner.log"

    def make_learner(self, config: LearnerConfig, prior: PolicySnapshot, *, afresh: bool = True) -> Learner:
        """A learner of the real method, whose `learn` loops in time."""
        learner = super().make_learner(config, prior, afresh=afresh)
        if self._log.read_text().count(SAID) >= self._times:
            return learner
        learn, left = learner.learn, self._after

        def loops(
            segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
        ) -> LearnerReport:
            nonlocal left
            left -= 1
            if left < 0:
                log(f"{SAID} {time.time()}")
                while True:
                    pass
            return learn(segments, cause=cause, pulse=pulse)

        learner.learn = loops  # type: ignore[method-assign]
        return learner


if __name__ == "__main__":
    times, after, arguments = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    folder = Path(arguments[arguments.index("--folder") + 1])
    sys.exit(main(arguments, make_workshop=lambda: LoopingWorkshop(times, after, folder)))
