"""The world of a recording, brought back to any of its steps by the actions that were executed."""

from typing import Any

from mereq_teleop.envs.batch import AnyBatch
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Action
from mereq_teleop.sessions.world import OneWorld

__all__ = ["Restage"]

_KEEP_EVERY = 20
"""Steps between two states that are kept, so that going back does not start from the reset."""


class Restage:
    """Steps one world through a recording, from any step to any other."""

    def __init__(self, recording: Recording, batch: AnyBatch) -> None:
        """Take over a batch of one world of the recording's task; it is watched from now on."""
        batch.watch()
        self._recording = recording
        self._batch = batch
        self._world = OneWorld(batch)
        self._take = -1
        self._executed: tuple[Action, ...] = ()
        self._done = 0
        """Steps of the take that the world has taken."""
        self._kept: dict[int, dict[int, Any]] = {}
        """States by take and step, so that no place is ever far from one that was seen before."""

    def frames(self, take: int, step: int) -> Any:
        """What the world went through in one step of `recording.episodes[take]`, as the task's view draws it.

        Raises:
            RecordingError: the recording holds an action that the task does not know.
        """
        self.go_to(take, step)
        self._step()
        return self._batch.frames

    def go_to(self, take: int, step: int) -> Any:
        """Bring the world to the moment before a step; returns the batch's state, for who goes on from there.

        Raises:
            RecordingError: the recording holds an action that the task does not know.
        """
        if take != self._take:
            episode = self._recording.episodes[take]
            self._world.reset(episode.seed)
            self._executed = episode.executed
            self._take, self._done = take, 0
            self._kept.setdefault(take, {0: self._batch.state()})
        kept = self._kept[take]
        nearest = max(known for known in kept if known <= step)
        if not nearest <= self._done <= step:
            self._batch.restore(kept[nearest])
            self._done = nearest
        while self._done < step:
            self._step()
        return self._batch.state()

    def _step(self) -> None:
        try:
            self._world.step(self._executed[self._done])
        except (ValueError, IndexError) as error:
            raise RecordingError(f"step {self._done} of episode {self._take} cannot be taken again: {error}") from None
        self._done += 1
        if self._done % _KEEP_EVERY == 0:
            self._kept[self._take].setdefault(self._done, self._batch.state())
