"""The expert's side of an update, and the policy's side paired with it.

Pairing decides success: short sessions see one phase of an episode only, so the policy is rolled out from the very
states in which the expert's pieces began, for as many steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from mereq_teleop.agents.learner import ExpertSide
from mereq_teleop.agents.policy import Policy
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.records import Action, Authority, Segment

__all__ = ["PairedRollouts", "Piece", "intervention_rate_of", "pieces_of"]

LEARNED_FROM = (Authority.POLICY, Authority.HUMAN)


@dataclass(frozen=True)
class Piece:
    """Consecutive steps of one episode that count for the expert."""

    seed: int
    executed_before: tuple[Action, ...]
    segments: tuple[Segment, ...]

    @property
    def features(self) -> Float64[np.ndarray, "n f"]:
        """Features of its steps."""
        return np.array([t.features for segment in self.segments for t in segment.transitions])


def intervention_rate_of(segments: Sequence[Segment]) -> float:
    """lambda: human-controlled steps / steps under policy or human; 0 without any."""
    steps = dict.fromkeys(Authority, 0)
    for segment in segments:
        steps[segment.authority] += segment.stop - segment.start
    counted = sum(steps[authority] for authority in LEARNED_FROM)
    return steps[Authority.HUMAN] / counted if counted else 0.0


def pieces_of(segments: Sequence[Segment], side: ExpertSide) -> list[Piece]:
    """Where the expert's side begins: with `shared` each stretch of an episode, with `human` each takeover.

    A stretch ends with its episode, its round, and where neither the policy nor the human had control.
    """
    wanted = LEARNED_FROM if side == "shared" else (Authority.HUMAN,)
    pieces: list[list[Segment]] = []
    for segment in segments:
        if segment.authority not in wanted:
            continue
        last = pieces[-1][-1] if pieces else None
        follows = last is not None and (last.round, last.episode, last.stop) == (
            segment.round,
            segment.episode,
            segment.start,
        )
        if follows and side == "shared":
            pieces[-1].append(segment)
        else:
            pieces.append([segment])
    return [Piece(piece[0].seed, piece[0].executed_before, tuple(piece)) for piece in pieces]


class PairedRollouts:
    """The policy's side: from each piece's first state, for as many steps."""

    def __init__(self, task: str) -> None:
        self.task = task
        self._one = make_batch(task, 1)
        self._starts: dict[str, Any] = {}

    def features(self, policy: Policy, pieces: Sequence[Piece]) -> list[Float64[np.ndarray, "m f"]]:
        """Features of the policy's steps, by piece; a rollout that crashes or times out ends early, as an episode."""
        batch = make_batch(self.task, len(pieces))
        starts = [self._start(piece) for piece in pieces]
        obs = batch.restore(type(starts[0]).concatenate(starts))
        left = np.array([len(piece.features) for piece in pieces])
        steps: list[list[np.ndarray]] = [[] for _ in pieces]
        while (left > 0).any():
            obs, features, _, terminated, truncated = batch.step(policy.act(obs))
            for piece in np.flatnonzero(left > 0):
                steps[piece].append(features[piece])
            left = np.where(terminated | truncated, 0, left - 1)
        return [np.array(rollout) for rollout in steps]

    def _start(self, piece: Piece) -> Any:
        """The piece's first state, by its episode's seed and executed actions; kept, since it never changes."""
        key = piece.segments[0].id
        if key not in self._starts:
            self._one.reset(np.array([piece.seed]))
            for action in piece.executed_before:
                self._one.step(np.array([action]))
            self._starts[key] = self._one.state()
        return self._starts[key]
