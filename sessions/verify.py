"""Compute a session again from its seeds and executed actions, and compare every number with the recording."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.fingerprint import Fingerprint
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Action, Episode, Transition

__all__ = ["Act", "Difference", "Verification", "World", "verify"]

Act = Callable[[npt.NDArray[np.float32]], Action]
"""A policy: the action for an observation in the task's shape."""


class World(Protocol):
    """One world, as it was stepped when the session was recorded."""

    def reset(self, seed: int) -> npt.NDArray[np.float32]:
        """The first observation of an episode."""
        ...

    def step(self, action: Action) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.floating[Any]], float, bool, bool]:
        """Next observation, features, the prior's reward, terminated, truncated."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """The first number that came out otherwise."""

    episode: int
    step: int
    field: str
    recorded: float
    recomputed: float

    def __str__(self) -> str:
        return (
            f"episode {self.episode}, step {self.step}: {self.field} "
            f"recorded {self.recorded!r}, recomputed {self.recomputed!r}"
        )


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found."""

    steps: int
    """Steps that agree."""
    swaps: int
    """Changes of policy between steps that agree."""
    tolerance: float
    """Allowed absolute difference of a number; 0 compares bit by bit."""
    machine_differences: tuple[str, ...]
    """Why the comparison was not bit by bit: what differs between the recording's machine and this one."""
    difference: Difference | None

    @property
    def ok(self) -> bool:
        """Whether every step agrees."""
        return self.difference is None

    @property
    def how(self) -> str:
        """What the numbers were compared by, and why not bit by bit if they were not."""
        if not self.tolerance:
            return "bit by bit"
        return f"within {self.tolerance:g}, not bit by bit: {', '.join(self.machine_differences)}"

    def __str__(self) -> str:
        if self.difference is not None:
            return f"differs in {self.difference} (after {self.steps} steps that agree {self.how})"
        return f"verified {self.steps} steps, {self.swaps} swaps ({self.how})"


def verify(
    recording: Recording,
    world: World,
    policies: Callable[[int], Act],
    here: Fingerprint,
    tolerance: float = 1e-4,
) -> Verification:
    """Compute the recording again.

    Args:
        recording: What to verify.
        world: A world of the recording's task.
        policies: The policy of a version, as it drove; whatever it raises passes through.
        here: Fingerprint of this machine. If it is the recording's, the comparison is bit by bit.
        tolerance: Allowed absolute difference of observations, features and rewards if it is not; actions and
            flags must be equal all the same.

    Raises:
        RecordingError: an executed action is none that the world can take.
    """
    differences = recording.fingerprint.differences(here)
    allowed = tolerance if differences else 0.0
    acts: dict[int, Act] = {}
    versions: list[int] = []
    difference: Difference | None = None
    for episode in recording.episodes:
        agreeing, difference = _verify_episode(episode, world, policies, acts, allowed)
        versions += [transition.policy_version for transition in episode.transitions[:agreeing]]
        if difference is not None:
            break
    return Verification(
        steps=len(versions),
        swaps=sum(before != after for before, after in pairwise(versions)),
        tolerance=allowed,
        machine_differences=differences,
        difference=difference,
    )


def _verify_episode(
    episode: Episode, world: World, policies: Callable[[int], Act], acts: dict[int, Act], allowed: float
) -> tuple[int, Difference | None]:
    """How many steps agree, and what differs in the one after them."""
    obs = world.reset(episode.seed)
    for action in episode.executed_before:
        obs = _step(world, action, f"episode {episode.index}, before its first step")[0]
    for agreeing, transition in enumerate(episode.transitions):
        version = transition.policy_version
        if version not in acts:
            acts[version] = policies(version)
        where = f"episode {episode.index}, step {transition.step}"
        for field, recorded, recomputed, exact in _recompute(transition, obs, world, acts[version], where):
            found = _unequal(recorded, recomputed, 0.0 if exact else allowed)
            if found is not None:
                index, there, now = found
                return agreeing, Difference(episode.index, transition.step, field + index, there, now)
            if field == "next_obs":
                obs = recomputed
    return len(episode.transitions), None


def _recompute(
    transition: Transition, obs: npt.NDArray[np.float32], world: World, act: Act, where: str
) -> Iterator[tuple[str, Any, Any, bool]]:
    """Each field of a step: name, recorded, recomputed, whether it must be equal on every machine."""
    yield "obs", transition.obs, obs, False
    # The policy is asked about the recorded observation, so that a tolerated difference cannot sway it.
    seen = np.array(transition.obs, np.float32).reshape(obs.shape)
    yield "policy_action", transition.decision.policy_action, act(seen), True
    next_obs, features, reward, terminated, truncated = _step(world, transition.decision.executed, where)
    yield "next_obs", transition.next_obs, next_obs, False
    yield "features", transition.features, features, False
    yield "reward", transition.reward, reward, False
    yield "terminated", transition.terminated, terminated, True
    yield "truncated", transition.truncated, truncated, True


def _step(
    world: World, action: Action, where: str
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.floating[Any]], float, bool, bool]:
    try:
        return world.step(action)
    except (ValueError, IndexError) as error:
        raise RecordingError(f"{where}: the recorded action {action} cannot be taken: {error}") from None


def _unequal(recorded: Any, recomputed: Any, allowed: float) -> tuple[str, float, float] | None:
    """Where two values first differ, and their numbers there; sizes if those differ."""
    there = np.asarray(recorded, np.float64).ravel()
    now = np.asarray(recomputed, np.float64).ravel()
    if there.size != now.size:
        return " (how many numbers)", there.size, now.size
    equal = there.view(np.uint64) == now.view(np.uint64)
    if allowed:
        equal |= np.abs(there - now) <= allowed
    if equal.all():
        return None
    first = int(np.flatnonzero(~equal)[0])
    return f"[{first}]" if there.size > 1 else "", there[first].item(), now[first].item()
