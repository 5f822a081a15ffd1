"""How a continuous motion becomes the human's own when they take over: within a tenth of a second, without a jump."""

from math import ceil

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.device import Sight

__all__ = ["HANDOVER_S", "Handover"]

HANDOVER_S = 0.1
"""How long a continuous motion takes to become the human's own."""


class Handover:
    """Goes over from the motion in which control was taken to what the hands ask for, step by step."""

    def __init__(self, card: TaskCard) -> None:
        self._card = card
        self._blended = ceil(HANDOVER_S * card.control_rate_hz)
        """Steps that are not wholly the human's own."""
        self._motion: tuple[float, ...] | None = None
        self._taken_step = 0

    def begin(self, sight: Sight, authority: Authority) -> None:
        """Control is taken now, from who has it; a motion of the human's own goes on as it is."""
        motion = {Authority.POLICY: sight.policy_action, Authority.SAFE: self._card.neutral_action}.get(authority)
        self._motion = motion if isinstance(motion, tuple) else None
        self._taken_step = sight.step

    def lasts(self, step: int) -> bool:
        """Whether a step is not wholly the human's own."""
        return self._motion is not None and 0 <= step - self._taken_step < self._blended

    def blend(self, wanted: tuple[float, ...], step: int) -> tuple[float, ...]:
        """What to ask for in a step where the hands want this; in environment units, within the axes' limits."""
        if self._motion is None or not self.lasts(step):
            return wanted
        own = (step - self._taken_step + 1) / (self._blended + 1)
        axes = zip(self._card.axes, wanted, self._motion, strict=True)
        return tuple(min(max(own * mine + (1.0 - own) * theirs, axis.low), axis.high) for axis, mine, theirs in axes)
