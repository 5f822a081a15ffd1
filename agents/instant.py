"""MEReQ that answers at once: theta is searched for on a conditioned Q, online RQL refines the answer afterwards."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64

from mereq_teleop.agents.densities import ContinuousActions, NamedActions
from mereq_teleop.agents.foresight import Foresight
from mereq_teleop.agents.foresight_sac import ContinuousForesight
from mereq_teleop.agents.learner import LearnerConfig, Rest, State, joined, part_of
from mereq_teleop.agents.likelihood import ActionLikelihood, Posterior
from mereq_teleop.agents.mereq import Mereq, MereqConfig, Pull
from mereq_teleop.agents.records import RewardWeights
from mereq_teleop.agents.refinement import Refinement
from mereq_teleop.agents.rounds import Lesson

__all__ = ["InstantMereq"]

SEARCH = MereqConfig(stride=0.5, updates=0, sweeps=0)
"""The inner loop over a trainer that need not train."""
CONTINUOUS_SEARCH = MereqConfig(stride=0.5, updates=0, sweeps=0, worlds=1, warm_up_sweeps=0)
"""The same where nothing is refined either, so nothing has to be seen."""
TRUST = 0.75
"""What the likelihood's posterior weighs beside the features' gap (objective `both`)."""


class InstantMereq(Mereq):
    """Searches theta by the gap in features (MEReQ's own), by the likelihood of the human's actions, or by both.

    The posterior of the likelihood gives each weight its interval, whichever objective found it. All of the session's
    human steps count for it: what a person did says what the person wants, whoever drove before.
    """

    def __init__(
        self, config: LearnerConfig, trainer: Foresight | ContinuousForesight, constants: MereqConfig | None = None
    ) -> None:
        self.prior, self.conditioned = trainer.prior, trainer.conditioned
        named = isinstance(trainer, Foresight)
        self.likelihood = ActionLikelihood(
            NamedActions(trainer.conditioned, trainer.prior)
            if isinstance(trainer, Foresight)
            else ContinuousActions(trainer.conditioned, trainer.prior)
        )
        self.posterior: Posterior | None = None
        super().__init__(config, trainer, constants or (SEARCH if named else CONTINUOUS_SEARCH))
        self.refinement = Refinement(trainer, self.scouts) if isinstance(trainer, Foresight) else None

    def _learn_round(self, lesson: Lesson, pulse: Callable[[], None]) -> tuple[Float64[np.ndarray, " f"], list[float]]:
        if self.refinement is not None:
            self.refinement.begin()
        self.posterior = self.likelihood.posterior(lesson.segments, self.theta)
        if self.config.objective == "likelihood":
            self.theta = self.posterior.mode
            gap, losses = np.zeros_like(self.theta), [0.0]
        else:
            gap, losses = super()._learn_round(lesson, pulse)
        self.trainer.learn(self.theta, 0)
        return gap, losses

    def _pull(self, lesson: Lesson, steps: int) -> Pull:
        if self.config.objective == "features" or self.posterior is None:
            return super()._pull(lesson, steps)
        # alpha times the gradient of a step's mean log-likelihood is a gap in mean features (irl.likelihood_gradient).
        stiffness = TRUST * self.prior.snapshot.maker.alpha / steps * self.posterior.precision
        return Pull(self.posterior.mode, stiffness)

    def take_over(self, earlier: Mereq) -> None:
        """Go on where another learner of the same session is: at its theta and round."""
        self.theta, self.anchor, self.rounds = earlier.theta.copy(), earlier.anchor.copy(), earlier.rounds
        self.trainer.learn(self.theta, 0)

    def rest(self) -> Rest:
        """A slice of online RQL at the theta that was found; of continuous actions there is none."""
        return Rest(busy=False) if self.refinement is None else self.refinement.rest(self.theta)

    @property
    def weights(self) -> RewardWeights:
        """theta by name, with the posterior's deviations."""
        return RewardWeights(
            theta=tuple(self.theta.tolist()),
            feature_names=self.card.feature_names,
            round=self.rounds.round,
            deviation=() if self.posterior is None else tuple(self.posterior.deviation.tolist()),
        )

    def state(self) -> State:
        """What the search and the refinement need to go on."""
        found = {} if self.posterior is None else self.posterior.state()
        refining = {} if self.refinement is None else self.refinement.state()
        return {**super().state(), **joined(refinement=refining, posterior=found)}

    def restore(self, state: State) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        super().restore(state)
        if self.refinement is not None:
            self.refinement.restore(part_of(state, "refinement."))
        found = part_of(state, "posterior.")
        self.posterior = Posterior.of(found) if found else None
