"""Policies, episodes and observations of the highway task whose every number is known or repeatable."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card, make_batch
from mereq_teleop.sessions.records import Action, Authority, Decision, Episode, Segment, Transition
from mereq_teleop.sessions.segments import segments_of
from mereq_teleop.sessions.world import OneWorld, as_transition

TASK = "highway"
CARD = card(TASK)
LEFT, RIGHT = CARD.actions.index("LANE_LEFT"), CARD.actions.index("LANE_RIGHT")
RIGHT_LANE = CARD.feature_names.index("right_lane")
RIGHT_IS_FREE, LEFT_IS_FREE = (44, 77), (31, 86)
"""Seeds on which the prior would not go to that side, and one can for the seven steps after its first two."""
MAKER = PolicyMaker(task=CARD.name, method="made", gamma=0.95, alpha=0.05)


@cache
def prior() -> Policy:
    """The prior that ships with the task."""
    found = shipped(CARD.prior, CARD)
    assert isinstance(found, Policy)
    return found


@cache
def expert() -> Policy:
    """The expert who wants the right lane."""
    found = shipped(CARD.preferences[0].expert, CARD)
    assert isinstance(found, Policy)
    return found


def network(stem: str, sizes: Sequence[int], random: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Random layers of these sizes, as a snapshot names them."""
    tensors = {}
    for i, (inputs, outputs) in enumerate(pairwise(sizes)):
        tensors[f"{stem}.{i}.weight"] = (random.standard_normal((inputs, outputs)) / inputs**0.5).astype(np.float32)
        tensors[f"{stem}.{i}.bias"] = random.standard_normal(outputs).astype(np.float32)
    return tensors


def snapshot(seed: int = 0, *, residual: bool = False, hidden: int = 8, maker: PolicyMaker = MAKER) -> PolicySnapshot:
    """A small policy of random weights."""
    random = np.random.default_rng(seed)
    sizes = (CARD.inputs, hidden, len(CARD.actions))
    tensors = {
        "input.shift": random.standard_normal(CARD.inputs).astype(np.float32),
        "input.scale": random.uniform(0.5, 2, CARD.inputs).astype(np.float32),
        **network("prior", sizes, random),
        **(network("residual", sizes, random) if residual else {}),
    }
    return PolicySnapshot(3, "residual-dqn" if residual else "dqn", maker, tensors)


@cache
def observations(count: int = 200) -> NDArray[np.float32]:
    """What is seen in so many worlds after ten random steps."""
    random = np.random.default_rng(5)
    batch = make_batch(TASK, count)
    seen = batch.reset(np.arange(count) + 300)
    for _ in range(10):
        seen = batch.step(random.integers(len(CARD.actions), size=count)).observation
    return seen


def drive(
    authorities: Sequence[Authority],
    *,
    seed: int = 11,
    index: int = 0,
    human: int | None = RIGHT,
    policy: Policy | None = None,
) -> Episode:
    """A real episode: `policy` (the prior by default) and a human by turns, until a crash or the horizon.

    The human knows one action; None is one who does as the policy would.
    """
    driver, world, transitions = policy or prior(), OneWorld(make_batch(TASK, 1)), []
    obs = world.reset(seed)
    for step, authority in enumerate(authorities):
        wanted = int(driver.act(obs[None])[0])
        hand = wanted if human is None else human
        executed = {Authority.POLICY: wanted, Authority.HUMAN: hand}.get(authority, CARD.neutral_action)
        after = world.step(executed)
        decision = Decision(
            policy_action=wanted,
            human_action=hand if authority is Authority.HUMAN else None,
            authority=authority,
            executed=executed,
        )
        transitions.append(as_transition(step, obs, decision, after, 0))
        obs = after.observation
        if after.terminated or after.truncated:
            break
    return Episode(task=TASK, index=index, seed=seed, transitions=tuple(transitions))


def session(
    *rounds: Sequence[Authority], human: int | None = RIGHT, seeds: Sequence[int] = RIGHT_IS_FREE
) -> list[Segment]:
    """One episode a round, by turns."""
    return [
        segment
        for index, authorities in enumerate(rounds)
        for segment in segments_of(drive(authorities, seed=seeds[index], index=index, human=human), first_round=index)
    ]


def demonstrations(seeds: Sequence[int] = (31, 32), steps: int = 30) -> list[Segment]:
    """Episodes that the expert drives from the first step on."""
    human = [Authority.HUMAN] * steps
    episodes = (drive(human, seed=seed, index=i, human=None, policy=expert()) for i, seed in enumerate(seeds))
    return [segment for episode in episodes for segment in segments_of(episode)]


def span(start: int, stop: int, authority: Authority, *, round: int = 0, episode: int = 0, seed: int = 9) -> Segment:
    """A segment of an imagined episode; step t has the features (t, 2 t, 3 t) and executes its own number."""
    before: tuple[Action, ...] = tuple(range(start))
    steps = tuple(
        Transition(
            step=step,
            obs=(0.0,),
            decision=Decision(
                policy_action=step,
                human_action=step if authority is Authority.HUMAN else None,
                authority=authority,
                executed=step,
            ),
            next_obs=(0.0,),
            features=(float(step), 2.0 * step, 3.0 * step),
            reward=0.0,
            terminated=False,
            truncated=False,
            policy_version=0,
        )
        for step in range(start, stop)
    )
    return Segment(
        id=f"e{episode}-s{start}",
        round=round,
        episode=episode,
        seed=seed,
        start=start,
        stop=stop,
        authority=authority,
        executed_before=before,
        transitions=steps,
    )
