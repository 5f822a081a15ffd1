"""MEReQ: find theta from interventions, customise the prior to it (arXiv 2406.16258, algorithm 1).

The reader's map: `learn` is one update. It lays out the expert's side, then repeats: roll the policy out from the very
states in which the expert's pieces began, take one step of theta along the difference in mean features, let residual
Q-learning catch up with the new theta.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from mereq_teleop.agents.irl import ascend, evidence, feature_gap, within
from mereq_teleop.agents.learner import ExpertSide, LearnerConfig, State
from mereq_teleop.agents.pieces import PairedRollouts, Piece, intervention_rate_of, pieces_of
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import LearnerReport, PolicySnapshot, RewardWeights
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.records import Segment

__all__ = ["Mereq", "MereqConfig"]


@dataclass(frozen=True, kw_only=True)
class MereqConfig:
    """Constants of the inner loop (docs/decisions/0003-inner-loop.md)."""

    eta: float = 0.3
    """Step size of theta."""
    epsilon: float = 0.05
    """Stop when the gradient's norm is under epsilon * lambda: the gap of `shared` shrinks with lambda itself."""
    inner_steps: int = 20
    """At most so many steps of theta an update."""
    reach: float = 0.25
    """theta moves no further than this in one update: what a few steps say is not all there is."""
    updates: int = 30
    """Gradient steps of Q_R for each step of theta."""
    piece_steps: int = 20
    """Longest stretch of paired steps."""
    doubt: float = 0.5
    """Standard errors up to which a component of the gap counts for nothing."""
    anchor: float = 1.0
    """Steps that the weights of the round's start count for: few steps shall not move theta far."""
    memory: float = 0.02
    """Share of the steps of earlier rounds that the anchor counts too: what was learned gets firmer."""
    worlds: int = 64
    """Worlds that the learner steps side by side to gather experience."""
    warm_up_sweeps: int = 80
    """Control steps of the prior in each of them before the first update."""
    sweeps: int = 6
    """Control steps of the policy in each of them for each step of theta: Q_R must know where its own policy leads."""


class Mereq:
    """MEReQ (`mereq`) and its variant without pseudo-expert (`mereq-np`), for discrete actions.

    theta is a maximum a posteriori estimate: the likelihood's gradient, and a Gaussian prior around the weights with
    which the round began, whose pull fades with the round's steps and grows with those before it. Without it a few
    steps of noise wind theta up, and weights that the data say nothing about drift.
    """

    def __init__(self, config: LearnerConfig, prior: PolicySnapshot, constants: MereqConfig | None = None) -> None:
        self.config = config
        self.constants = constants or MereqConfig()
        self.card = card_of(config.task)
        self.side: ExpertSide = config.expert_side or ("shared" if config.method == "mereq" else "human")
        self.dqn = ResidualDqn(Policy(prior, self.card), ResidualConfig(), config.seed)
        self.theta = np.zeros(len(self.card.features))
        self.anchor = self.theta.copy()
        self.ceiling = np.array([np.inf if feature.wanted else 0.0 for feature in self.card.features])
        self.rollouts = PairedRollouts(config.task)
        self.scouts = Scouts(config.task, self.constants.worlds, config.seed)
        self.round = 0
        self.learned_from: tuple[str, ...] = ()
        self.cause = ""
        self.scouts.explore(self.dqn.prior, self.constants.warm_up_sweeps, self.dqn)

    def learn(
        self, segments: Sequence[Segment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        """One update from all segments of the session so far; those of the last round are the current ones."""
        began = time.monotonic()
        ids, rounds = tuple(segment.id for segment in segments), sorted({segment.round for segment in segments})
        if not set(self.learned_from) <= set(ids):
            self._forget()
            for done in rounds[:-1]:
                self._learn_round([segment for segment in segments if segment.round <= done], pulse)
        self.learned_from, self.cause = ids, cause
        gap, losses = self._learn_round(segments, pulse)
        current = [segment for segment in segments if segment.round == self.round]
        return LearnerReport(
            cause=cause,
            round=self.round,
            policy_version=0,
            weights=self.weights,
            feature_gap=tuple(gap.tolist()),
            loss=float(np.mean(losses)) if losses else 0.0,
            inner_steps=len(losses),
            updates=len(losses) * self.constants.updates,
            intervention_rate=intervention_rate_of(current),
            seconds=time.monotonic() - began,
        )

    def _forget(self) -> None:
        """Something that was learned from was taken back: begin with the prior again, as if it had never been.

        The experience stays: it says how the world goes, not what anybody wants.
        """
        self.theta = np.zeros(len(self.card.features))
        self.anchor = self.theta.copy()
        self.round = 0
        self.dqn.forget()

    def _learn_round(
        self, segments: Sequence[Segment], pulse: Callable[[], None]
    ) -> tuple[Float64[np.ndarray, " f"], list[float]]:
        """Learn from the last round of these segments; the last gap, and Q_R's losses."""
        latest = max((segment.round for segment in segments), default=self.round)
        if latest > self.round:
            self.round, self.anchor = latest, self.theta.copy()
        current = [segment for segment in segments if segment.round == self.round]
        counted = segments if self.config.total_features else current
        earlier = sum(segment.stop - segment.start for segment in segments if segment.round < self.round)
        rate = intervention_rate_of(counted)
        if rate == 0:
            return np.zeros_like(self.theta), []
        return self._match(pieces_of(counted, self.side, self.constants.piece_steps), rate, earlier, pulse)

    def _match(
        self, pieces: Sequence[Piece], rate: float, earlier: int, pulse: Callable[[], None]
    ) -> tuple[Float64[np.ndarray, " f"], list[float]]:
        """The inner loop: move theta until the policy's features are the expert's; the last gap, and Q_R's losses."""
        constants = self.constants
        expert = [piece.features for piece in pieces]
        steps = sum(len(features) for features in expert)
        pull = (constants.anchor + constants.memory * earlier) / steps
        before, losses = self.theta.copy(), list[float]()
        for _ in range(constants.inner_steps):
            policy = self.rollouts.features(self.dqn.policy(), pieces)
            gap = feature_gap(np.concatenate(expert), np.concatenate(policy))
            gradient = gap * evidence(expert, policy, constants.doubt) - pull * (self.theta - self.anchor)
            if np.linalg.norm(gradient) < constants.epsilon * rate:
                break
            theta = within(constants.reach, before, ascend(self.theta, gradient, constants.eta))
            self.theta = np.minimum(theta, self.ceiling)
            self.scouts.explore(self.dqn.policy(), constants.sweeps, self.dqn)
            pulse()
            losses.append(self.dqn.learn(self.theta, constants.updates, pulse))
            pulse()
            if np.linalg.norm(self.theta - before) >= constants.reach * (1 - 1e-9):
                break
        return gap, losses

    @property
    def weights(self) -> RewardWeights:
        """theta by name, after the round."""
        return RewardWeights(theta=tuple(self.theta.tolist()), feature_names=self.card.feature_names, round=self.round)

    def snapshot(self, version: int) -> PolicySnapshot:
        """The policy as it stands."""
        return self.dqn.snapshot(
            version,
            {
                "method": self.config.method,
                "round": self.round,
                "segments": self.learned_from,
                "cause": self.cause,
                "weights": self.weights,
            },
        )

    def state(self) -> State:
        """theta, Q_R with its experience, the scouts' worlds, the random streams: all that learning needs to go on."""
        return {
            "theta": self.theta.copy(),
            "anchor": self.anchor.copy(),
            "round": np.array(self.round),
            "learned_from": np.frombuffer("\n".join(self.learned_from).encode(), np.uint8).copy(),
            **{f"dqn.{name}": array for name, array in self.dqn.state().items()},
            **{f"scouts.{name}": array for name, array in self.scouts.state().items()},
        }

    def restore(self, state: State) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        self.theta, self.anchor = np.array(state["theta"]), np.array(state["anchor"])
        self.round = int(state["round"])
        self.learned_from = tuple(state["learned_from"].tobytes().decode().splitlines())
        for stem, part in (("dqn.", self.dqn), ("scouts.", self.scouts)):
            part.restore({name[len(stem) :]: array for name, array in state.items() if name.startswith(stem)})
