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
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.records import Action, AnySegment, Authority

__all__ = ["PairedRollouts", "Piece", "intervention_rate_of", "pieces_of"]

LEARNED_FROM = (Authority.POLICY, Authority.HUMAN)


@dataclass(frozen=True)
class Piece:
    """Consecutive steps of one episode that count for the expert, and what restores the state before them."""

    seed: int
    """Seed of the episode's reset."""
    executed_before: tuple[Action, ...]
    features: Float64[np.ndarray, "n f"]


def intervention_rate_of(segments: Sequence[AnySegment]) -> float:
    """lambda: human-controlled steps / steps under policy or human; 0 without any."""
    steps = dict.fromkeys(Authority, 0)
    for segment in segments:
        steps[segment.authority] += segment.stop - segment.start
    counted = sum(steps[authority] for authority in LEARNED_FROM)
    return steps[Authority.HUMAN] / counted if counted else 0.0


def pieces_of(segments: Sequence[AnySegment], side: ExpertSide, longest: int) -> list[Piece]:
    """The expert's side: with `shared` each stretch of an episode, with `human` each takeover.

    A stretch ends with its episode, its round, and where neither the policy nor the human had control. It is cut into
    pieces of at most `longest` steps: two futures of one state soon part in traffic, and what they differ by then is
    chance.
    """
    wanted = LEARNED_FROM if side == "shared" else (Authority.HUMAN,)
    stretches: list[list[AnySegment]] = []
    for segment in segments:
        if segment.authority not in wanted:
            continue
        last = stretches[-1][-1] if stretches else None
        if side == "shared" and last is not None and _follows(segment, last):
            stretches[-1].append(segment)
        else:
            stretches.append([segment])
    return [piece for stretch in stretches for piece in _cut(stretch, longest)]


def _follows(segment: AnySegment, last: AnySegment) -> bool:
    """Whether a segment goes on where the last one stopped, in the same round."""
    return (last.round, last.episode, last.stop) == (segment.round, segment.episode, segment.start)


def _cut(stretch: Sequence[AnySegment], longest: int) -> list[Piece]:
    transitions = [transition for segment in stretch for transition in segment.transitions]
    before = stretch[0].executed_before
    executed = tuple(transition.decision.executed for transition in transitions)
    return [
        Piece(
            seed=stretch[0].seed,
            executed_before=before + executed[:at],
            features=np.array([transition.features for transition in transitions[at : at + longest]]),
        )
        for at in range(0, len(transitions), longest)
    ]


class PairedRollouts:
    """The policy's side: from each piece's first state, for as many steps."""

    def __init__(self, task: str) -> None:
        self.task = task
        self._one = make_batch(task, 1)
        self._starts: dict[tuple[int, tuple[Action, ...]], Any] = {}

    def features(self, policy: AnyPolicy, pieces: Sequence[Piece]) -> list[Float64[np.ndarray, "m f"]]:
        """Features of the policy's steps, by piece; a rollout that crashes or times out ends early, as an episode."""
        batch = make_batch(self.task, len(pieces))
        starts = [self._start(piece) for piece in pieces]
        # Those of earlier rounds are not asked for again, or found again.
        asked = {(piece.seed, piece.executed_before) for piece in pieces}
        self._starts = {key: start for key, start in self._starts.items() if key in asked}
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
        """The piece's first state, by its episode's seed and executed actions; it never changes."""
        seed, executed = key = piece.seed, piece.executed_before
        if key not in self._starts:
            # An earlier piece of the episode has gone part of the way already.
            on_the_way = [before for of, before in self._starts if of == seed and before == executed[: len(before)]]
            if on_the_way:
                known = max(on_the_way, key=len)
                self._one.restore(self._starts[seed, known])
            else:
                known = ()
                self._one.reset(np.array([seed]))
            for action in executed[len(known) :]:
                self._one.step(np.array([action]))
            self._starts[key] = self._one.state()
        return self._starts[key]
