"""From heartbeats, and from their absence, to a word for the learner's state."""

from dataclasses import dataclass

from mereq_teleop.app.bus.messages import Heartbeat, LearnerState

__all__ = ["Health", "HeartbeatWatch"]

HUNG_AFTER_S = 1.0
LOST_AFTER_S = 10.0
START_GRACE_S = 60.0
"""Imports and the first compilation say nothing for seconds."""
OWN_STALL_S = 0.5


@dataclass(frozen=True, slots=True)
class Health:
    """How the learner is, for the window and the supervisor."""

    state: LearnerState
    detail: str = ""
    """A line in words: why it failed or refused, or what it waits for."""
    silent_s: float = 0.0
    """Age of its last sign of life."""

    def __str__(self) -> str:
        return f"{self.state}: {self.detail}" if self.detail else str(self.state)


class HeartbeatWatch:
    """Listens for one learner's heartbeats."""

    def __init__(self) -> None:
        self.beat: Heartbeat | None = None
        """The last heartbeat of the learner that is expected now."""
        self.refusal = ""
        """Why the learner refused us; empty when it did not."""
        self._heard_at: float | None = None
        self._ticked_at: float | None = None
        self._gone = ""

    @property
    def heard_at(self) -> float:
        """Time (s) of the last sign of life."""
        return float("-inf") if self.beat is None or self._heard_at is None else self._heard_at

    def tick(self, now: float) -> None:
        """Call before each drain of the sockets; `now` in seconds."""
        if self._heard_at is None:
            self._heard_at = now
        if self._ticked_at is not None and now - self._ticked_at > OWN_STALL_S:
            # We did not listen meanwhile: that is our own silence, not the learner's.
            self._heard_at += now - self._ticked_at
        self._ticked_at = now

    def hear(self, beat: Heartbeat, now: float) -> None:
        """A heartbeat came."""
        if beat.instance != self._gone:
            self.beat = beat
            self._heard_at = now

    def expect(self, now: float) -> None:
        """A new learner was started; what the old one said counts no more."""
        self._gone = self.beat.instance if self.beat else self._gone
        self.beat = None
        self.refusal = ""
        self._heard_at = now

    def health(self, now: float) -> Health:
        """The learner's state at time `now` (s)."""
        silent_s = 0.0 if self._heard_at is None else max(0.0, now - self._heard_at)
        if self.beat is not None and self.beat.state is LearnerState.FAILED:
            return Health(LearnerState.FAILED, self.beat.detail, silent_s)
        said = LearnerState.STARTING if self.beat is None else self.beat.state
        grace_s = START_GRACE_S if said is LearnerState.STARTING else HUNG_AFTER_S
        if silent_s > max(grace_s, LOST_AFTER_S):
            return Health(LearnerState.LOST, f"silent for {silent_s:.0f} s", silent_s)
        if silent_s > grace_s:
            return Health(LearnerState.HUNG, f"silent for {silent_s:.1f} s", silent_s)
        if self.refusal:
            return Health(LearnerState.REFUSED, self.refusal, silent_s)
        return Health(said, "" if self.beat is None else self.beat.detail, silent_s)
