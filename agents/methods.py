"""The methods by name."""

from dataclasses import replace

import torch

from mereq_teleop.agents.apprentice import Apprentice, instant_of
from mereq_teleop.agents.cloning import Cloning, CloningConfig
from mereq_teleop.agents.constants import CONSTANTS, CONTINUOUS
from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import AgentError, UnknownMethod
from mereq_teleop.agents.foretelling import constants_of, untrained
from mereq_teleop.agents.frozen import as_prior
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.learner import METHODS, Learner, LearnerConfig, why_not
from mereq_teleop.agents.library import default_library
from mereq_teleop.agents.mereq import Mereq
from mereq_teleop.agents.plain_dqn import PlainDqn
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.trainer import Trainer
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.errors import unknown
from mereq_teleop.sessions.records import Authority, Decision, Segment
from mereq_teleop.sessions.world import OneWorld, as_transition

__all__ = ["make_learner"]


def make_learner(
    config: LearnerConfig, prior: PolicySnapshot, *, afresh: bool = True, rehearsed: bool = False
) -> Learner:
    """A learner, warmed up: the first update of a process compiles and allocates for seconds.

    Args:
        config: How to learn.
        prior: What to start from.
        afresh: Whether it learns from the start; else a state is restored next, and it gathers nothing before.
        rehearsed: Whether a learner of this task and method has been made in this process.

    Raises:
        UnknownMethod: no method of this name.
        AgentError: the method cannot serve the task's kind of actions.
        BadPolicy: the prior does not fit the task.
    """
    if config.method not in METHODS:
        raise UnknownMethod(unknown("method", config.method, METHODS))
    # More threads than one are slower beside an actor on a small machine, and other bits.
    torch.set_num_threads(1)
    # That it fits the task is found out before it is frozen.
    start = policy_of(as_prior(policy_of(prior, card_of(config.task)).snapshot), card_of(config.task))
    if reason := why_not(config.method, start.card):
        raise AgentError(reason)
    if not rehearsed:
        rehearsal = _learner(config, start, rehearse=True)
        rehearsal.learn([_made_up_segment(config.task)], cause="rehearsal")
    return _learner(config, start, rehearse=False, afresh=afresh)


def _learner(config: LearnerConfig, prior: Policy | GaussianPolicy, *, rehearse: bool, afresh: bool = True) -> Learner:
    """The method itself; to rehearse with, a hasty one."""
    if config.method == "mereq-instant":
        if rehearse:
            return instant_of(config, prior, untrained(prior, constants_of(prior)))
        return Apprentice(config, prior, default_library())
    if config.method in ("hg-dagger-ft", "iwr-ft"):
        return Cloning(config, prior, CloningConfig(most_updates=1) if rehearse else CloningConfig())
    constants, trainer = (CONSTANTS if prior.card.discrete else CONTINUOUS)[config.method], _trainer(config, prior)
    if not rehearse:
        return Mereq(config, trainer, constants, afresh=afresh)
    hasty = Mereq(
        config, trainer, replace(constants, inner_steps=1, updates=1, settling=0, warm_up_sweeps=1, warm_up_updates=0)
    )
    # One step is no evidence, so the rehearsal's update will end before its gradient step.
    trainer.learn(hasty.theta, 1)
    return hasty


def _trainer(config: LearnerConfig, prior: Policy | GaussianPolicy) -> Trainer:
    """What finds the policy of a theta."""
    residual, from_prior = config.method in ("mereq", "mereq-np"), config.method == "maxent-ft"
    if isinstance(prior, Policy):
        if residual:
            return ResidualDqn(prior, ResidualConfig(), config.seed)
        return PlainDqn(prior, ResidualConfig(capacity=100_000), config.seed, from_prior=from_prior)
    from mereq_teleop.agents.plain_sac import PlainSac
    from mereq_teleop.agents.recipes import residual_sac_recipe
    from mereq_teleop.agents.residual_sac import ResidualSac

    if residual:
        return ResidualSac(prior, residual_sac_recipe(prior.card), config.seed)
    return PlainSac(prior, residual_sac_recipe(prior.card), config.seed, from_prior=from_prior)


def _made_up_segment(task: str) -> Segment:
    """One step by a human who does nothing."""
    idle = card_of(task).neutral_action
    world, seed = OneWorld(make_batch(task, 1)), 0
    obs = world.reset(seed)
    decision = Decision(policy_action=idle, human_action=idle, authority=Authority.HUMAN, executed=idle)
    transition = as_transition(0, obs, decision, world.step(idle), policy_version=0)
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
