"""MEReQ: find theta from interventions, customise the prior to it (arXiv 2406.16258, algorithm 1).

The reader's map: `learn` is one update. It lays out the expert's side, then repeats: roll the policy out from the very
states in which the expert's pieces began, take one step of theta along the difference in mean features, let the trainer
catch up with the new theta.

The loop does not know what its trainer keeps beside theta . f. With a residual trainer it is MEReQ; with a plain one it
is full-reward max-ent inverse RL (Ziebart 2008).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from mereq_teleop.agents.irl import ascend, bounds, evidence, feature_gap, within
from mereq_teleop.agents.learner import ExpertSide, LearnerConfig, Rest, State, joined, part_of
from mereq_teleop.agents.pieces import PairedRollouts, Piece, intervention_rate_of, pieces_of
from mereq_teleop.agents.records import LearnerReport, PolicySnapshot, RewardWeights
from mereq_teleop.agents.rounds import Lesson, Rounds
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.agents.trainer import Trainer
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.records import AnySegment, Authority

__all__ = ["Mereq", "MereqConfig", "Pull"]


WITH_PSEUDO_EXPERT = ("mereq", "mereq-instant")
"""Methods to which what the human watched and let pass is the expert's too."""
SERVED = 10
"""Turns of the trainer at rest after which its policy is worth a swap."""


@dataclass(frozen=True, kw_only=True)
class MereqConfig:
    """Constants of the inner loop (docs/decisions/0003-inner-loop.md); theta is measured in its features' reach."""

    eta: float = 0.3
    """Step size of theta."""
    epsilon: float = 0.05
    """Stop when the gradient's norm is under epsilon * lambda: the gap of `shared` shrinks with lambda itself."""
    inner_steps: int = 20
    """At most so many steps of theta an update."""
    stride: float = 0.25
    """theta moves no further than this in one update: what a few steps say is not all there is."""
    ample: int = 40
    """Human steps from which on the stride grows in proportion to them."""
    freedom: float = 1.0
    """theta's components stay within so many times their features' reach."""
    updates: int = 30
    """Gradient steps of the trainer for each step of theta."""
    settling: int = 0
    """The trainer takes so many turns of `updates` for an update, what is left of them at rest: an actor follows its
    critics with a lag."""
    piece: float = 0.5
    """Longest stretch of paired steps, in horizons."""
    piece_steps: int = 250
    """The same in steps: on the moon, where a horizon has a thousand, two futures of one state part long before half of
    them, and what they differ by is chance."""
    doubt: float = 0.5
    """Standard errors up to which a component of the gap counts for nothing."""
    anchor: float = 1.0
    """Steps that the weights of the round's start count for: few steps shall not move theta far."""
    memory: float = 0.02
    """Share of the steps of earlier rounds that the anchor counts too: what was learned gets firmer."""
    worlds: int = 64
    """Worlds that the learner steps side by side to gather experience."""
    warm_up_sweeps: int = 80
    """Control steps of the first policy in each of them before the first update."""
    warm_up_updates: int = 0
    """Gradient steps before the first update, at theta = 0: a trainer that knows features apart from their weights
    learns which ones the prior meets."""
    sweeps: int = 6
    """Control steps of the policy in each of them for each step of theta: Q must know where its own policy leads."""


@dataclass(frozen=True)
class Pull:
    """Gradient of a Gaussian prior around `centre`, stiffness @ (theta - centre), in units of mean features a step."""

    centre: Float64[np.ndarray, " f"]
    stiffness: Float64[np.ndarray, "f f"]


class Mereq:
    """Max-ent inverse RL from interventions: MEReQ, its variant without pseudo-expert, and the full-reward baselines.

    theta is a maximum a posteriori estimate: the likelihood's gradient, and a Gaussian prior around the weights with
    which the round began, whose pull fades with the round's steps and grows with those before it. Without it a few
    steps of noise wind theta up, and weights that the data say nothing about drift.
    """

    def __init__(
        self, config: LearnerConfig, trainer: Trainer, constants: MereqConfig | None = None, *, afresh: bool = True
    ) -> None:
        """One that is not to begin `afresh` gathers no experience: `restore` brings it."""
        self.config = config
        self.constants = constants or MereqConfig()
        self.card = card_of(config.task)
        self.side: ExpertSide = config.expert_side or ("shared" if config.method in WITH_PSEUDO_EXPERT else "human")
        self.trainer = trainer
        self.scale = np.array([feature.reach for feature in self.card.features])
        self.theta = np.zeros(len(self.card.features))
        self.anchor = self.theta.copy()
        self.turns = self.constants.settling
        """Of the trainer since the last update."""
        self.rounds = Rounds()
        self.rollouts = PairedRollouts(config.task)
        self.scouts = Scouts(config.task, self.constants.worlds, config.seed)
        if afresh:
            self.scouts.explore(trainer.policy(), self.constants.warm_up_sweeps, trainer)
            self._warm_up()

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        """One update from all segments of the session so far; those of the last round are the current ones."""
        began = time.monotonic()
        for lesson in self.rounds.lessons(segments, cause):
            if lesson.afresh:
                self._forget(pulse)
            if lesson.opens:
                self.anchor = self.theta.copy()
            gap, losses = self._learn_round(lesson, pulse)
        return lesson.report(
            began,
            weights=self.weights,
            losses=losses,
            updates=len(losses) * self.constants.updates,
            inner_steps=len(losses),
            gap=gap.tolist(),
        )

    def rest(self) -> Rest:
        """A turn of the trainer that the last update has left; `better` after each SERVED of them."""
        if self.turns >= self.constants.settling:
            return Rest(busy=False)
        self._train()
        self.turns += 1
        over = self.turns >= self.constants.settling
        return Rest(busy=not over, detail="" if over else "settling", better=over or self.turns % SERVED == 0)

    def _warm_up(self, pulse: Callable[[], None] = lambda: None) -> None:
        """Let the trainer learn what the policy of the start meets, at theta = 0."""
        if self.constants.warm_up_updates:
            self.trainer.learn(self.theta, self.constants.warm_up_updates, pulse)

    def _forget(self, pulse: Callable[[], None]) -> None:
        """Back to the start; the experience stays: it says how the world goes, not what anybody wants."""
        self.theta = np.zeros(len(self.card.features))
        self.turns = self.constants.settling
        self.trainer.forget()
        self._warm_up(pulse)

    def _learn_round(self, lesson: Lesson, pulse: Callable[[], None]) -> tuple[Float64[np.ndarray, " f"], list[float]]:
        """The last gap, and the trainer's losses."""
        counted = lesson.segments if self.config.total_features else lesson.current
        rate = intervention_rate_of(counted)
        if rate == 0:
            return np.zeros_like(self.theta), []
        pieces = pieces_of(counted, self.side, self._longest)
        by_hand = sum(s.stop - s.start for s in counted if s.authority is Authority.HUMAN)
        stride = self.constants.stride * max(1.0, by_hand / self.constants.ample)
        pull = self._pull(lesson, sum(len(piece.features) for piece in pieces))
        return self._match(pieces, rate, stride, pull, pulse)

    @property
    def _longest(self) -> int:
        """Steps of the longest piece."""
        return min(round(self.constants.piece * self.card.horizon_steps), self.constants.piece_steps)

    def _pull(self, lesson: Lesson, steps: int) -> Pull:
        """Towards the weights of the round's start, less the more steps there are."""
        stiffness = (self.constants.anchor + self.constants.memory * lesson.earlier_steps) / steps
        return Pull(self.anchor, np.diag(stiffness / self.scale**2))

    def _match(
        self, pieces: Sequence[Piece], rate: float, stride: float, pull: Pull, pulse: Callable[[], None]
    ) -> tuple[Float64[np.ndarray, " f"], list[float]]:
        """The inner loop: move theta until the policy's features are the expert's; the last gap, and the losses."""
        constants = self.constants
        low, high = bounds(self.card, constants.freedom)
        scale = self.scale
        expert = [piece.features for piece in pieces]
        # A longer step would overshoot where the pull is stiff, and further each time.
        eta = constants.eta / max(
            1.0, constants.eta * float(np.linalg.norm(scale[:, None] * pull.stiffness * scale, 2))
        )
        before, losses = self.theta / scale, list[float]()
        for _ in range(constants.inner_steps):
            acting = self.trainer.policy()
            policy = self.rollouts.features(acting, pieces)
            gap = feature_gap(np.concatenate(expert), np.concatenate(policy))
            pulled = pull.stiffness @ (self.theta - pull.centre)
            gradient = scale * (gap * evidence(expert, policy, constants.doubt) - pulled)
            if np.linalg.norm(gradient) < constants.epsilon * rate:
                break
            reached = within(stride, before, ascend(self.theta / scale, gradient, eta))
            self.theta = np.clip(reached * scale, low, high)
            losses.append(self._train(pulse))
            if np.linalg.norm(self.theta / scale - before) >= stride * (1 - 1e-9):
                break
        self.turns = len(losses)
        return gap, losses

    def _train(self, pulse: Callable[[], None] = lambda: None) -> float:
        """One turn of the trainer at theta as it is; its loss."""
        self.scouts.explore(self.trainer.policy(), self.constants.sweeps, self.trainer)
        pulse()
        loss = self.trainer.learn(self.theta, self.constants.updates, pulse)
        pulse()
        return loss

    @property
    def weights(self) -> RewardWeights:
        """theta by name, after the round."""
        theta = tuple(self.theta.tolist())
        return RewardWeights(theta=theta, feature_names=self.card.feature_names, round=self.rounds.round)

    def snapshot(self, version: int) -> PolicySnapshot:
        """The policy as it stands."""
        return self.trainer.snapshot(version, self.rounds.maker(self.config.method, self.weights))

    def state(self) -> State:
        """theta, the trainer with its experience, the scouts' worlds, the random streams: all that learning needs."""
        return {
            "theta": self.theta.copy(),
            "anchor": self.anchor.copy(),
            "turns": np.array(self.turns),
            **self.rounds.state(),
            **joined(trainer=self.trainer.state(), scouts=self.scouts.state()),
        }

    def restore(self, state: State) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        self.theta, self.anchor = np.array(state["theta"]), np.array(state["anchor"])
        self.turns = int(state["turns"])
        self.rounds.restore(state)
        self.trainer.restore(part_of(state, "trainer."))
        self.scouts.restore(part_of(state, "scouts."))
