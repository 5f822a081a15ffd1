"""The simulated expert's judgement: when to take over, when to give back.

One pure function of what is seen, what the policy would do and a small state: the same code judges a live step, a
recorded one, and a thousand worlds at once.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.policy import Driver, Policy
from mereq_teleop.agents.rule import Rule
from mereq_teleop.envs.card import Preference, TaskCard
from mereq_teleop.sessions.records import Action
from mereq_teleop.sessions.world import as_action

__all__ = ["Judgement", "SimulatedExpert", "distance", "judge", "regret"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rule's state in n worlds."""

    engaged: Bool[np.ndarray, " n"]
    agreeing: Int64[np.ndarray, " n"]
    """Steps in a row in agreement."""
    disagreeing: Int64[np.ndarray, " n"]
    """Steps in a row in disagreement."""

    @classmethod
    def fresh(cls, n: int) -> "Judgement":
        """Nobody has taken over yet."""
        return cls(np.zeros(n, bool), np.zeros(n, np.int64), np.zeros(n, np.int64))

    def forgotten(self, mask: Bool[np.ndarray, " n"]) -> "Judgement":
        """Fresh where `mask` is set: a new episode has begun there."""
        return Judgement(self.engaged & ~mask, np.where(mask, 0, self.agreeing), np.where(mask, 0, self.disagreeing))


def regret(q: Float32[np.ndarray, "n u"], policy_action: Int64[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
    """Q_E(x, best) - Q_E(x, policy's action): how much the expert minds a discrete action."""
    minded: Float32[np.ndarray, " n"] = q.max(axis=1) - np.take_along_axis(q, policy_action[:, None], axis=1)[:, 0]
    return minded


def distance(
    expert_action: Float[np.ndarray, "n d"], policy_action: Float[np.ndarray, "n d"], card: TaskCard
) -> Float[np.ndarray, " n"]:
    """How far two continuous actions are apart on the axis where they are furthest, in units of the axis's range."""
    reach = np.array([axis.high - axis.low for axis in card.axes])
    furthest: Float[np.ndarray, " n"] = (np.abs(expert_action - policy_action) / reach).max(axis=1)
    return furthest


def judge(disagreement: Float[np.ndarray, " n"], before: Judgement, preference: Preference) -> Judgement:
    """Engage after steps in a row above the preference's threshold; release after agreeing steps in a row."""
    disagrees = disagreement > preference.engage_above
    agreeing = np.where(disagrees, 0, before.agreeing + 1)
    disagreeing = np.where(disagrees, before.disagreeing + 1, 0)
    stays = before.engaged & (agreeing < preference.release_after)
    return Judgement((disagreeing >= preference.engage_after) | stays, agreeing, disagreeing)


class SimulatedExpert:
    """An expert policy with the rule of its task's card; `watch` is what a simulated device calls each step.

    Its lapses and slips are in `watch` alone: whoever measures uses `judge`, which has none.

    Args:
        policy: what it would do; a rule may say nothing, and then lets the policy be.
        preference: its rule.
        random: the stream of its lapses and slips; nothing is drawn from it where the preference has none.
        demonstrations: it is in control at every step.

    Raises:
        BadPolicy: the task has discrete actions, and the policy no Q-function to mind them by.
    """

    def __init__(
        self,
        policy: Driver,
        preference: Preference,
        random: np.random.Generator | None = None,
        *,
        demonstrations: bool = False,
    ) -> None:
        if policy.card.discrete and not isinstance(policy, Policy | Rule):
            raise BadPolicy(f"{type(policy).__name__} has no Q-function: the expert must be a dqn, or a rule")
        self.policy = policy
        self.preference = preference
        self.demonstrations = demonstrations
        self._random = np.random.default_rng(0) if random is None else random
        self._judgement = Judgement.fresh(1)

    def forget(self) -> None:
        """A new episode has begun."""
        self._judgement = Judgement.fresh(1)

    def watch(self, obs: Float32[np.ndarray, "..."], policy_action: Action) -> Action | None:
        """The expert's action where it wants control, None where it lets the policy drive."""
        if not self.demonstrations:
            before = self._judgement
            self._judgement = self.judge(obs[None], np.array([policy_action]), before)
            if self._judgement.engaged[0] and not before.engaged[0] and self._happens(self.preference.lapse):
                self._judgement = replace(self._judgement, engaged=np.zeros(1, bool))
            if not self._judgement.engaged[0]:
                return None
        if self._happens(self.preference.slip):
            return self._any_action()
        if isinstance(self.policy, Rule):
            wish = self.policy.wish(obs)
            return policy_action if wish is None else wish
        return as_action(self.policy.act(obs[None])[0])

    def judge(self, obs: Float32[np.ndarray, "n ..."], policy_action: np.ndarray, before: Judgement) -> Judgement:
        """The rule with this preference's thresholds, without lapses: a function of its arguments alone."""
        return judge(self.disagreement(obs, policy_action), before, self.preference)

    def disagreement(self, obs: Float32[np.ndarray, "n ..."], policy_action: np.ndarray) -> Float[np.ndarray, " n"]:
        """How much the expert minds the policy's action in each row: its regret, or the distance to its own."""
        if isinstance(self.policy, Rule):
            return self.policy.disagreement(obs, policy_action)
        if isinstance(self.policy, Policy):
            return regret(self.policy.preference(obs), policy_action)
        return distance(self.policy.act(obs), policy_action, self.policy.card)

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance

    def _any_action(self) -> Action:
        card = self.policy.card
        if card.discrete:
            return int(self._random.integers(len(card.actions)))
        return tuple(float(self._random.uniform(axis.low, axis.high)) for axis in card.axes)
