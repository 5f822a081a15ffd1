"""Policies on disk: those that ship with the package, and a user's own."""

from pathlib import Path

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy, NoPolicy
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.frozen import as_prior
from mereq_teleop.agents.policy import AnyPolicy, Driver
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.rule import Rule
from mereq_teleop.envs.card import Preference, TaskCard
from mereq_teleop.envs.own.find import is_reference
from mereq_teleop.sessions.user_files import read_bounded

__all__ = ["FOLDER", "expert_of", "load_policy", "load_prior", "prior_of", "shipped"]

FOLDER = Path(__file__).parent / "checkpoints"
"""`<name>.safetensors` with its card `<name>.json` beside it."""

LARGEST_BYTES = 256 * 2**20


def load_policy(path: Path, card: TaskCard, reading: Reading | None = None) -> AnyPolicy:
    """A policy, ready to drive: a file of ours, a `.zip` of stable-baselines3, or a Python `module:attribute`.

    A zip is read as `reading` says; what a Python attribute decides is learned by a network of ours, once.

    Raises:
        BadPolicy: no such file, no policy that can be read, or one of another task or shape.
    """
    if is_reference(str(path)):
        from mereq_teleop.agents.foreign.imitation import imitated

        return policy_of(imitated(str(path), card, reading or Reading()), card)
    try:
        data = read_bounded(path, "the policy", BadPolicy, LARGEST_BYTES)
    except OSError as error:
        raise BadPolicy(
            f"{path}: {error.strerror}; wanted a policy file (.safetensors, .zip) of task {card.name!r}, or a Python "
            "module:attribute"
        ) from None
    try:
        if path.suffix == ".zip":
            return policy_of(_converted(data, card, reading or Reading()), card)
        return policy_of(PolicySnapshot.from_bytes(data), card)
    except BadPolicy as error:
        raise BadPolicy(f"{path}: {error}") from None


def _converted(data: bytes, card: TaskCard, reading: Reading) -> PolicySnapshot:
    from mereq_teleop.agents.foreign.sb3 import convert
    from mereq_teleop.agents.unlearned import unlearned

    return convert(data, card, unlearned(card) if card.source else shipped(card.prior, card).snapshot, reading)


def load_prior(path: Path, card: TaskCard, reading: Reading | None = None) -> AnyPolicy:
    """A policy file to learn on top of; a learned one is frozen as it is, at theta = 0 of what is learned now.

    Raises:
        BadPolicy: as for `load_policy`.
    """
    return policy_of(as_prior(load_policy(path, card, reading).snapshot), card)


def prior_of(card: TaskCard, own: Path | None, reading: Reading | None = None) -> AnyPolicy:
    """The policy to start from: the operator's own, or the task's.

    Raises:
        NoPolicy, BadPolicy: as for `shipped` and `load_policy`.
    """
    return load_prior(own, card, reading) if own else shipped(card.prior, card, reading)


def shipped(name: str, card: TaskCard, reading: Reading | None = None) -> AnyPolicy:
    """A policy that ships with the package, by the name on the task's card; a user's own task's lie beside its file.

    Raises:
        NoPolicy: a user's own task has none.
        BadPolicy: it cannot be read, or is of another task or shape.
    """
    if not card.source:
        return load_policy(FOLDER / f"{name}.safetensors", card)
    reference = card.ids[card.name]
    if not name:
        raise NoPolicy(
            f"{reference} has no prior of its own: say one with --prior (a file, or module:attribute), or make one: "
            f"mereq pretrain --env {reference} --out prior.safetensors"
        )
    from mereq_teleop.envs.own.owned import owned

    path = Path(name)
    return load_policy(path if is_reference(name) else owned(reference).folder / path, card, reading)


def expert_of(preference: Preference, card: TaskCard, otherwise: Driver | None = None) -> Driver:
    """Who has a preference: the policy on the task's card, or the rule of a user's own task.

    Args:
        preference: one of the card's.
        card: of the task.
        otherwise: who drives where a rule says nothing.

    Raises:
        NoPolicy: a user's own task has neither.
        BadPolicy: the policy cannot be read, or is of another task or shape.
    """
    if not card.source or preference.expert:
        return shipped(preference.expert, card)
    from mereq_teleop.envs.own.owned import owned

    own = owned(card.ids[card.name])
    if not own.has_rule:
        raise NoPolicy(
            f"nobody knows what {preference.name!r} of {own.reference} wants: give the task a method expert(obs, "
            "preference), or its preference an expert's file (mereq pretrain --preference makes one)"
        )
    return Rule(own, preference.name, otherwise)
