"""The compiled entries of the simulator: reset, refresh and step of a batch of worlds.

Numba caches a compiled function on the file that it is written in alone, so an edit of another kernel would leave the
old machine code in use. The entries therefore close over a digest of all that they call, which Numba keeps
in the cache's key.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mereq_teleop.envs.highway.collision import CORNERS, PAIRS, collide
from mereq_teleop.envs.highway.creation import create
from mereq_teleop.envs.highway.layout import (
    CRASHED,
    FRAMES,
    HEADING,
    HORIZON,
    SCRATCH,
    SPEED,
    VEHICLES,
    Reals,
    Wholes,
    X,
    Y,
)
from mereq_teleop.envs.highway.motion import move
from mereq_teleop.envs.highway.observation import Singles, extract_features, observe
from mereq_teleop.envs.highway.randomness import STREAM
from mereq_teleop.envs.highway.road import refresh
from mereq_teleop.envs.highway.traffic import choose, decide

__all__ = ["KERNELS", "Kernels"]

_SOURCES = ("collision", "creation", "layout", "motion", "numerics", "observation", "randomness", "road", "traffic")

Flags = NDArray[np.bool_]


@njit(error_model="numpy")
def _reset(
    table: Wholes, reals: Reals, integers: Wholes, steps: Wholes, mask: Flags, seeds: Wholes, spacing: float
) -> None:
    """Create the worlds of the mask anew."""
    scratch = np.empty((SCRATCH, VEHICLES))
    spare = np.empty(VEHICLES, dtype=np.int64)
    stream = np.empty(STREAM, dtype=np.uint64)
    for world in range(reals.shape[0]):
        if mask[world]:
            create(table, reals[world], integers[world], scratch, spare, stream, seeds[world], spacing)
            steps[world] = 0


@njit(error_model="numpy")
def _refresh(table: Wholes, reals: Reals, integers: Wholes) -> None:
    """Recompute the derived rows of all worlds."""
    scratch = np.empty((SCRATCH, VEHICLES))
    spare = np.empty(VEHICLES, dtype=np.int64)
    for world in range(reals.shape[0]):
        refresh(table, reals[world], integers[world], scratch, spare)


@njit(error_model="numpy")
def _observe(table: Wholes, reals: Reals, integers: Wholes, observation: Singles) -> None:
    """Write the observations of all worlds."""
    for world in range(reals.shape[0]):
        observe(table, reals[world], integers[world], observation[world])


@njit(error_model="numpy")
def _extract(reals: Reals, integers: Wholes, features: Reals) -> None:
    """Write the features of all worlds."""
    for world in range(reals.shape[0]):
        extract_features(reals[world], integers[world], features[world])


@njit(error_model="numpy")
def _write_frame(real: Reals, integer: Wholes, frame: Reals) -> None:
    """What is drawn of a world: (TRACED, VEHICLES)."""
    for i in range(VEHICLES):
        frame[0, i] = real[X, i]
        frame[1, i] = real[Y, i]
        frame[2, i] = real[HEADING, i]
        frame[3, i] = real[SPEED, i]
        frame[4, i] = integer[CRASHED, i]


@njit(error_model="numpy")
def _step(
    table: Wholes,
    reals: Reals,
    integers: Wholes,
    steps: Wholes,
    actions: Wholes,
    weights: Reals,
    trace: Reals | None,
    observation: Singles,
    features: Reals,
    reward: Reals,
    terminated: Flags,
    truncated: Flags,
) -> int:
    """Advance all worlds by one control step; -1, or the first world with a bad action (then nothing has moved)."""
    for world in range(reals.shape[0]):
        if not 0 <= actions[world] <= 4:
            return world
    scratch = np.empty((SCRATCH, VEHICLES))
    spare = np.empty(VEHICLES, dtype=np.int64)
    corners = np.empty(CORNERS)
    pairs = np.empty(PAIRS, dtype=np.int64)
    for world in range(reals.shape[0]):
        real, integer = reals[world], integers[world]
        if trace is not None and world == 0:
            _write_frame(real, integer, trace[0])
        choose(real, integer, actions[world])
        for frame in range(FRAMES):
            decide(table, real, integer, scratch)
            move(table, real, integer, scratch, spare)
            refresh(table, real, integer, scratch, spare)
            collide(table, real, integer, corners, pairs)
            if trace is not None and world == 0:
                _write_frame(real, integer, trace[frame + 1])
        steps[world] += 1
        observe(table, real, integer, observation[world])
        extract_features(real, integer, features[world])
        total = weights[0]
        for k in range(3):
            total += weights[k + 1] * features[world, k]
        reward[world] = total
        terminated[world] = integer[CRASHED, 0] != 0
        truncated[world] = steps[world] >= HORIZON
    return -1


class Kernels(NamedTuple):
    """The compiled entries."""

    reset: Callable[..., None]
    """(table, reals, integers, steps, mask, seeds, spacing): create the worlds of the mask anew."""
    refresh: Callable[..., None]
    """(table, reals, integers): recompute the derived rows of all worlds after a restore."""
    observe: Callable[..., None]
    """(table, reals, integers, observation): write the observations of all worlds."""
    extract: Callable[..., None]
    """(reals, integers, features): write the features of all worlds."""
    step: Callable[..., int]
    """(table, reals, integers, steps, actions, weights, trace, observation, features, reward, terminated, truncated):
    advance all worlds by one control step; -1, or the first world with a bad action (then nothing moved). The
    frames of world 0 are written into the trace; with None for it, Numba compiles a step without all that."""


def _source_digest() -> str:
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()


def _compile(digest: str) -> Kernels:
    """The entries, compiled when first called and cached on disk under this digest."""

    @njit(cache=True, nogil=True, error_model="numpy")
    def reset(*arguments: Any) -> None:
        len(digest)
        _reset(*arguments)

    @njit(cache=True, nogil=True, error_model="numpy")
    def refresh(*arrays: Any) -> None:
        len(digest)
        _refresh(*arrays)

    @njit(cache=True, nogil=True, error_model="numpy")
    def observe(*arrays: Any) -> None:
        len(digest)
        _observe(*arrays)

    @njit(cache=True, nogil=True, error_model="numpy")
    def extract(*arrays: Any) -> None:
        len(digest)
        _extract(*arrays)

    @njit(cache=True, nogil=True, error_model="numpy")
    def step(*arrays: Any) -> int:
        len(digest)
        return _step(*arrays)

    return Kernels(reset, refresh, observe, extract, step)


KERNELS = _compile(_source_digest())
