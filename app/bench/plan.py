"""What a bench runs: its settings, and one cell for each method, task, preference and seed."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Literal

import msgspec

from mereq_teleop.agents.learner import METHODS, Method, Objective, why_not
from mereq_teleop.agents.shipped import load_prior
from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id
from mereq_teleop.envs.errors import unknown
from mereq_teleop.sessions.records import Record

__all__ = ["Cell", "Pair", "Plan", "Settings", "make_plan", "read_seeds"]


class Settings(Record):
    """How every cell of a folder is run; cells of other settings cannot be compared with them.

    Raises:
        Usage: a number is less than 1.
    """

    rounds: int = 3
    steps_per_round: int = 100
    update: Literal["round", "segment"] = "round"
    episodes: int = 1_000
    """Episodes of common seeds for the policy of each round, the prior and the expert."""
    demonstrations: bool = False
    total_features: bool = False
    objective: Objective = "likelihood"
    test_env: str = ""
    """World in which policies are measured; the task's own where it is empty."""
    prior: str = ""
    """File of the policy that every method starts from; the task's own where it is empty."""
    prior_hash: str = ""
    """Its content hash: another policy in the same place makes another bench."""

    def __post_init__(self) -> None:
        counts = {"rounds": self.rounds, "steps-per-round": self.steps_per_round, "episodes": self.episodes}
        for flag, value in counts.items():
            if value < 1:
                raise Usage(f"--{flag} is {value}: it must be at least 1")


class Pair(Record, order=True):
    """A task and what the expert wants there."""

    task: str
    preference: str

    @property
    def name(self) -> str:
        """The stem of its file."""
        return f"{self.task}-{self.preference}"


class Cell(Record, order=True):
    """One run: a method learns from the simulated expert."""

    task: str
    preference: str
    method: Method
    seed: int

    @property
    def name(self) -> str:
        """The stem of its file."""
        return f"{self.pair.name}-{self.method}-{self.seed}"

    @property
    def pair(self) -> Pair:
        """Its task and preference."""
        return Pair(task=self.task, preference=self.preference)


class Plan(Record):
    """Everything that was asked for."""

    settings: Settings
    cells: tuple[Cell, ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Each task and preference once."""
        return tuple(dict.fromkeys(cell.pair for cell in self.cells))


def make_plan(
    settings: Settings,
    *,
    methods: Sequence[Method] = (),
    tasks: Sequence[str],
    preferences: Sequence[str] = (),
    seeds: str = "8",
) -> Plan:
    """All combinations, seed by seed, so that a bench cut short has the same seeds of every method.

    Without `preferences`, all of each task; without `methods`, all that can serve every task.

    Raises:
        EnvError: no such task, or none of the tasks has a preference of that name.
        Usage: the seeds make no sense, the world to measure in is not of each task, or there is nothing to run.
        BadPolicy: the prior cannot be read, or does not fit each task.
    """
    pairs: list[Pair] = []
    # A task may be named twice, by two of its keys.
    for task in tasks:
        if env_id(task) != env_id(card_of(task).name):
            raise Usage(f"{task} is another world of task {card_of(task).name}: take the task, and --test-env {task}")
    for card in dict.fromkeys(card_of(task).name for task in tasks):
        if settings.test_env and settings.test_env not in (worlds := card_of(card).test_keys):
            raise Usage(unknown(f"--test-env of task {card!r}", settings.test_env, worlds))
        known = [preference.name for preference in card_of(card).preferences]
        pairs += [Pair(task=card, preference=name) for name in known if name in preferences or not preferences]
    for name in preferences:
        if name not in {pair.preference for pair in pairs}:
            every = [preference.name for task in tasks for preference in card_of(task).preferences]
            raise Usage(unknown("preference", name, list(dict.fromkeys(every))))
    if not methods:
        methods = [method for method in METHODS if not any(why_not(method, card_of(pair.task)) for pair in pairs)]
    for pair, method in product(pairs, methods):
        if reason := why_not(method, card_of(pair.task)):
            raise Usage(reason)
    if not pairs:
        raise Usage("there is nothing to run: name a task that has a preference")
    if settings.prior:
        for task in dict.fromkeys(pair.task for pair in pairs):
            start = load_prior(Path(settings.prior), card_of(task)).snapshot
            settings = msgspec.structs.replace(settings, prior_hash=start.hash)
    cells = (
        Cell(task=pair.task, preference=pair.preference, method=method, seed=seed)
        for seed, pair, method in product(read_seeds(seeds), pairs, dict.fromkeys(methods))
    )
    return Plan(settings=settings, cells=tuple(cells))


def read_seeds(text: str) -> range:
    """`8` is the seeds 0 to 7, `100:108` is 100 to 107.

    Raises:
        Usage: neither of them, or no seed at all.
    """
    first, colon, end = text.partition(":")
    try:
        seeds = range(int(first), int(end)) if colon else range(int(first))
    except ValueError:
        seeds = range(0)
    if not seeds or seeds[0] < 0:
        raise Usage(f"--seeds is {text!r}: wanted a count such as 8, or a range such as 100:108")
    return seeds
