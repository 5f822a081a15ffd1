"""Which policy drives: one that comes is looked at, waits for its moment, drives, and can be called back."""

from typing import NamedTuple

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.journal import Journal, Subject
from mereq_teleop.app.lessons import Lessons
from mereq_teleop.app.shelf import PolicyShelf, Swapped
from mereq_teleop.app.tally import Tally, Update
from mereq_teleop.sessions.events import Swap, Topic

__all__ = ["Place", "Wheel"]


class Place(NamedTuple):
    """A step of the session."""

    episode: int
    step: int


class Wheel:
    """Hands the wheel from one policy to the next, and tells of it."""

    def __init__(self, shelf: PolicyShelf, journal: Journal, tally: Tally, lessons: Lessons, *, guarded: bool) -> None:
        """With `guarded`, a policy whose trial went badly does not drive."""
        self.shelf = shelf
        self.opening = shelf.driving
        """The policy of the first step."""
        self.last_swap = ""
        """What the last swap of policies changed, in words."""
        self.updates: list[Update] = []
        """The policies that answered what was taught, as they drove; the shelf has them."""
        self.steps_before = tally.total.human_steps
        """Human-controlled steps before this session's first."""
        self._journal = journal
        self._tally = tally
        self._lessons = lessons
        self._guarded = guarded
        self._rejected: str | None = None
        self._refused: str | None = None

    def begin(self, place: Place) -> None:
        """Record who drives first."""
        self._record(place, "", 0.0)

    def fork(self, policy: AnyPolicy, place: Place) -> None:
        """Let the policy drive that drove where another session is gone on with."""
        self.begin(place)
        first, prior = policy.snapshot, self.shelf.driving.snapshot
        if (first.version, first.hash) != (prior.version, prior.hash):
            self.shelf.stage(first)
            self.shelf.swap()
            self._record(place, "fork", 0.0)
        self.opening = self.shelf.driving

    def arrive(self, policy: PolicySnapshot, now_s: float) -> None:
        """A policy came: it waits for its moment, unless nobody wants it, it cannot drive or its trial went badly."""
        cause = policy.maker.cause
        if cause == self._rejected or cause in self._lessons.answered:
            return
        if self._guarded and (why := self.shelf.worse(policy)):
            self.shelf.keep(policy)
            # Refinements of the same answer may be refused too, or not.
            if cause != self._refused:
                self._journal.disclose(f"policy {policy.version} is kept but not driven: {why}", now_s, warning=True)
            self._refused = cause
            return
        try:
            self.shelf.stage(policy)
        except BadPolicy as error:
            self._journal.disclose(f"the learner sent an unusable policy: {error}", now_s, warning=True)

    def swap(self, place: Place, now_s: float, *, first: bool) -> bool:
        """Let the policy drive that waits; says whether there was one. `first` if no step was taken yet."""
        swapped = self.shelf.swap()
        if swapped is None:
            return False
        if first:
            self.opening = swapped.policy
        self._tell(swapped, place, now_s, "")
        maker = swapped.policy.snapshot.maker
        asked = self._lessons.asked(maker.cause)
        if asked is not None:
            snapshot = swapped.policy.snapshot
            self.updates.append(Update(snapshot.version, snapshot.hash, asked[1]))
            tally = self._tally.of(maker.round)
            tally.seconds_to_policy.append(now_s - asked[0])
            if maker.weights is not None:
                tally.theta = dict(zip(maker.weights.feature_names, maker.weights.theta, strict=True))
        return True

    def roll_back(self, place: Place, now_s: float) -> bool:
        """Let the previous policy drive again; says whether there was one."""
        swapped = self.shelf.roll_back()
        if swapped is None:
            self._journal.disclose("there is no earlier policy to go back to", now_s, warning=True)
            return False
        # The same answer, refined in the background, is not wanted either.
        self._rejected = swapped.before.snapshot.maker.cause
        self._tell(swapped, place, now_s, "rollback")
        return True

    def _tell(self, swapped: Swapped, place: Place, now_s: float, reason: str) -> None:
        snapshot = swapped.policy.snapshot
        self._record(place, reason, swapped.seconds)
        if reason or snapshot.hash != swapped.before.snapshot.hash:
            self._tally.swapped()
            self.last_swap = reason or swapped.words
            self._journal.announce(f"policy {snapshot.version}: {self.last_swap}", now_s, subject=Subject.SWAP)

    def _record(self, place: Place, reason: str, cost_s: float) -> None:
        driving = self.shelf.driving.snapshot
        swap = Swap(
            version=driving.version,
            hash=driving.hash,
            episode=place.episode,
            step=place.step,
            reason=reason,
            cost_s=cost_s,
        )
        self._journal.record(Topic.SWAP, swap)
