"""The learner's loop: welcome an actor, learn when its session asks for it, publish what came of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from mereq_teleop.agents.errors import AgentError
from mereq_teleop.agents.learner import FROM_NOTHING, Learner, LearnerConfig
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.bus.learner_end import Greeting, LearnerEnd
from mereq_teleop.app.bus.messages import LearnerState
from mereq_teleop.app.learning.errors import LearningError
from mereq_teleop.app.learning.session import LearningSession, Try
from mereq_teleop.app.learning.store import SegmentStore
from mereq_teleop.envs.errors import EnvError

__all__ = ["LearnerService", "Workshop"]

IDLE_S = 0.05


class Workshop(Protocol):
    """What a learner is built from; the real one imports torch."""

    def card_digest(self, task: str) -> str:
        """Digest of the card of a task.

        Raises:
            EnvError: no such task.
        """
        ...

    def make_learner(self, config: LearnerConfig, prior: PolicySnapshot, *, afresh: bool = True) -> Learner:
        """A learner, warmed up; one that is not made `afresh` is to be restored from a checkpoint.

        Raises:
            AgentError: the configuration or the prior does not fit.
        """
        ...

    def make_trial(self, config: LearnerConfig, prior: PolicySnapshot) -> Try:
        """What tries new policies beside the prior."""
        ...

    def rehearse(self, config: LearnerConfig) -> None:
        """Do what takes a process long the first time, with the task's own prior.

        Raises:
            EnvError, AgentError: no such task or method.
        """
        ...


class LearnerService:
    """Serves one actor at a time through the learner's end of the bus."""

    def __init__(
        self,
        end: LearnerEnd,
        workshop: Workshop,
        folder_of: Callable[[str], Path],
        log: Callable[[str], None],
    ) -> None:
        """`folder_of` gives the folder of a session by its id."""
        self._end = end
        self._workshop = workshop
        self._folder_of = folder_of
        self._log = log
        self._session: LearningSession | None = None
        self._refusal = ""
        self._busy = False

    def turn(self) -> None:
        """Wait a moment for something to do and do it.

        Raises:
            Exception: whatever the learner raised; it cannot go on.
        """
        self._end.wait(0.0 if self._busy else IDLE_S)
        if (greeting := self._end.greeting) is not None:
            self._begin(greeting)
        elif self._session is not None:
            self._work(self._session)

    def close(self) -> None:
        """Close the session's store."""
        if self._session is not None:
            self._session.store.close()
            self._session = None
        self._busy = False

    def _begin(self, greeting: Greeting) -> None:
        """Open the session that an actor greeted with, or refuse it in words."""
        hello = greeting.hello
        self.close()
        self._end.release()
        store: SegmentStore | None = None
        self._end.say(LearnerState.STARTING, served=0, version=0)
        try:
            if self._workshop.card_digest(hello.config.task) != hello.card:
                raise LearningError(
                    f"the actor's card of task {hello.config.task!r} is not this learner's: "
                    "install the same mereq-teleop on both sides, and for a task of your own the same file"
                )
            prior = PolicySnapshot.from_bytes(hello.prior)
            folder = self._folder_of(hello.session)
            store = SegmentStore(folder / "segments.sqlite")
            store.claim(hello)
            checkpoint = folder / "checkpoint.safetensors"
            learner = self._workshop.make_learner(hello.config, prior, afresh=not checkpoint.exists())
            session = LearningSession(
                store,
                learner,
                update=hello.update,
                checkpoint=checkpoint,
                settle=hello.config.settle,
                try_=self._workshop.make_trial(hello.config, prior) if hello.config.guard else None,
            )
        except (AgentError, EnvError, LearningError) as error:
            if store is not None:
                store.close()
            # A task of the actor's own is looked for in a folder that is not the actor's.
            where = "on the learner's side, " if isinstance(error, EnvError) else ""
            self._refuse(greeting, f"{where}{error}")
            return
        self._session = session
        self._log(f"session {hello.session!r} in {folder}: {store.stored} messages, policy {session.served.version}")
        current = session.current()
        if current is None and hello.config.method in FROM_NOTHING:
            current = session.open(above=self._end.last_version, pulse=self._end.pulse)
        if current is not None:
            self._end.set_current(*current)
        self._end.welcome(greeting, store)

    def _refuse(self, greeting: Greeting, reason: str) -> None:
        """Refuse in words; the actor asks again and again, the log says it once."""
        if reason != self._refusal:
            self._log(f"refused session {greeting.hello.session!r}: {reason}")
        self._refusal = reason
        self._end.refuse(greeting.actor, reason)

    def _work(self, session: LearningSession) -> None:
        """Serve all that asks for an update; where nothing does, let the learner use the moment."""
        end = self._end
        while (trigger := session.pending()) is not None:
            served = session.served
            end.say(LearnerState.LEARNING, served=served.through, version=served.version)
            report, policy = session.update(trigger, above=end.last_version, pulse=end.pulse)
            self._log(f"{trigger.key}: policy {policy.version} in {report.seconds:.2f} s")
            end.set_current(report, policy)
            end.publish()
            end.pulse()
        rest, refined = session.rest(above=end.last_version, pulse=end.pulse)
        self._busy = rest.busy
        if rest.warning:
            self._log(rest.warning)
        if refined is not None:
            report, policy = refined
            self._log(f"{policy.maker.cause}: policy {policy.version}, refined")
            end.set_current(report, policy)
            end.publish()
        end.say(LearnerState.READY, rest.detail, served=end.taken, version=session.served.version)
