"""The simulated expert's judgement: when to take over, when to give back.

One pure function of what is seen, what the policy would do and a small state: the same code judges a live step, a
recorded one, and a thousand worlds at once.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from mereq_teleop.agents.policy import Policy
from mereq_teleop.envs.card import Preference

__all__ = ["Judgement", "SimulatedExpert", "judge"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rule's state in n worlds."""

    engaged: Bool[np.ndarray, " n"]
    agreeing: Int64[np.ndarray, " n"]
    """Steps in a row in agreement."""

    @classmethod
    def fresh(cls, n: int) -> "Judgement":
        """Nobody has taken over yet."""
        return cls(np.zeros(n, bool), np.zeros(n, np.int64))

    def forgotten(self, mask: Bool[np.ndarray, " n"]) -> "Judgement":
        """Fresh where `mask` is set: a new episode has begun there."""
        return Judgement(self.engaged & ~mask, np.where(mask, 0, self.agreeing))


def judge(
    q: Float32[np.ndarray, "n u"],
    policy_action: Int64[np.ndarray, " n"],
    before: Judgement,
    engage_above: float,
    release_after: int,
) -> Judgement:
    """Engage when Q_E(x, best) - Q_E(x, policy's action) > engage_above; release after agreeing steps in a row."""
    regret = q.max(axis=1) - np.take_along_axis(q, policy_action[:, None], axis=1)[:, 0]
    disagrees = regret > engage_above
    agreeing = np.where(disagrees, 0, before.agreeing + 1)
    return Judgement(disagrees | (before.engaged & (agreeing < release_after)), agreeing)


class SimulatedExpert:
    """An expert policy with the rule of its task's card; `watch` is what a simulated device calls each step."""

    def __init__(self, policy: Policy, preference: Preference) -> None:
        self.policy = policy
        self.preference = preference
        self._judgement = Judgement.fresh(1)

    def forget(self) -> None:
        """A new episode has begun."""
        self._judgement = Judgement.fresh(1)

    def watch(self, obs: Float32[np.ndarray, "..."], policy_action: int) -> int | None:
        """The expert's action where it wants control, None where it lets the policy drive."""
        q = self.policy.preference(obs[None])
        self._judgement = self.judge(q, np.array([policy_action]), self._judgement)
        return int(q[0].argmax()) if self._judgement.engaged[0] else None

    def judge(
        self, q: Float32[np.ndarray, "n u"], policy_action: Int64[np.ndarray, " n"], before: Judgement
    ) -> Judgement:
        """The rule with this preference's threshold and hysteresis."""
        return judge(q, policy_action, before, self.preference.engage_above, self.preference.release_after)
