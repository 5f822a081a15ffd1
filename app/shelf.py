"""The policies of a session: which one drives, which ones drove, which one waits for its moment."""

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.errors import FolderError
from mereq_teleop.sessions.folder import SessionFolder

__all__ = ["PolicyShelf", "Swapped"]

Key = tuple[int, str]

MARGIN = 0.05
"""A new policy may fail in so many more of its trial's episodes than the driving one,"""
IN_MEMORY = 3
"""Earlier policies at hand for a rollback that reads no file; each knows the ids of all that it was made from."""
FEWEST = 3
"""and in so many episodes more whatever their number: chance alone makes such differences."""


@dataclass(frozen=True, slots=True)
class Swapped:
    """A policy took the wheel."""

    policy: AnyPolicy
    before: AnyPolicy
    seconds: float
    """What staging and swapping cost the loop."""

    @property
    def words(self) -> str:
        """What changed: the reward weights that moved most, or why none of them did."""
        after, before = self.policy.snapshot, self.before.snapshot
        if after.hash == before.hash:
            return "no change: nothing new was learned"
        if after.maker.weights is None:
            return f"learned from {after.maker.learned_from} segments"
        new = after.maker.weights
        old = before.maker.weights.theta if before.maker.weights is not None else (0.0,) * len(new.theta)
        moves = [(now - was, name) for now, was, name in zip(new.theta, old, new.feature_names, strict=True)]
        told = [
            f"{name.replace('_', ' ')} {move:+.2f}"
            for move, name in sorted(moves, key=lambda m: -abs(m[0]))
            if abs(move) >= 0.005
        ]
        return ", ".join(told[:2]) or "the same weights, refined"


class PolicyShelf:
    """Holds the driving policy; keeps a file of every policy that drives, written without waiting for the disk."""

    def __init__(self, prior: AnyPolicy, card: TaskCard, folder: SessionFolder) -> None:
        self.driving = prior
        """The policy that decides."""
        self.staged: AnyPolicy | None = None
        """The newest policy, until its moment comes."""
        self.folder = folder
        """The session's."""
        self.fault = ""
        """Why a policy could not be kept; empty while all were."""
        self._staging_s = 0.0
        self._card = card
        self._earlier: list[Key] = []
        """Version and content hash of those that drove, as one goes back to them."""
        self._at_hand: dict[Key, AnyPolicy] = {}
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="policies")
        self._writes: dict[Key, Future[Path]] = {}
        self._keep(prior.snapshot)

    def stage(self, snapshot: PolicySnapshot) -> None:
        """A newer policy came; it replaces one that still waits.

        Raises:
            BadPolicy: it is of another task or shape.
        """
        began = time.perf_counter()
        self.staged = policy_of(snapshot, self._card)
        self._staging_s = time.perf_counter() - began

    def worse(self, policy: PolicySnapshot) -> str:
        """Why a policy is not fit to drive, by its trial; empty if it is, or was not tried."""
        trial, driving = policy.maker.trial, self.driving.snapshot.maker.trial
        if trial is None:
            return ""
        now = trial.prior_failures if driving is None else driving.failures
        if trial.failures <= now + max(MARGIN, FEWEST / trial.episodes):
            return ""
        crash = self._card.termination == "crash"
        return (
            f"in {trial.episodes} simulated episodes it {'crashed' if crash else 'failed'} in {trial.failures:.0%}, "
            f"the driving one in {now:.0%}"
        )

    def keep(self, policy: PolicySnapshot) -> None:
        """Write a policy's file, whether it ever drives or not."""
        self._keep(policy)

    def swap(self) -> Swapped | None:
        """Let the staged policy drive, if there is one."""
        if self.staged is None:
            return None
        staged, driving = self.staged.snapshot, self.driving.snapshot
        # One that was refined since replaces what it refines: going back to it would undo nothing.
        if staged.hash != driving.hash and (not staged.maker.cause or staged.maker.cause != driving.maker.cause):
            key = (driving.version, driving.hash)
            self._earlier.append(key)
            self._at_hand[key] = self.driving
            while len(self._at_hand) > IN_MEMORY:
                del self._at_hand[next(iter(self._at_hand))]
        swapped = self._drive(self.staged)
        self._keep(swapped.policy.snapshot)
        return swapped

    def roll_back(self) -> Swapped | None:
        """Let the policy before the driving one drive again, if there is one; one that waits is dropped.

        One whose file cannot be read is passed over.
        """
        while self._earlier:
            key = self._earlier.pop()
            earlier = self._at_hand.pop(key, None) or self.policy(*key)
            if earlier is not None:
                return self._drive(earlier)
        return None

    def policy(self, version: int, content_hash: str) -> AnyPolicy | None:
        """A policy that drove, from its file; None, and a word in `fault`, where that cannot be read."""
        if (write := self._writes.get((version, content_hash))) is not None:
            wait([write])
        try:
            return policy_of(PolicySnapshot.from_bytes(self.folder.load_policy(version, content_hash)), self._card)
        except (BadPolicy, FolderError) as error:
            self.fault = self.fault or str(error)
            return None

    def close(self) -> None:
        """Wait until all files are written."""
        self._writer.shutdown()
        self._look()

    def _drive(self, policy: AnyPolicy) -> Swapped:
        began = time.perf_counter()
        before, self.driving, self.staged = self.driving, policy, None
        spent, self._staging_s = self._staging_s, 0.0
        return Swapped(policy, before, spent + time.perf_counter() - began)

    def _keep(self, snapshot: PolicySnapshot) -> None:
        self._look()
        data = snapshot.to_bytes
        self._writes[snapshot.version, snapshot.hash] = self._writer.submit(
            lambda: self.folder.save_policy(snapshot.version, snapshot.hash, data())
        )

    def _look(self) -> None:
        """Take note of writes that failed."""
        for key, write in [(key, write) for key, write in self._writes.items() if write.done()]:
            del self._writes[key]
            if (error := write.exception()) is not None:
                self.fault = str(error)
