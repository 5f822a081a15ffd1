"""Control steps per second of the arm's tasks, in batches of 16 and one at a time through gymnasium, on one core.

Run `python benchmarks/arm.py`. A step is a whole one: inverse kinematics, ten steps of MuJoCo, observation, features,
reward, and the resets of worlds that end. Random actions, each held for five steps. Seconds are those that the core
spent on us, which other work on the machine stretches less than the clock's; both are shown.
"""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tyro
from numpy.typing import NDArray

from mereq_teleop import envs
from mereq_teleop.envs.card import TaskCard

HELD = 5
DRAWN = 1000


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to measure."""

    n: int = 16
    """Worlds of a batch."""
    repeats: int = 5
    """Measurements of each; the table gives their median, least and largest."""
    seconds: float = 2.0
    """Duration of one measurement."""


def actions_of(card: TaskCard, n: int) -> NDArray[np.float32]:
    """(DRAWN, n, axes) random ones within the limits."""
    low, high = ([getattr(axis, end) for axis in card.axes] for end in ("low", "high"))
    return np.random.default_rng(0).uniform(low, high, (DRAWN, n, len(card.axes))).astype(np.float32)


def batched(card: TaskCard, n: int) -> Callable[[], int]:
    """One control step of n worlds at each call."""
    batch, actions, seeds = envs.make_batch(card.name, n), actions_of(card, n), np.arange(n)
    batch.reset(seeds)
    calls = 0

    def steps() -> int:
        nonlocal calls, seeds
        after = batch.step(actions[calls // HELD % DRAWN])
        calls += 1
        ended = after.terminated | after.truncated
        if ended.any():
            seeds = seeds + n
            batch.reset_where(ended, seeds)
        return n

    return steps


def one_by_one(card: TaskCard) -> Callable[[], int]:
    """One control step of the gymnasium environment at each call."""
    env, actions = envs.make(card.name), actions_of(card, 1)
    env.reset(seed=0)
    calls = 0

    def step() -> int:
        nonlocal calls
        _, _, terminated, truncated, _ = env.step(actions[calls // HELD % DRAWN, 0])
        calls += 1
        if terminated or truncated:
            env.reset(seed=calls)
        return 1

    return step


def rates_of(steps_of: Callable[[], int], seconds: float) -> tuple[float, float]:
    """Control steps per second of the core's time and of the clock's, of a function that says how many it took."""
    taken, core, clock = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - clock < seconds:
        taken += steps_of()
    return taken / (time.process_time() - core), taken / (time.perf_counter() - clock)


def main(settings: Settings) -> None:
    """Print the table."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    subjects: dict[tuple[str, str], Callable[[], int]] = {}
    for card in envs.cards():
        if card.batch.startswith("mereq_teleop.envs.fanuc"):
            subjects[card.name, f"batch of {settings.n}"] = batched(card, settings.n)
            subjects[card.name, "gymnasium"] = one_by_one(card)
    rates: dict[tuple[str, str], list[tuple[float, float]]] = {subject: [] for subject in subjects}
    before = os.getloadavg()[0]
    for steps_of in subjects.values():
        rates_of(steps_of, 0.5)
    # Interleaved, so that a busy moment of the machine falls on all of them.
    for _ in range(settings.repeats):
        for subject, steps_of in subjects.items():
            rates[subject].append(rates_of(steps_of, settings.seconds))
    print(f"{'':24}{'steps/s':>10}{'least':>10}{'largest':>10}{'by clock':>10}{'ratio':>9}")
    for (name, how), pairs in rates.items():
        cores, clocks = zip(*pairs, strict=True)
        median, base = statistics.median(cores), statistics.median(core for core, _ in rates[name, "gymnasium"])
        columns = (median, min(cores), max(cores), statistics.median(clocks))
        print(f"{f'{name}, {how}':24}{''.join(f'{value:10,.0f}' for value in columns)}{median / base:8.1f}x")
    print(
        f"One core of {os.cpu_count()}, medians of {settings.repeats} x {settings.seconds:g} s, resets included; "
        f"load average {before:.2f} before, {os.getloadavg()[0]:.2f} after."
    )


if __name__ == "__main__":
    main(tyro.cli(Settings))
