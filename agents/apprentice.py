"""`mereq-instant` from its first day: online MEReQ serves while the prior's conditioned Q or actor is being trained."""

from collections.abc import Callable, Sequence
from pathlib import Path

from mereq_teleop.agents.conditioned import ConditionedQ
from mereq_teleop.agents.conditioned_actor import ConditionedActor
from mereq_teleop.agents.constants import CONSTANTS, CONTINUOUS
from mereq_teleop.agents.foresight import Foresight
from mereq_teleop.agents.foresight_sac import ContinuousForesight
from mereq_teleop.agents.foretelling import Constants, Foretelling, Training, constants_of, training_of, untrained
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.instant import InstantMereq
from mereq_teleop.agents.learner import LearnerConfig, Rest, State, joined, part_of
from mereq_teleop.agents.library import SEED, fetch, keep
from mereq_teleop.agents.mereq import Mereq
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.recipes import residual_sac_recipe
from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.residual_sac import ResidualSac
from mereq_teleop.sessions.records import AnySegment

__all__ = ["Apprentice", "instant_of"]

SLICE_S = 0.05
_REFINING = ResidualConfig(learning_rate=2e-4)
"""The conditioned Q is nearly right: small steps."""


def instant_of(config: LearnerConfig, prior: Policy | GaussianPolicy, found: Foretelling) -> InstantMereq:
    """The learner that answers at once by what was trained for its prior."""
    if isinstance(prior, Policy):
        assert isinstance(found, ConditionedQ)
        return InstantMereq(config, Foresight(prior, found, _REFINING, config.seed))
    assert isinstance(found, ConditionedActor)
    return InstantMereq(config, ContinuousForesight(prior, found))


class Apprentice:
    """Learns as `mereq` does until it can answer at once; then it answers everything anew.

    With `LearnerConfig.settle` it trains before its first answer, so that a run does not depend on the clock.
    """

    def __init__(
        self,
        config: LearnerConfig,
        prior: Policy | GaussianPolicy,
        library: Path,
        constants: Constants | None = None,
    ) -> None:
        self.config, self.prior = config, prior
        self._library, self._constants = library, constants or constants_of(prior)
        self._segments: Sequence[AnySegment] = ()
        self._cause = ""
        self._trainer: Training | None = None
        self._found: Foretelling | None = None
        known = fetch(library, prior, self._constants)
        self._learner: Mereq = self._online() if known is None else self._instant(known)

    @property
    def ready(self) -> bool:
        """Whether it answers at once."""
        return isinstance(self._learner, InstantMereq)

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
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
            self._trainer = training_of(self.prior, self._constants, SEED)
        self._trainer.advance(SLICE_S)
        if not self._trainer.done:
            return Rest(
                busy=True, detail=f"as mereq; instant learner {self._trainer.sweep / self._constants.sweeps:.0%}"
            )
        warning = ""
        try:
            keep(self._library, self.prior, self._constants, self._trainer.foretelling)
        except OSError as error:
            warning = f"cannot keep the instant learner in {self._library}: {error.strerror}"
        return self._adopt(self._trainer.foretelling, warning)

    def _adopt(self, found: Foretelling, warning: str = "") -> Rest:
        """Answer by what was trained from now on, and what was asked last anew."""
        self._trainer, self._found, earlier = None, None, self._learner
        self._learner = self._instant(found)
        self._learner.take_over(earlier)
        report = None
        if self._segments:
            report = self._learner.learn(self._segments, cause=self._cause)
        return Rest(busy=True, better=bool(self._learner.rounds.learned_from), warning=warning, report=report)

    def _online(self) -> Mereq:
        if isinstance(self.prior, Policy):
            return Mereq(self.config, ResidualDqn(self.prior, ResidualConfig(), self.config.seed), CONSTANTS["mereq"])
        trainer = ResidualSac(self.prior, residual_sac_recipe(self.prior.card), self.config.seed)
        return Mereq(self.config, trainer, CONTINUOUS["mereq"])

    def _instant(self, found: Foretelling) -> InstantMereq:
        return instant_of(self.config, self.prior, found)

    def snapshot(self, version: int) -> PolicySnapshot:
        """The policy as it stands."""
        return self._learner.snapshot(version)

    def state(self) -> State:
        """The learner's state, with what it answers by; an unfinished training begins again."""
        found = self._learner.conditioned.arrays() if isinstance(self._learner, InstantMereq) else {}
        return {**self._learner.state(), **joined(conditioned=found)}

    def restore(self, state: State) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        arrays = part_of(state, "conditioned.")
        if arrays:
            found = untrained(self.prior, self._constants)
            found.load(arrays)
            self._learner = self._instant(found)
        elif isinstance(self._learner, InstantMereq):
            # Online MEReQ had answered when the state was taken; its policy stays the current one until the next rest.
            self._found, self._learner = self._learner.conditioned, self._online()
        self._learner.restore(state)
