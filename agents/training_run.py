"""A training that can be watched, stopped and taken up again: what the trainers of priors and experts share."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from mereq_teleop.agents.learner import State
from mereq_teleop.agents.records import PolicySnapshot

__all__ = ["Progress", "Returns", "SweepRun", "TrainingRun", "finished"]

Progress = Callable[[int, int], None]
"""Told of steps done and steps to do."""


class TrainingRun(Protocol):
    """A training as it goes on."""

    @property
    def steps(self) -> int:
        """Control steps to take in all."""

    @property
    def done(self) -> int:
        """Control steps taken."""

    def go_on(self, watch: Callable[[], bool]) -> None:
        """Train until all steps are taken, or `watch`, asked every few steps, says no."""
        ...

    def figures(self) -> dict[str, float]:
        """What it came to since this was asked last, by name; without what nothing is known of yet."""
        ...

    def state(self) -> State:
        """The whole state."""
        ...

    def restore(self, state: State) -> None:
        """Go back to a state that `state` gave."""
        ...


class Returns:
    """Sums of reward of episodes that go on side by side, and the mean of those that ended."""

    def __init__(self, worlds: int) -> None:
        self._running = np.zeros(worlds)
        self._ended: list[float] = []

    def add(self, reward: np.ndarray, over: np.ndarray) -> None:
        """One step of every world: reward (n,) and whether the episode ended (n,)."""
        self._running += reward
        self._ended += self._running[over].tolist()
        self._running[over] = 0.0

    def take(self) -> float | None:
        """Mean return of the episodes that ended since it was asked last; None where none did."""
        mean = float(np.mean(self._ended)) if self._ended else None
        self._ended.clear()
        return mean


class SweepRun:
    """A training of ours: sweep after sweep of all its worlds, gradient steps after each; repeatable bit for bit."""

    def __init__(self, sweeps: int, worlds: int) -> None:
        self.updates = 0
        """Gradient steps so far."""
        self.returns = Returns(worlds)
        self._sweeps, self._worlds = sweeps, worlds
        self._swept = self._summed = 0
        self._loss = torch.zeros(())

    @property
    def steps(self) -> int:
        """Control steps to take in all."""
        return self._sweeps * self._worlds

    @property
    def done(self) -> int:
        """Control steps taken."""
        return self._swept * self._worlds

    def go_on(self, watch: Callable[[], bool]) -> None:
        """Train until all steps are taken, or `watch`, asked after each sweep, says no."""
        while self._swept < self._sweeps:
            self._sweep(self._swept)
            self._swept += 1
            if not watch():
                return

    def figures(self) -> dict[str, float]:
        """Mean loss of a gradient step and mean return of an episode, since this was asked last."""
        found = {"return": self.returns.take(), "loss": float(self._loss) / self._summed if self._summed else None}
        self._loss, self._summed = torch.zeros(()), 0
        return {name: value for name, value in found.items() if value is not None}

    def snapshot(self) -> PolicySnapshot:
        """The policy as it stands."""
        raise NotImplementedError

    def state(self) -> State:
        """The whole state; `restore` of it goes on with the same bits."""
        return {"swept": np.array(self._swept), "updates": np.array(self.updates), **self._state()}

    def restore(self, state: State) -> None:
        """Go back to a state that `state` gave."""
        self._swept, self.updates = int(state["swept"]), int(state["updates"])
        self._restore(state)

    def _sweep(self, sweep: int) -> None:
        """Step all worlds once, and learn."""
        raise NotImplementedError

    def _state(self) -> dict[str, np.ndarray]:
        raise NotImplementedError

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        raise NotImplementedError

    def _count(self, loss: Tensor | float, updates: int = 1) -> None:
        """So many gradient steps were taken, at this mean loss."""
        self._loss = self._loss + updates * loss
        self._summed += updates


def finished(run: SweepRun, progress: Progress) -> PolicySnapshot:
    """Train to the end; the policy."""

    def watch() -> bool:
        progress(run.done, run.steps)
        return True

    run.go_on(watch)
    return run.snapshot()
