"""The methods by name."""

import torch

from mereq_teleop.agents.errors import UnknownMethod
from mereq_teleop.agents.learner import METHODS, Learner, LearnerConfig
from mereq_teleop.agents.mereq import Mereq, MereqConfig
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.errors import unknown
from mereq_teleop.sessions.records import Authority, Decision, Segment, Transition

__all__ = ["make_learner"]


def make_learner(config: LearnerConfig, prior: PolicySnapshot) -> Learner:
    """A learner, warmed up: the first update of a process compiles and allocates for seconds.

    Raises:
        UnknownMethod: no method of this name.
        BadPolicy: the prior does not fit the task.
    """
    if config.method not in METHODS:
        raise UnknownMethod(unknown("method", config.method, METHODS))
    # More threads than one are slower beside an actor on a small machine, and other bits.
    torch.set_num_threads(1)
    rehearsal = Mereq(config, prior, MereqConfig(inner_steps=1, updates=1, warm_up_sweeps=1))
    rehearsal.learn([_made_up_segment(config.task)], cause="rehearsal")
    # One step is no evidence, so that update ended before its gradient step.
    rehearsal.dqn.learn(rehearsal.theta, 1)
    return Mereq(config, prior)


def _made_up_segment(task: str) -> Segment:
    """One step by a human who does nothing."""
    card = card_of(task)
    batch = make_batch(task, 1)
    obs, seed = batch.reset([0]), 0
    after = batch.step([card.neutral_action])
    decision = Decision(
        policy_action=card.neutral_action,
        human_action=card.neutral_action,
        authority=Authority.HUMAN,
        executed=card.neutral_action,
    )
    transition = Transition(
        step=0,
        obs=tuple(obs.ravel().tolist()),
        decision=decision,
        next_obs=tuple(after.observation.ravel().tolist()),
        features=tuple(after.features[0].tolist()),
        reward=float(after.reward[0]),
        terminated=bool(after.terminated[0]),
        truncated=bool(after.truncated[0]),
        policy_version=0,
    )
    return Segment(
        id="rehearsal",
        round=1,
        episode=0,
        seed=seed,
        start=0,
        stop=1,
        authority=Authority.HUMAN,
        executed_before=(),
        transitions=(transition,),
    )
