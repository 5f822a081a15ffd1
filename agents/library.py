"""Conditioned Qs on disk: each is trained once for a prior, and found again by what it was made from."""

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save

from mereq_teleop.agents.conditioned import ConditionedConfig, ConditionedQ, ConditionedTrainer
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.soft_dqn import Progress

__all__ = ["default_library", "ensure", "fetch", "keep", "key_of"]

SEED = 0
"""Of the training: one prior has one conditioned Q, whatever the session's seed."""
FORMAT = 1
SLICE_S = 0.5


def default_library() -> Path:
    """Where they are kept: the user's cache, for they can always be made again."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "mereq-teleop" / "conditioned"


def key_of(prior: Policy, config: ConditionedConfig) -> str:
    """Content hash (16 hex digits) of all that the training depends on: prior, features, constants, seed, format."""
    features = msgspec.json.encode(prior.card.features).decode()
    parts = (
        prior.card.name,
        prior.snapshot.hash,
        features,
        msgspec.json.encode(config).decode(),
        str(SEED),
        str(FORMAT),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def fetch(folder: Path, prior: Policy, config: ConditionedConfig) -> ConditionedQ | None:
    """The conditioned Q of a prior; None where there is none yet, or its file is damaged."""
    q = ConditionedQ(prior.card, config.hidden, torch.Generator())
    try:
        q.load(load((folder / f"{key_of(prior, config)}.safetensors").read_bytes()))
    except (OSError, SafetensorError, RuntimeError):
        return None
    return q


def keep(folder: Path, prior: Policy, config: ConditionedConfig, q: ConditionedQ) -> None:
    """Put it where `fetch` finds it, whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".draft", delete=False) as draft:
        draft.write(save(q.arrays()))
    Path(draft.name).replace(folder / f"{key_of(prior, config)}.safetensors")


def ensure(folder: Path, prior: Policy, config: ConditionedConfig, progress: Progress) -> None:
    """Train the conditioned Q of a prior unless it is there; `progress` is told of sweeps done and to do.

    Raises:
        OSError: the folder cannot be written to.
    """
    if fetch(folder, prior, config) is not None:
        return
    trainer = ConditionedTrainer(prior, config, SEED)
    while not trainer.done:
        trainer.advance(SLICE_S)
        progress(trainer.sweep, config.sweeps)
    keep(folder, prior, config, trainer.q)
