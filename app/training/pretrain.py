"""`mereq pretrain`: train, measure, write the policy and its card; or go on with a training."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.evaluate import evaluate
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.policy import Driver
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import load_policy, load_prior, shipped
from mereq_teleop.agents.training_run import SweepRun
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.policyfile import check_place, write_bytes, write_policy
from mereq_teleop.app.training.drive import drive
from mereq_teleop.app.training.folder import TrainingFolder, folder_of
from mereq_teleop.app.training.instant import train_instant
from mereq_teleop.app.training.recipes import notice, own_run, usual_steps
from mereq_teleop.app.training.request import (
    RESIDUAL,
    Algorithm,
    Engine,
    Training,
    algorithm_of,
    engine_of,
    theta_of,
)
from mereq_teleop.app.training.sb3 import USUAL_STEPS, Sb3Driver, Sb3Run
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id
from mereq_teleop.envs.card import TaskCard

__all__ = ["INTERRUPTED", "Asked", "go_on", "pretrain"]

INTERRUPTED = 130
CHECKPOINTS = 10
"""Of a training, unless something else is asked for."""
TITLES: Mapping[tuple[Algorithm, Engine], str] = {
    ("dqn", "sb3"): "DQN of stable-baselines3",
    ("dqn_me", "own"): "max-ent DQN",
    ("dqn_residual", "own"): "residual max-ent DQN from the prior",
    ("sac", "own"): "SAC at a fixed temperature",
    ("sac", "sb3"): "SAC of stable-baselines3",
    ("sac_residual", "own"): "residual SAC from the prior",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the user asked for; None leaves it to the task or the recipe."""

    env: str
    algorithm: Algorithm | None
    engine: Engine | None
    preference: str | None
    theta: tuple[float, ...] | None
    seed: int
    start: Path | None
    prior: Path | None
    reading: Reading
    """How to read either, if another tool made it."""
    steps: int | None
    gamma: float | None
    learning_rate: float | None
    episodes: int | None
    checkpoint_every: int | None


def pretrain(asked: Asked, out: Path) -> int:
    """Train, measure the policy, write it and its card; 130 after Ctrl-C, which leaves a checkpoint.

    Raises:
        BadPolicy: the policy to start from can't be read, or is of another task or shape, or a zip can't hold what was
            learned.
        Usage: a number is out of range, or does not suit the algorithm, or the algorithm not the task; or the place
            cannot be written or holds something.
        AppError: the disk is full.
    """
    check_place(out)
    card = card_of(asked.env)
    algorithm = algorithm_of(asked.algorithm, card)
    engine = engine_of(asked.engine, algorithm)
    _agree(asked, algorithm, engine)
    torch.set_num_threads(1)
    if algorithm == "sac_conditioned":
        if out.suffix == ".zip":
            raise Usage("a zip of stable-baselines3 has no place for a policy that is told theta: choose .safetensors")
        prior = load_prior(asked.prior, card, asked.reading) if asked.prior else shipped(card.prior, card)
        assert isinstance(prior, GaussianPolicy)
        return train_instant(prior, asked.prior, asked.seed, out)
    start = _start(asked, algorithm, card)
    steps = asked.steps or (USUAL_STEPS if engine == "sb3" else usual_steps(algorithm, card))
    training = Training(
        # A residual is learned in the task's own world: its reward is theta . f, whatever the world's is.
        env=card.name if algorithm in RESIDUAL else asked.env,
        algorithm=algorithm,
        engine=engine,
        theta=theta_of(algorithm, card, asked.preference, asked.theta),
        seed=asked.seed,
        steps=steps,
        gamma=asked.gamma,
        learning_rate=asked.learning_rate,
        start=str(asked.start or asked.prior or (card.prior if algorithm in RESIDUAL else "")),
        out=str(out.resolve()),
        episodes=asked.episodes or card.episodes,
        checkpoint_every=asked.checkpoint_every or max(steps // CHECKPOINTS, 1),
        task=card.digest(),
    )
    run = _run(training, start)
    if run.steps != steps:
        print(f"--steps {steps:,} are {run.steps:,} here: the same number in each world", file=sys.stderr)
    folder = TrainingFolder.make(folder_of(out), training, start)
    if told := notice(training):
        print(told, file=sys.stderr)
    return _finish(training, run, folder)


def go_on(path: Path) -> int:
    """Go on with the training whose folder this is, from its last checkpoint.

    Raises:
        Usage: there is none.
        AppError: the checkpoint cannot be read, or the disk is full.
    """
    folder = TrainingFolder(path)
    training, start = folder.read()
    check_place(Path(training.out))
    torch.set_num_threads(1)
    run = _run(training, start)
    run.restore(folder.state())
    exact = "" if isinstance(run, SweepRun) else "; stable-baselines3 begins a new episode with other random numbers"
    of = f"{training.algorithm} of {env_id(training.env)}"
    print(f"{of} goes on at {run.done:,} of {run.steps:,} steps{exact}", file=sys.stderr)
    return _finish(training, run, folder)


def _agree(asked: Asked, algorithm: Algorithm, engine: Engine) -> None:
    """Refuse what has no meaning for an algorithm."""
    if algorithm in RESIDUAL and asked.start is not None:
        raise Usage(f"--start is for a training from first weights: {algorithm} is learned on top of --prior FILE")
    if algorithm not in RESIDUAL and asked.prior is not None:
        raise Usage(f"--prior is what a residual policy is learned on top of: {algorithm} takes --start FILE")
    if engine == "sb3" and asked.start is not None:
        raise Usage("--start is for trainings of ours: stable-baselines3 begins with weights of its own")
    if algorithm == "sac_conditioned":
        for flag in ("preference", "theta", "steps", "gamma", "learning_rate", "checkpoint_every"):
            if getattr(asked, flag) is not None:
                name = flag.replace("_", "-")
                raise Usage(f"--{name} is not for --algorithm sac_conditioned: it learns all weights, by one recipe")
    for flag in ("episodes", "checkpoint_every"):
        if (value := getattr(asked, flag)) is not None and value < 1:
            raise Usage(f"--{flag.replace('_', '-')} is {value}: it must be at least 1")
    if asked.seed < 0:
        raise Usage(f"--seed is {asked.seed}: it must not be negative")


def _start(asked: Asked, algorithm: Algorithm, card: TaskCard) -> PolicySnapshot | None:
    """What the training begins with, or is learned on top of."""
    path = asked.prior or asked.start
    if path is None:
        return shipped(card.prior, card).snapshot if algorithm in RESIDUAL else None
    return load_prior(path, card, asked.reading).snapshot


def _run(training: Training, start: PolicySnapshot | None) -> SweepRun | Sb3Run:
    return Sb3Run(training) if training.engine == "sb3" else own_run(training, start)


def _finish(training: Training, run: SweepRun | Sb3Run, folder: TrainingFolder) -> int:
    """Train to the end, measure, write."""
    began_s = None if run.done else time.process_time()
    if not drive(run, folder, training.checkpoint_every):
        print(
            f"stopped at {run.done:,} of {run.steps:,} steps; go on with: mereq pretrain --resume {folder.path}",
            file=sys.stderr,
        )
        return INTERRUPTED
    out, card = Path(training.out), training.card
    # Of one that was taken up again nobody knows.
    taken = {} if began_s is None else {"cpu_seconds": round(time.process_time() - began_s, 1)}
    if isinstance(run, Sb3Run):
        _write_model(training, run, folder, taken, out)
    else:
        snapshot = run.snapshot()
        maker = snapshot.maker
        learned = {**taken, "gamma": maker.gamma, "alpha": maker.alpha, "hash": snapshot.hash}
        write_policy(snapshot, _facts(training, run, policy_of(snapshot, card), learned), out)
    folder.close()
    print(json.dumps(json.loads(out.with_suffix(".json").read_text())))
    return 0


def _write_model(
    training: Training, run: Sb3Run, folder: TrainingFolder, taken: Mapping[str, float], out: Path
) -> None:
    """What stable-baselines3 learned, as its own zip, or as a policy of ours; then its zip stays in the folder."""
    learned: dict[str, Any] = {**taken, "gamma": run.model.gamma}
    driver = Sb3Driver(run.model, training.card)
    if out.suffix == ".zip":
        write_bytes(run.as_zip(), _facts(training, run, driver, learned), out)
        return
    zipped = folder.path / "model.zip"
    zipped.write_bytes(run.as_zip())
    reading = Reading(tell=lambda line: print(f"{zipped}: {line}", file=sys.stderr))
    snapshot = load_policy(zipped, training.card, reading).snapshot
    learned |= {"alpha": snapshot.maker.alpha, "hash": snapshot.hash}
    write_policy(snapshot, _facts(training, run, driver, learned), out)


def _facts(training: Training, run: SweepRun | Sb3Run, driver: Driver, learned: Mapping[str, Any]) -> dict[str, Any]:
    """The policy's card."""
    found = evaluate(driver, training.env, training.theta, training.episodes)
    return {
        "algorithm": TITLES[training.algorithm, training.engine],
        "env": env_id(training.env),
        "theta": list(training.theta),
        "seed": training.seed,
        "start": training.start or None,
        "steps": run.done,
        "updates": run.updates,
        **learned,
        "return": round(found.return_true, 2),
        **{name: rate for name in ("crash_rate", "success_rate") if (rate := getattr(found, name)) is not None},
        "features": {name: round(mean, 4) for name, mean in found.features.items()},
        "episodes": found.episodes,
    }
