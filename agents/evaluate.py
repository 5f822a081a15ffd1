"""How good a policy is: return, how episodes end, features and interventions over episodes of common seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mereq_teleop.agents.expert import Judgement, SimulatedExpert
from mereq_teleop.agents.policy import Driver
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.records import Record

__all__ = ["COMMON_SEED", "Evaluation", "evaluate", "intervention_rate"]

COMMON_SEED = 1_000_000
"""First reset seed of an evaluation: far from every training seed, and the same for all who are compared."""


class Evaluation(Record):
    """Means over episodes (return, ends) and over steps (features, interventions)."""

    return_true: float
    """Mean return an episode: prior's reward plus the preference's residual reward."""
    crash_rate: float | None
    """Share of the episodes that ended by a crash; None for tasks that have none."""
    success_rate: float | None
    """Share of the episodes that ended by a success; None for tasks that have none."""
    intervention_rate: float | None
    """Share of the steps at which the simulated expert would be in control, never acting; None without one."""
    features: dict[str, float]
    """Mean of each feature a step."""
    episodes: int
    steps: int


@dataclass
class _Totals:
    reward: float = 0.0
    steps: int = 0
    crashes: int = 0
    successes: int = 0
    engaged: int = 0


def evaluate(
    policy: Driver,
    world: str,
    theta: Sequence[float],
    episodes: int,
    first_seed: int = COMMON_SEED,
    expert: SimulatedExpert | None = None,
    pulse: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Drive whole episodes by the policy's argmax or mean from seeds first_seed, first_seed + 1, ...

    `pulse` is called at each step.
    """
    batch = make_batch(world, episodes)
    obs = batch.reset(np.arange(first_seed, first_seed + episodes))
    alive = np.ones(episodes, bool)
    judgement = Judgement.fresh(episodes)
    totals = _Totals()
    weights = np.array(theta)
    feature_sum = np.zeros(len(weights))
    while alive.any():
        pulse()
        action = policy.act(obs)
        if expert is not None:
            judgement = expert.judge(obs, action, judgement)
            totals.engaged += int((judgement.engaged & alive).sum())
        obs, features, reward, terminated, truncated = batch.step(action)
        feature_sum += features[alive].sum(axis=0)
        totals.reward += float((reward + features @ weights)[alive].sum())
        totals.steps += int(alive.sum())
        ended = [policy.card.is_crash(features[world].tolist()) for world in np.flatnonzero(terminated & alive)]
        totals.crashes += sum(ended)
        totals.successes += len(ended) - sum(ended)
        alive &= ~(terminated | truncated)
    return Evaluation(
        return_true=totals.reward / episodes,
        crash_rate=None if policy.card.termination == "success" else totals.crashes / episodes,
        success_rate=None if policy.card.termination == "crash" else totals.successes / episodes,
        intervention_rate=None if expert is None else totals.engaged / totals.steps,
        features=dict(zip(policy.card.feature_names, (feature_sum / totals.steps).tolist(), strict=True)),
        episodes=episodes,
        steps=totals.steps,
    )


def intervention_rate(policy: Driver, world: str, expert: SimulatedExpert, steps: int, first_seed: int) -> float:
    """lambda by the rule on `steps` fresh steps of the policy, without letting the expert act.

    Worlds of one horizon each run side by side; one that ends early goes on with another seed, so the steps are
    exactly as many.
    """
    worlds = -(-steps // policy.card.horizon_steps)
    batch = make_batch(world, worlds)
    obs = batch.reset(np.arange(first_seed, first_seed + worlds))
    judgement, engaged, counted = Judgement.fresh(worlds), 0, 0
    for sweep in range(policy.card.horizon_steps):
        action = policy.act(obs)
        judgement = expert.judge(obs, action, judgement)
        taken = min(worlds, steps - counted)
        engaged, counted = engaged + int(judgement.engaged[:taken].sum()), counted + taken
        obs, _, _, terminated, truncated = batch.step(action)
        over = terminated | truncated
        if over.any():
            obs = batch.reset_where(over, np.arange(worlds) + first_seed + (sweep + 1) * worlds)
            judgement = judgement.forgotten(over)
    return engaged / counted
