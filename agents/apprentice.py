"""`mereq-instant` from its first day: online MEReQ serves while the conditioned Q of the prior is being trained."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from mereq_teleop.agents.conditioned import ConditionedConfig, ConditionedQ, ConditionedTrainer
from mereq_teleop.agents.foresight import Foresight
from mereq_teleop.agents.instant import InstantMereq
from mereq_teleop.agents.learner import LearnerConfig, Rest, State, part_of
from mereq_teleop.agents.library import SEED, fetch, keep
from mereq_teleop.agents.mereq import Mereq
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.sessions.records import Segment

__all__ = ["REFINING", "Apprentice"]

SLICE_S = 0.05
REFINING = ResidualConfig(learning_rate=2e-4)
"""The conditioned Q is nearly right: small steps."""


class Apprentice:
    """Learns as `mereq` does until it can answer at once; then it answers everything anew.

    With `LearnerConfig.settle` it trains before its first answer, so that a run does not depend on the clock.
    """

    def __init__(
        self, config: LearnerConfig, prior: Policy, library: Path, conditioned: ConditionedConfig | None = None
    ) -> None:
        self.config, self.prior = config, prior
        self._library, self._constants = library, conditioned or ConditionedConfig()
        self._segments: Sequence[Segment] = ()
        self._cause = ""
        self._trainer: ConditionedTrainer | None = None
        self._found: ConditionedQ | None = None
        known = fetch(library, prior, self._constants)
        self._learner: Mereq = self._online() if known is None else self._instant(known)

    @property
    def ready(self) -> bool:
        """Whether it answers at once."""
        return isinstance(self._learner, InstantMereq)

    def learn(
        self, segments: Sequence[Segment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        """One update from all segments of the session so far; those of the last round are the current ones."""
        while self.config.settle and not self.ready:
            self.rest()
            pulse()
        self._segments, self._cause = segments, cause
        return self._learner.learn(segments, cause=cause, pulse=pulse)

    def rest(self) -> Rest:
        """A slice of the training, or of what the learner itself does in the background."""
        if self._found is not None:
            return self._adopt(self._found)
        if self.ready:
            return self._learner.rest()
        if self._trainer is None:
            self._trainer = ConditionedTrainer(self.prior, self._constants, SEED)
        self._trainer.advance(SLICE_S)
        if not self._trainer.done:
            return Rest(
                busy=True, detail=f"as mereq; instant learner {self._trainer.sweep / self._constants.sweeps:.0%}"
            )
        warning = ""
        try:
            keep(self._library, self.prior, self._constants, self._trainer.q)
        except OSError as error:
            warning = f"cannot keep the instant learner in {self._library}: {error.strerror}"
        return self._adopt(self._trainer.q, warning)

    def _adopt(self, q: ConditionedQ, warning: str = "") -> Rest:
        """Answer by the conditioned Q from now on, and what was asked last anew."""
        self._trainer, self._found, earlier = None, None, self._learner
        self._learner = self._instant(q)
        self._learner.take_over(earlier)
        report = None
        if self._segments:
            report = self._learner.learn(self._segments, cause=self._cause)
        return Rest(busy=True, better=bool(self._learner.rounds.learned_from), warning=warning, report=report)

    def _online(self) -> Mereq:
        return Mereq(self.config, ResidualDqn(self.prior, ResidualConfig(), self.config.seed))

    def _instant(self, q: ConditionedQ) -> InstantMereq:
        return InstantMereq(self.config, Foresight(self.prior, q, REFINING, self.config.seed))

    def snapshot(self, version: int) -> PolicySnapshot:
        """The policy as it stands."""
        return self._learner.snapshot(version)

    def state(self) -> State:
        """The learner's state, with the conditioned Q it answers by; an unfinished training begins again."""
        q = self._learner.conditioned.arrays() if isinstance(self._learner, InstantMereq) else {}
        return {**self._learner.state(), **{f"conditioned.{name}": array for name, array in q.items()}}

    def restore(self, state: State) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        arrays = part_of(state, "conditioned.")
        if arrays:
            q = ConditionedQ(self.prior.card, self._constants.hidden, torch.Generator())
            q.load(arrays)
            self._learner = self._instant(q)
        elif isinstance(self._learner, InstantMereq):
            # Online MEReQ had answered when the state was taken; its policy stays the current one until the next rest.
            self._found, self._learner = self._learner.conditioned, self._online()
        self._learner.restore(state)
