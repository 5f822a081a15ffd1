"""A user's Python policy, learned once by a network of ours.

The live application drives by fixed-order kernels on plain arrays, so that a replay decides the same to the bit; code
of a user's own cannot promise that. So its decisions are imitated: the policy drives the task, then its pupil does and
the policy says what it would have done (DAgger, arXiv 1011.0686); a network learns its distribution by cross-entropy,
or by the likelihood of its squashed Gaussian, and the agreement on episodes that nothing was learned from is told.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float32, Float64

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.evaluate import COMMON_SEED, evaluate
from mereq_teleop.agents.foreign.inputs import driven
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.foreign.pupil import Pupil
from mereq_teleop.agents.foreign.teacher import Teacher
from mereq_teleop.agents.policy import Driver
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.agents.unlearned import unlearned
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.card import TaskCard

__all__ = ["AGREES", "imitated", "library"]

FORMAT: Final = 1
WORLDS, SWEEPS = 16, 800
"""Worlds side by side, and their steps in each of the two rounds."""
STRAY: Final = (0.0, 0.3)
"""Chance of a random action in even and odd worlds: the pupil must know what to do off the way, too."""
UPDATES: Final = 2_500
"""Gradient steps after each round."""
PROBES: Final = 256
"""Observations by whose decisions a policy is known again: its weights may lie in another file than its source."""
EPISODES: Final = 16
HELD_OUT: Final = 6 * COMMON_SEED
AGREES: Final = 0.8
"""Share of held-out decisions under which a pupil is refused."""
DOUBTFUL: Final = 0.95
NEAR_TIE, CLOSE = 0.05, 0.1
"""Decisions agree where the pupil's action is within so much probability of the teacher's best, or nearer than this
share of the range on every axis."""


def library() -> Path:
    """Where pupils are kept: the user's cache, for they can always be made again."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "mereq-teleop" / "imitated"


def imitated(reference: str, card: TaskCard, reading: Reading) -> PolicySnapshot:
    """A network that decides as module:attribute does; found again if it was made before.

    Raises:
        BadPolicy: the policy cannot be imported or asked, decides otherwise when it is asked twice, or cannot be
            imitated well enough.
    """
    teacher = Teacher(reference, card)
    probes = driven(card)[:PROBES]
    decided = teacher.decide(probes)
    if not np.array_equal(decided, teacher.decide(probes)):
        better = "the probability of each action" if card.discrete else "(mean, std)"
        raise BadPolicy(f"{reference} decides otherwise when it is asked twice: let it give {better} instead of a draw")
    start = unlearned(card) if card.source else shipped(card.prior, card).snapshot
    alpha = reading.alpha or start.maker.alpha
    parts = (str(FORMAT), reference, card.digest(), str(alpha), teacher.source.hex(), decided.tobytes().hex())
    path = library() / f"{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:16]}.safetensors"
    if (known := _fetch(path)) is not None:
        snapshot, facts = known
        reading.tell(f"{_words(facts)}; learned before, kept in {path}")
        return snapshot
    reading.tell(f"a network learns its decisions on {2 * WORLDS * SWEEPS} steps of {card.name}, once ...")
    snapshot = _learn(teacher, Pupil(card, start, alpha))
    facts = _judge(teacher, snapshot, card)
    if facts["agreement"] < AGREES:
        raise BadPolicy(
            f"{reference}: only {_words(facts)}; under {AGREES:.0%} it would be another policy: let it decide by the "
            "observation alone, or save it as a network (.zip of stable-baselines3)"
        )
    doubt = "; that is a doubtful copy: look at it with mereq evaluate --gif" if facts["agreement"] < DOUBTFUL else ""
    reading.tell(f"{_words(facts)}{doubt}")
    _keep(path, snapshot, facts)
    return snapshot


def _learn(teacher: Teacher, pupil: Pupil) -> PolicySnapshot:
    """First the teacher drives, then the pupil; the teacher says at every step what it would have done."""
    # As the learner does: the same bits on every machine of a kind.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        drives: Driver = teacher
        for round_ in range(2):
            pupil.take(*_gather(teacher, drives, seed=round_))
            pupil.learn(UPDATES)
            drives = policy_of(pupil.snapshot(), teacher.card)
        return pupil.snapshot()
    finally:
        torch.set_num_threads(threads)


def _gather(
    teacher: Teacher, drives: Driver, seed: int
) -> tuple[Float32[np.ndarray, "n ..."], Float64[np.ndarray, "n k"]]:
    """Observations on the way of who drives, and the teacher's decisions there."""
    card, random = teacher.card, np.random.default_rng([seed, 3])
    batch, stray = make_batch(card.name, WORLDS), np.resize(STRAY, WORLDS)
    low, high = (np.array([getattr(axis, end) for axis in card.axes]) for end in ("low", "high"))
    obs, seen, decided = batch.reset(random.integers(2**31, size=WORLDS)), [], []
    for _ in range(SWEEPS):
        seen.append(obs)
        decided.append(teacher.decide(obs))
        action = np.array(drives.act(obs))
        strays = random.random(WORLDS) < stray
        drawn = (
            random.integers(len(card.actions), size=WORLDS)
            if card.discrete
            else random.uniform(low, high, (WORLDS, len(card.axes)))
        )
        action[strays] = drawn[strays]
        after = batch.step(action)
        over = after.terminated | after.truncated
        seeds = random.integers(2**31, size=WORLDS)
        obs = batch.reset_where(over, seeds) if over.any() else after.observation
    return np.concatenate(seen), np.concatenate(decided)


def _judge(teacher: Teacher, snapshot: PolicySnapshot, card: TaskCard) -> dict[str, Any]:
    """How often the pupil agrees while its teacher drives, and what both earn, on the same fresh seeds."""
    pupil, agreeing, asked = policy_of(snapshot, card), 0, 0
    batch, alive = make_batch(card.name, EPISODES), np.ones(EPISODES, bool)
    obs, span = batch.reset(np.arange(HELD_OUT, HELD_OUT + EPISODES)), [axis.high - axis.low for axis in card.axes]
    for _ in range(card.horizon_steps):
        decided, done = teacher.decide(obs), pupil.act(obs)
        if card.discrete:
            fits = decided[np.arange(EPISODES), done] >= decided.max(axis=1) - NEAR_TIE
            action = decided.argmax(axis=1)
        else:
            action = decided[:, : len(span)]
            fits = (np.abs(action - done) <= CLOSE * np.array(span)).all(axis=1)
        agreeing, asked = agreeing + int(fits[alive].sum()), asked + int(alive.sum())
        after = batch.step(action)
        obs, alive = after.observation, alive & ~(after.terminated | after.truncated)
        if not alive.any():
            break
    theta = (0.0,) * len(card.features)
    own, theirs = (evaluate(of, card.name, theta, EPISODES, HELD_OUT).return_true for of in (pupil, teacher))
    return {"agreement": agreeing / asked, "decisions": asked, "return": own, "its_own": theirs, "episodes": EPISODES}


def _words(facts: Mapping[str, Any]) -> str:
    return (
        f"the network agrees with {facts['agreement']:.1%} of {facts['decisions']} held-out decisions; return "
        f"{facts['return']:.4g}, its own {facts['its_own']:.4g} ({facts['episodes']} episodes)"
    )


def _fetch(path: Path) -> tuple[PolicySnapshot, dict[str, Any]] | None:
    """What was kept; nothing where it is damaged."""
    try:
        facts: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
        _words(facts)
        return PolicySnapshot.from_bytes(path.read_bytes()), facts
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, snapshot: PolicySnapshot, facts: Mapping[str, Any]) -> None:
    """Whole or not at all; a folder that cannot be written to costs the next start its time, and nothing else."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".draft", delete=False) as draft:
            draft.write(snapshot.to_bytes())
        Path(draft.name).replace(path)
    except OSError:
        return
