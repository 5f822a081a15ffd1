"""Policies on disk: those that ship with the package, and a user's own."""

from pathlib import Path

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.frozen import as_prior
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.user_files import read_bounded

__all__ = ["FOLDER", "load_policy", "load_prior", "shipped"]

FOLDER = Path(__file__).parent / "checkpoints"
"""`<name>.safetensors` with its card `<name>.json` beside it."""

LARGEST_BYTES = 256 * 2**20


def load_policy(path: Path, card: TaskCard, reading: Reading | None = None) -> AnyPolicy:
    """A policy file, ready to drive: one of ours, or a `.zip` of stable-baselines3, read as `reading` says.

    Raises:
        BadPolicy: no such file, no policy that can be read, or one of another task or shape.
    """
    try:
        data = read_bounded(path, "the policy", BadPolicy, LARGEST_BYTES)
    except OSError as error:
        raise BadPolicy(
            f"{path}: {error.strerror}; wanted a policy file (.safetensors, .zip) of task {card.name!r}"
        ) from None
    try:
        if path.suffix == ".zip":
            return policy_of(_converted(data, card, reading or Reading()), card)
        return policy_of(PolicySnapshot.from_bytes(data), card)
    except BadPolicy as error:
        raise BadPolicy(f"{path}: {error}") from None


def _converted(data: bytes, card: TaskCard, reading: Reading) -> PolicySnapshot:
    from mereq_teleop.agents.foreign.sb3 import convert

    return convert(data, card, shipped(card.prior, card).snapshot, reading)


def load_prior(path: Path, card: TaskCard, reading: Reading | None = None) -> AnyPolicy:
    """A policy file to learn on top of; a learned one is frozen as it is, at theta = 0 of what is learned now.

    Raises:
        BadPolicy: as for `load_policy`.
    """
    return policy_of(as_prior(load_policy(path, card, reading).snapshot), card)


def shipped(name: str, card: TaskCard) -> AnyPolicy:
    """A policy that ships with the package, by the name on the task's card."""
    return load_policy(FOLDER / f"{name}.safetensors", card)
