"""The world of a recording, brought back to any of its steps by the actions that were executed."""

from typing import Any

from mereq_teleop.envs.batch import AnyBatch
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.reader import Recording
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
        self._done = 0
        """Steps of the take that the world has taken."""
        self._kept: dict[int, Any] = {}

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
            self._world.reset(self._recording.episodes[take].seed)
            self._take, self._done = take, 0
            self._kept = {0: self._batch.state()}
        nearest = max(kept for kept in self._kept if kept <= step)
        if not nearest <= self._done <= step:
            self._batch.restore(self._kept[nearest])
            self._done = nearest
        while self._done < step:
            self._step()
        return self._batch.state()

    def _step(self) -> None:
        transition = self._recording.episodes[self._take].transitions[self._done]
        try:
            self._world.step(transition.decision.executed)
        except (ValueError, IndexError) as error:
            raise RecordingError(f"step {self._done} of episode {self._take} cannot be taken again: {error}") from None
        self._done += 1
        if self._done % _KEEP_EVERY == 0:
            self._kept.setdefault(self._done, self._batch.state())
