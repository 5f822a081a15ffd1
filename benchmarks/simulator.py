"""Steps per second of highway-env and of the batched simulator, resets included, on one core, in one run.

Run `python benchmarks/simulator.py`. Random actions; a world that ends starts anew with the next seed. Seconds are
those that the core spent on us, which other work on the machine stretches less than the clock's; both are shown.
"""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tyro

from mereq_teleop import envs


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to measure."""

    repeats: int = 5
    """Measurements of each; the table gives their median, least and largest."""
    seconds: float = 2.0
    """Duration of one measurement."""


def rates_of(steps_of: Callable[[], int], seconds: float) -> tuple[float, float]:
    """Control steps per second of the core's time and of the clock's, of a function that says how many it took."""
    taken, core, clock = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - clock < seconds:
        taken += steps_of()
    return taken / (time.process_time() - core), taken / (time.perf_counter() - clock)


def reference() -> Callable[[], int]:
    """One control step of highway-env at each call."""
    env, rng = envs.make("highway"), np.random.default_rng(0)
    env.reset(seed=0)
    seeds = iter(range(1, 2**31))

    def step() -> int:
        _, _, terminated, truncated, _ = env.step(int(rng.integers(5)))
        if terminated or truncated:
            env.reset(seed=next(seeds))
        return 1

    return step


def simulator(n: int) -> Callable[[], int]:
    """Two hundred control steps of n worlds at each call."""
    batch = envs.make_batch("highway", n)
    actions = np.random.default_rng(0).integers(0, 5, (4096, n))
    seeds = np.arange(n)
    batch.reset(seeds)
    calls = 0

    def steps() -> int:
        nonlocal calls, seeds
        for _ in range(200):
            result = batch.step(actions[calls % len(actions)])
            calls += 1
            ended = result.terminated | result.truncated
            if ended.any():
                seeds = seeds + n
                batch.reset_where(ended, seeds)
        return 200 * n

    return steps


def main(settings: Settings) -> None:
    """Print the table."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    subjects = {"highway-env": reference(), "simulator, n=1": simulator(1), "simulator, n=64": simulator(64)}
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in subjects}
    before = os.getloadavg()[0]
    for steps_of in subjects.values():
        rates_of(steps_of, 0.5)
    # Interleaved, so that a busy moment of the machine falls on all of them.
    for _ in range(settings.repeats):
        for name, steps_of in subjects.items():
            rates[name].append(rates_of(steps_of, settings.seconds))
    base = statistics.median(core for core, _ in rates["highway-env"])
    print(f"{'':16}{'steps/s':>10}{'least':>10}{'largest':>10}{'by clock':>10}{'ratio':>9}")
    for name, pairs in rates.items():
        cores, clocks = zip(*pairs, strict=True)
        median = statistics.median(cores)
        columns = (median, min(cores), max(cores), statistics.median(clocks))
        print(f"{name:16}{''.join(f'{value:10,.0f}' for value in columns)}{median / base:8,.0f}x")
    print(
        f"One core of {os.cpu_count()}, medians of {settings.repeats} x {settings.seconds:g} s, resets included; "
        f"load average {before:.2f} before, {os.getloadavg()[0]:.2f} after."
    )


if __name__ == "__main__":
    main(tyro.cli(Settings))
