"""A learner's whole state as one safetensors file, replaced as a whole or not at all."""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from safetensors.numpy import save

from mereq_teleop.agents.learner import State
from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.agents.tensorfile import unpacked
from mereq_teleop.app.learning.errors import BadCheckpoint
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.user_files import read_bounded

__all__ = ["Checkpoint", "Served"]

MAX_BYTES = 2 * 2**30


class Served(Record):
    """What the learner has done so far."""

    through: int = 0
    """Number in the stream of the last message that asked for an update and got it."""
    version: int = 0
    """Version of the policy that came of it."""
    learned: tuple[str, ...] = ()
    """Ids of the segments it was made of."""
    report: LearnerReport | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A learner's state and what it has done so far, at the same moment."""

    served: Served
    state: State

    def write(self, path: Path) -> None:
        """Put it in the place of the last one; a kill at any moment leaves one of the two.

        Raises:
            OSError: the disk is full or cannot be written to.
        """
        # `np.require` and not `ascontiguousarray`, which makes a vector of a number.
        tensors = {name: np.require(array, requirements="C") for name, array in self.state.items()}
        data = save(tensors, {"served": msgspec.json.encode(self.served).decode()})
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    @classmethod
    def read(cls, path: Path) -> "Checkpoint | None":
        """The checkpoint; None where there is none yet.

        Raises:
            BadCheckpoint: the file is damaged or not one of ours.
        """
        try:
            state, metadata = unpacked(read_bounded(path, "the checkpoint", BadCheckpoint, MAX_BYTES))
            return cls(msgspec.json.decode(metadata["served"], type=Served), state)
        except FileNotFoundError:
            return None
        except BadCheckpoint:
            raise
        except (ValueError, KeyError, RecursionError) as error:
            raise BadCheckpoint(
                f"cannot read {path} ({error}); remove it, and the learner learns anew from the stored segments"
            ) from None
