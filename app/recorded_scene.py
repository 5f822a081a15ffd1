"""What the HUD showed, or would have shown, at any step of a recording: a `Scene` without an actor.

It needs nothing but the recording: no policy file, no simulator.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from mereq_teleop.agents.records import LearnerReport, RewardWeights
from mereq_teleop.app.limits import limits_of
from mereq_teleop.app.tally import Tally, typical_takeover
from mereq_teleop.app.window.keys import action_words
from mereq_teleop.app.window.messages import TOAST_S
from mereq_teleop.app.window.scene import Scene, Shown, Toast
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.events import Note, Retraction, RoundEnd, Swap
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Action
from mereq_teleop.sessions.steps import RecordedStep, steps_of
from mereq_teleop.teleop.command import Command

__all__ = ["RecordedScenes"]

_DELTA: Final = 0.05
"""What sessions of a version without this setting used."""


class RecordedScenes:
    """The scenes of one recording, by the index of a step in `steps`.

    A scene shows what was known once its step was taken, before anything that came later. Going forward costs as many
    steps as lie between; going back counts anew from the start.
    """

    def __init__(self, recording: Recording, card: TaskCard, session: str) -> None:
        """Look the recording through once; reports need their type (`app.replay.TYPES`), or the HUD shows no weights.

        Args:
            recording: of a session of this card's task.
            card: the task's.
            session: the session's name, to be shown.
        """
        self.steps: tuple[RecordedStep, ...] = steps_of(recording)
        """Every control step in the order in which it was taken."""
        self._recording = recording
        self._card = card
        self._session = session
        settings = recording.config.settings
        self._delta = float(settings.get("delta") or _DELTA)
        self._typical = typical_takeover(card, settings.get("preference"))
        self._first_round = _first_round(recording)
        self._weights = _weights_of(recording)
        self._hands = _hands_of(recording)
        self._segments = {segment.id: segment for segment in recording.segments}
        self._rewind()

    def at(self, index: int, fraction: float = 0.0) -> Scene:
        """The scene of a step.

        Args:
            index: of the step, 0..len(steps) - 1.
            fraction: 0..1, how much of the step is over.
        """
        self._go_to(index)
        step, card, settings = self.steps[index], self._card, self._recording.config.settings
        transition, decision = step.transition, step.transition.decision
        tally = self._tally
        weights = self._weights.get(transition.policy_version)
        theta = weights.theta if weights is not None else (0.0,) * len(card.features)
        return Scene(
            replayed=True,
            authority=decision.authority,
            reason=decision.reason,
            policy_action=self._shown(decision.policy_action),
            human_action=self._shown(decision.human_action),
            executed=self._shown(decision.executed),
            step_left=1.0 - fraction,
            policy_version=transition.policy_version,
            last_swap=self._last_swap,
            round=tally.round.round + self._first_round - 1,
            round_step=tally.round.steps,
            steps_per_round=settings.get("steps_per_round") or card.round_steps,
            round_rate=tally.round.intervention_rate,
            verdict=None if settings.get("demonstrations") else tally.verdict,
            delta=self._delta,
            theta=tuple(zip(card.feature_names, theta, strict=True)),
            theta_deviation=weights.deviation if weights is not None else (),
            theta_limits=limits_of(card, self._recording.config.method),
            updates=self._updates,
            device=self._hands,
            speed_factor=settings.get("speed") or 1.0,
            episode=step.episode,
            # As the frame is called that is shown: the world before this step, until it is over.
            step=transition.step + int(fraction >= 1.0),
            horizon_steps=card.horizon_steps,
            session=self._session,
            toasts=self._toasts(index + fraction),
        )

    def _shown(self, action: Action | None) -> Shown | None:
        if action is None or (isinstance(action, tuple) and len(action) > 1):
            return action
        return action_words(self._card, action)

    def _toasts(self, place: float) -> tuple[Toast, ...]:
        """What the operator was told last, if that was of late; `place` counts steps."""
        rate_hz = self._card.control_rate_hz
        aged = ((note, (place - taken) / rate_hz) for note, taken in self._notes[-1:])
        return tuple(Toast(note.text, age_s, note.warning) for note, age_s in aged if 0.0 <= age_s < TOAST_S)

    def _rewind(self) -> None:
        self._line = 0
        self._taken = 0
        """Steps that were counted."""
        self._tally = Tally(self._delta, self._typical)
        self._hash, self._version = "", 0
        self._last_swap = ""
        self._updates = 0
        self._notes: list[tuple[Note, int]] = []

    def _go_to(self, index: int) -> None:
        """Count all that was recorded up to this step, and this step."""
        until = self.steps[index].line
        if until < self._line - 1:
            self._rewind()
        timeline = self._recording.timeline
        while self._line <= until:
            self._count(timeline[self._line].record)
            self._line += 1

    def _count(self, record: object) -> None:
        match record:
            case Note() if record.told:
                self._notes.append((record, self._taken))
                _, _, words = record.text.partition(f"policy {self._version}: ")
                self._last_swap = words or self._last_swap
            case RoundEnd():
                self._tally.end_round(self._version)
            case Retraction() if record.segment in self._segments:
                segment = self._segments[record.segment]
                # The tally's rounds are this session's; one that goes on from another counts on from there.
                round_ = segment.round - self._first_round + 1
                self._tally.retract(msgspec.structs.replace(segment, round=round_))
            case Swap():
                if self._hash and (record.reason or record.hash != self._hash):
                    self._tally.swapped()
                    self._last_swap = record.reason or "learned"
                self._hash, self._version = record.hash, record.version
            case LearnerReport():
                self._updates += 1
            case _ if self._taken < len(self.steps) and self.steps[self._taken].line == self._line:
                step = self.steps[self._taken]
                taken = step.transition
                self._tally.add(taken.decision.authority, step.episode, taken.step, taken.policy_version)
                self._taken += 1


def _hands_of(recording: Recording) -> str:
    """Which devices were used; of a session that took whatever was there, those that asked for something."""
    if (device := recording.config.device) != "auto":
        return device
    used = (logged.record.device for logged in recording.timeline if isinstance(logged.record, Command))
    return " + ".join(dict.fromkeys(used))


def _first_round(recording: Recording) -> int:
    """Number of the session's first round: one that resumes another does not begin at 1."""
    rounds = [*(mark.round for mark in recording.segments[:1]), *(end.round for end in recording.rounds[:1])]
    return min(rounds, default=1)


def _weights_of(recording: Recording) -> Mapping[int, RewardWeights]:
    """The reward weights of each policy, as the learner reported them."""
    reports = (report for report in recording.reports if isinstance(report, LearnerReport))
    return {report.policy_version: report.weights for report in reports if report.weights is not None}
