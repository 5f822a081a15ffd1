"""Instant learners on disk: each is trained once for a prior, and found again by what it was made from."""

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
from safetensors.numpy import save

from mereq_teleop.agents.errors import BadTensors
from mereq_teleop.agents.foretelling import Constants, Foretelling, training_of, untrained
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.shipped import FOLDER
from mereq_teleop.agents.tensorfile import unpacked
from mereq_teleop.agents.training_run import Progress
from mereq_teleop.sessions.user_files import read_bounded

__all__ = ["default_library", "ensure", "fetch", "keep", "key_of", "packed"]

SEED = 0
"""Of the training: one prior has one instant learner, whatever the session's seed."""
FORMAT = 1
MAX_BYTES = 256 * 2**20
SLICE_S = 0.5


def default_library() -> Path:
    """Where they are kept: the user's cache, for they can always be made again."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "mereq-teleop" / "conditioned"


def key_of(prior: Policy | GaussianPolicy, config: Constants) -> str:
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


def packed(prior: Policy | GaussianPolicy, config: Constants, learner: Foretelling) -> bytes:
    """As a safetensors file, with its key in the metadata."""
    return save(learner.arrays(), {"key": key_of(prior, config)})


def fetch(folder: Path, prior: Policy | GaussianPolicy, config: Constants) -> Foretelling | None:
    """The instant learner of a prior, from the folder or from what ships with the task; None where there is none yet.

    A damaged file counts as none.
    """
    learner, key = untrained(prior, config), key_of(prior, config)
    for path in (folder / f"{key}.safetensors", FOLDER / f"{prior.card.instant}.safetensors"):
        try:
            tensors, metadata = unpacked(read_bounded(path, "the instant learner", BadTensors, MAX_BYTES))
            if path.parent == FOLDER and metadata.get("key") != key:
                continue
            learner.load(tensors)
        except (OSError, RuntimeError, ValueError, KeyError):
            continue
        return learner
    return None


def keep(folder: Path, prior: Policy | GaussianPolicy, config: Constants, learner: Foretelling) -> None:
    """Put it where `fetch` finds it, whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".draft", delete=False) as draft:
        draft.write(packed(prior, config, learner))
    Path(draft.name).replace(folder / f"{key_of(prior, config)}.safetensors")


def ensure(folder: Path, prior: Policy | GaussianPolicy, config: Constants, progress: Progress) -> None:
    """Train the instant learner of a prior unless it is there; `progress` is told of sweeps done and to do.

    Raises:
        OSError: the folder cannot be written to.
    """
    if fetch(folder, prior, config) is not None:
        return
    trainer = training_of(prior, config, SEED)
    while not trainer.done:
        trainer.advance(SLICE_S)
        progress(trainer.sweep, config.sweeps)
    keep(folder, prior, config, trainer.foretelling)
