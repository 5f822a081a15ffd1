"""Whether the learner is there: a word for the operator when it goes and when it is back."""

from mereq_teleop.app.bus.messages import LearnerState

__all__ = ["Attendance"]

THERE = (LearnerState.READY, LearnerState.LEARNING)


class Attendance:
    """Follows a learner's state from its first readiness on; what it fails or refuses it says itself."""

    def __init__(self) -> None:
        self._been_there = False
        self._gone_s: float | None = None

    def look(self, state: LearnerState, now_s: float) -> str:
        """What there is to say of a state at a time (s); mostly nothing."""
        if state in THERE:
            self._been_there = True
            gone_s, self._gone_s = self._gone_s, None
            return "" if gone_s is None else f"the learner is back after {now_s - gone_s:.1f} s"
        if self._been_there and self._gone_s is None:
            self._gone_s = now_s
            return "the learner is gone: the policy drives on, and nothing that you teach is lost"
        return ""
