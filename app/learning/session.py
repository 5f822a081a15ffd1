"""One session as its learner sees it: what came, what asks for an update, and what came of it."""

import dataclasses
import errno
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import msgspec

from mereq_teleop.agents.learner import Learner, Rest
from mereq_teleop.agents.records import LearnerReport, PolicySnapshot, Trial, lineage
from mereq_teleop.app.bus.messages import UpdateMode
from mereq_teleop.app.learning.checkpoint import Checkpoint, Served
from mereq_teleop.app.learning.store import Entry, SegmentStore

__all__ = ["LearningSession", "Try"]

Try = Callable[[PolicySnapshot, Callable[[], None]], Trial]
"""Tries a policy; its second argument is to be called often meanwhile."""

PULSE_S = 0.02
TRIES, AGAIN_S = 300, 0.1
"""Of writing a checkpoint when the process has no handle left for its file."""


class LearningSession:
    """A store, a learner, and how far the learner is with the store.

    The checkpoint holds both ends of that at one moment, so a learner that dies in mid-update finds what asked for
    the update in its store and does it again.

    Raises:
        BadCheckpoint: the checkpoint is damaged.
    """

    def __init__(
        self,
        store: SegmentStore,
        learner: Learner,
        *,
        update: UpdateMode,
        checkpoint: Path | None,
        settle: bool = False,
        try_: Try | None = None,
    ) -> None:
        """`checkpoint` is the file to restore from, if it exists, and to keep; None keeps nothing.

        With `settle` an update is over when the learner has nothing left to do in the background. `try_` tries
        each policy before it is published.
        """
        self.store = store
        self.served = Served()
        """What the learner has done so far."""
        self._learner = learner
        self._settle = settle
        self._try = try_
        self._update_mode = update
        self._path = checkpoint
        found = None if checkpoint is None else Checkpoint.read(checkpoint)
        if found is not None:
            self.served = found.served
            learner.restore(found.state)

    def pending(self) -> Entry | None:
        """What asks for an update, oldest first: were several served at once, chance would decide how many."""
        return next((entry for entry in self.store.entries(self.served.through) if self._asks(entry)), None)

    def open(self, *, above: int, pulse: Callable[[], None]) -> tuple[LearnerReport, PolicySnapshot]:
        """The policy of a learner that starts from nothing, before anything was learned.

        Raises:
            OSError: the checkpoint cannot be written.
        """
        return self._serve(0, (), self._learner.learn((), cause="start"), above, pulse)

    def update(self, trigger: Entry, *, above: int, pulse: Callable[[], None]) -> tuple[LearnerReport, PolicySnapshot]:
        """Learn from all segments up to the trigger; the new policy's version is higher than `above`.

        Raises:
            OSError: the checkpoint cannot be written.
        """
        segments = self.store.told(trigger.seq)
        report = self._learner.learn(segments, cause=trigger.key, pulse=pulse)
        while self._settle and self._learner.rest().busy:
            pulse()
        report = msgspec.structs.replace(report, cause=trigger.key)
        learned = tuple(segment.id for segment in segments)
        return self._serve(trigger.seq, learned, report, above, pulse)

    def rest(
        self, *, above: int, pulse: Callable[[], None]
    ) -> tuple[Rest, tuple[LearnerReport, PolicySnapshot] | None]:
        """Let the learner use a moment; and if that made its last policy better, the new one.

        Raises:
            OSError: the checkpoint cannot be written.
        """
        rest = self._learner.rest()
        if not rest.better or self.served.report is None:
            return rest, None
        report = rest.report or self.served.report
        report = msgspec.structs.replace(report, cause=self.served.report.cause)
        return rest, self._serve(self.served.through, self.served.learned, report, above, pulse)

    def _serve(
        self, through: int, learned: tuple[str, ...], report: LearnerReport, above: int, pulse: Callable[[], None]
    ) -> tuple[LearnerReport, PolicySnapshot]:
        """The learner's policy as the next version, kept first."""
        version = max(self.served.version, above) + 1
        report = msgspec.structs.replace(report, policy_version=version)
        if self._try is not None:
            report = msgspec.structs.replace(report, trial=self._try(self._learner.snapshot(version), pulse))
        self.served = Served(through=through, version=version, learned=learned, report=report)
        if self._path is not None:
            self._save(self._path, pulse)
        current = self.current()
        assert current is not None
        return current

    def current(self) -> tuple[LearnerReport, PolicySnapshot] | None:
        """The last update's report and policy; None before the first update."""
        if (report := self.served.report) is None:
            return None
        policy = self._learner.snapshot(self.served.version)
        # A restored learner may not know any more what it learned from, and the policy must keep its bytes.
        maker = msgspec.structs.replace(
            policy.maker, cause=report.cause, trial=report.trial, **lineage(self.served.learned)
        )
        return report, dataclasses.replace(policy, maker=maker)

    def _save(self, path: Path, pulse: Callable[[], None]) -> None:
        checkpoint = Checkpoint(self.served, self._learner.state())
        with ThreadPoolExecutor(1) as pool:
            for left in reversed(range(TRIES)):
                writing = pool.submit(checkpoint.write, path)
                # A slow disk is no hung learner.
                while not wait([writing], timeout=PULSE_S).done:
                    pulse()
                try:
                    writing.result()
                    break
                except OSError as error:
                    # Strangers who knock at its door have taken all handles; they are cut off in a moment.
                    if error.errno != errno.EMFILE or not left:
                        raise
                time.sleep(AGAIN_S)
                pulse()

    def _asks(self, entry: Entry) -> bool:
        if entry.kind == "Retract":
            return entry.target in self.served.learned
        if entry.kind == "RoundEnd":
            return True
        return self._update_mode == "segment" and entry.human and not entry.retracted
