"""What a training is: all that must be known to begin it, and to go on with it."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Record

__all__ = ["ALGORITHMS", "RESIDUAL", "Algorithm", "Engine", "Training", "algorithm_of", "engine_of", "theta_of"]

Algorithm = Literal["dqn", "dqn_me", "dqn_residual", "sac", "sac_residual", "sac_conditioned"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = get_args(Algorithm)
NAMED: Final[tuple[Algorithm, ...]] = ("dqn_me", "dqn", "dqn_residual")
"""For tasks with named actions; the first is what is trained unless something else is asked for."""
CONTINUOUS: Final[tuple[Algorithm, ...]] = ("sac", "sac_residual", "sac_conditioned")
RESIDUAL: Final[tuple[Algorithm, ...]] = ("dqn_residual", "sac_residual", "sac_conditioned")
"""Learned on top of a prior."""

Engine = Literal["own", "sb3"]
"""Who trains: this package, many worlds side by side, or stable-baselines3, one world."""
ENGINES: Final[Mapping[Algorithm, tuple[Engine, ...]]] = {"dqn": ("sb3",), "sac": ("own", "sb3")}
"""Of those that are not ours alone; the first is what is taken unless the other is asked for."""


class Training(Record):
    """One training; None leaves a number as the recipe has it."""

    env: str
    """World whose reward is learned, by any key or gymnasium id."""
    algorithm: Algorithm
    engine: Engine
    theta: tuple[float, ...]
    """Weights of what is added to the world's reward, in the order of the card's features."""
    seed: int
    steps: int
    """Control steps in all."""
    gamma: float | None
    learning_rate: float | None
    start: str
    """What it begins with or is learned on: a file, or the name of a policy that ships; empty for nothing."""
    out: str
    """Where the policy goes."""
    episodes: int
    """That the policy is measured on."""
    checkpoint_every: int
    """Control steps between two checkpoints."""
    task: str
    """Digest of the task's card: on another one it would be another training."""

    @property
    def card(self) -> TaskCard:
        """The task's card."""
        return card_of(self.env)


def algorithm_of(asked: Algorithm | None, card: TaskCard) -> Algorithm:
    """The one that was asked for, if it suits the task; else the task's own.

    Raises:
        Usage: it does not suit.
    """
    suited = NAMED if card.discrete else CONTINUOUS
    algorithm = asked or suited[0]
    if algorithm not in suited:
        kind = "named" if card.discrete else "continuous"
        raise Usage(f"--algorithm {algorithm} is not for {card.name}, which has {kind} actions: {', '.join(suited)}")
    return algorithm


def engine_of(asked: Engine | None, algorithm: Algorithm) -> Engine:
    """Who trains it.

    Raises:
        Usage: that one has no such algorithm.
    """
    known = ENGINES.get(algorithm, ("own",))
    if asked is None or asked in known:
        return asked or known[0]
    whose = ", ".join(name for name in ALGORITHMS if asked in ENGINES.get(name, ("own",)))
    raise Usage(f"--engine {asked} has no {algorithm}, it has {whose}: add --algorithm, or leave --engine out")


def theta_of(
    algorithm: Algorithm, card: TaskCard, preference: str | None, theta: tuple[float, ...] | None
) -> tuple[float, ...]:
    """Weights of what is added to the world's reward.

    A residual policy is learned for some: those of the task's first preference unless others are asked for.

    Raises:
        UnknownPreference: the card lists none of this name.
        Usage: both are given, there are more or fewer weights than features, or no preference to take them from.
    """
    features = card.feature_names
    if theta is not None:
        if preference is not None:
            raise Usage("--preference is a theta by its name: leave out one of --preference and --theta")
        if len(theta) != len(features):
            counted = f"{len(theta)} weight{'' if len(theta) == 1 else 's'}"
            raise Usage(f"--theta has {counted}, {card.name} has {len(features)} features: {', '.join(features)}")
        if not all(abs(weight) < float("inf") for weight in theta):
            raise Usage(f"--theta is {' '.join(map(str, theta))}: weights are finite numbers")
        return theta
    if preference is not None:
        return card.preference(preference).theta
    if algorithm not in RESIDUAL or algorithm == "sac_conditioned":
        return (0.0,) * len(features)
    if not card.preferences:
        raise Usage(f"--algorithm {algorithm} learns a residual reward, and {card.name} has no preference: add --theta")
    return card.preferences[0].theta
