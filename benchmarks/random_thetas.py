"""Ten people nobody has met: thetas drawn at random, an expert trained for each, one round of 100 steps. One table.

Run it as `python -m benchmarks.random_thetas FOLDER [seed]`; the first run trains ten experts into FOLDER, about 15
minutes of one core, later ones take two minutes. An expert's threshold is the least at which an online residual learner
that was told the true theta passes a rate of 0.03, as on the task's card.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.machine import load
from mereq_teleop.agents.apprentice import Apprentice
from mereq_teleop.agents.evaluate import evaluate, intervention_rate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.irl import bounds
from mereq_teleop.agents.learner import LearnerConfig, Objective
from mereq_teleop.agents.library import default_library
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.scouts import Scouts
from mereq_teleop.agents.shipped import load_policy, shipped
from mereq_teleop.agents.soft_dqn import SoftDqnConfig, train_soft_dqn
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.card import Preference
from mereq_teleop.sessions.records import Authority, Decision, Segment
from mereq_teleop.sessions.segments import SegmentCutter
from mereq_teleop.sessions.world import OneWorld, as_transition

CARD = card_of("highway")
THETAS, STEPS = 10, 100
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0)
JUST_PASSES = 0.03
FRESH_SEED = 5_000_000


def thetas() -> np.ndarray:
    drawn: np.ndarray = np.random.default_rng(2026).uniform(*bounds(CARD), (THETAS, len(CARD.features))).round(3)
    return drawn


def expert_of(index: int, theta: np.ndarray, prior: Policy, folder: Path) -> Policy:
    """Trained on the true reward from the prior, or found where an earlier run left it."""
    path = folder / f"expert-{index}.safetensors"
    if not path.exists():
        recipe = SoftDqnConfig(steps=384_000, learning_rate=1e-3)
        snapshot, _ = train_soft_dqn("highway", recipe, 0, prior.snapshot, theta=theta.tolist())
        path.write_bytes(snapshot.to_bytes())
    expert = load_policy(path, CARD)
    assert isinstance(expert, Policy)
    return expert


def told(theta: np.ndarray, prior: Policy) -> Policy:
    """An online residual learner that knows the true theta."""
    trainer, scouts = ResidualDqn(prior, ResidualConfig(), 0), Scouts("highway", 64, 0)
    scouts.explore(prior, 80, trainer)
    for _ in range(50):
        scouts.explore(trainer.policy(), 6, trainer)
        trainer.learn(theta, 30)
    return trainer.policy()


def watcher(expert: Policy, theta: np.ndarray, threshold: float) -> SimulatedExpert:
    preference = Preference(
        name="random",
        theta=tuple(theta.tolist()),
        expert="",
        engage_above=threshold,
        release_after=3,
        calibration="",
    )
    return SimulatedExpert(expert, preference)


def rate(policy: Policy, expert: SimulatedExpert) -> float:
    return intervention_rate(policy, "highway", expert, 4_000, FRESH_SEED)


def one_round(seed: int, prior: Policy, expert: SimulatedExpert, objective: Objective) -> tuple[Policy, int]:
    """A round of shared control with an update at each correction's end; the last policy, and the human's steps."""
    config = LearnerConfig(task="highway", method="mereq-instant", seed=seed, objective=objective, settle=True)
    learner = Apprentice(config, prior, default_library())
    world, random, cutter = OneWorld(make_batch("highway", 1)), np.random.default_rng([seed, 9]), SegmentCutter(round=1)
    policy, segments, human, episode, over, step = prior, list[Segment](), 0, -1, True, 0
    obs = np.empty(0, np.float32)
    for _ in range(STEPS):
        if over:
            episode, step, start = episode + 1, 0, int(random.integers(2**31))
            segments += cutter.begin(episode, start)
            obs = world.reset(start)
            expert.forget()
        wanted = int(policy.act(obs[None])[0])
        hand = expert.watch(obs, wanted)
        authority = Authority.POLICY if hand is None else Authority.HUMAN
        executed = wanted if hand is None else hand
        decision = Decision(policy_action=wanted, human_action=hand, authority=authority, executed=executed)
        after = world.step(executed)
        closed = cutter.add(as_transition(step, obs, decision, after, policy_version=0))
        segments += closed
        obs, step, over, human = (
            after.observation,
            step + 1,
            after.terminated or after.truncated,
            human + (hand is not None),
        )
        for segment in closed:
            if segment.authority is Authority.HUMAN:
                learner.learn(segments, cause=segment.id)
                policy = Policy(learner.snapshot(1), CARD)
    segments += cutter.end_round()
    learner.learn(segments, cause="round")
    return Policy(learner.snapshot(1), CARD), human


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("usage: python -m benchmarks.random_thetas FOLDER [seed]")
    folder, seed = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    prior = shipped(CARD.prior, CARD)
    assert isinstance(prior, Policy)
    print(f"random thetas on highway, one round of {STEPS} steps; {load()}")
    print("| theta | threshold | prior | told the truth | likelihood (samples) | features (samples) | return |")
    print("|---|---|---|---|---|---|---|")
    passed = {"likelihood": 0, "features": 0}
    for index, theta in enumerate(thetas()):
        expert, oracle = expert_of(index, theta, prior, folder), told(theta, prior)
        rates = {at: rate(oracle, watcher(expert, theta, at)) for at in THRESHOLDS}
        threshold = next((at for at in THRESHOLDS if rates[at] < JUST_PASSES), THRESHOLDS[-1])
        judge = watcher(expert, theta, threshold)
        cells, returns = [], []
        for objective in ("likelihood", "features"):
            policy, human = one_round(seed * THETAS + index, prior, judge, objective)
            reached = rate(policy, judge)
            passed[objective] += reached < 0.05
            cells.append(f"{reached:.3f} ({human})")
            returns.append(evaluate(policy, "highway", theta.tolist(), 1_000).return_true)
        before = evaluate(prior, "highway", theta.tolist(), 1_000).return_true
        print(
            f"| {', '.join(f'{weight:+.2f}' for weight in theta)} | {threshold:g} | {rate(prior, judge):.3f} "
            f"| {rates[threshold]:.3f} | {' | '.join(cells)} | {returns[0]:.1f} (prior {before:.1f}) |",
            flush=True,
        )
    print(f"\nunder 0.05: likelihood {passed['likelihood']} of {THETAS}, features {passed['features']} of {THETAS}")


if __name__ == "__main__":
    main()
