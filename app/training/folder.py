"""A training's folder: what it is, what it began with, its last checkpoint, its curves."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.learner import State
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.training.request import Training

__all__ = ["TrainingFolder", "folder_of"]


def folder_of(out: Path) -> Path:
    """The folder of the training whose policy goes to `out`: beside it."""
    return out.with_name(f"{out.stem}.training")


@dataclass(frozen=True)
class TrainingFolder:
    """`training.json`, `start.safetensors`, `checkpoint.safetensors` (while it is not finished) and `tb/`."""

    path: Path

    @property
    def curves(self) -> Path:
        """Folder of TensorBoard's files."""
        return self.path / "tb"

    @property
    def checkpoint(self) -> Path:
        """What the training goes on from; there until it is finished."""
        return self.path / "checkpoint.safetensors"

    @classmethod
    def make(cls, path: Path, training: Training, start: PolicySnapshot | None) -> "TrainingFolder":
        """Make the folder of a training that begins; what a finished one left there makes room.

        Raises:
            Usage: something else is there, a training that was not finished, or it cannot be written.
        """
        folder = cls(path)
        if folder.checkpoint.exists():
            raise Usage(
                f"{path} has a training that was not finished: mereq pretrain --resume {path} goes on with it; "
                "else remove the folder, or choose another --out"
            )
        try:
            if path.exists() and any(path.iterdir()) and not folder._description.exists():
                raise Usage(f"{path} holds something else than a training: choose another --out")
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
            folder._description.write_bytes(msgspec.json.format(msgspec.json.encode(training)))
            if start is not None:
                folder._start.write_bytes(start.to_bytes())
        except OSError as error:
            raise Usage(f"cannot write {path}: {error.strerror}; choose another place with --out FILE") from None
        return folder

    def read(self) -> tuple[Training, PolicySnapshot | None]:
        """What the training is, and what it began with.

        Raises:
            Usage: there is no training to go on with.
        """
        if not self._description.is_file():
            raise Usage(f"{self.path} has no training.json: --resume wants the folder of a training")
        try:
            training = msgspec.json.decode(self._description.read_bytes(), type=Training)
            start = PolicySnapshot.from_bytes(self._start.read_bytes()) if self._start.exists() else None
        except (OSError, msgspec.MsgspecError, BadPolicy) as error:
            raise Usage(f"{self.path} is no training that can be read: {error}") from None
        if not self.checkpoint.exists():
            raise Usage(f"{self.path} has no checkpoint: the training is finished, or was stopped before its first one")
        if training.card.digest() != training.task:
            raise Usage(f"{self.path} is of another version of task {training.card.name}: train anew")
        return training, start

    def keep(self, state: State) -> None:
        """Put a checkpoint in the place of the last one; a kill at any moment leaves one of the two.

        Raises:
            AppError: the disk is full or cannot be written to.
        """
        draft = self.checkpoint.with_suffix(".draft")
        try:
            # `np.require` and not `ascontiguousarray`, which makes a vector of a number.
            save_file({name: np.require(array, requirements="C") for name, array in state.items()}, draft)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(self.checkpoint)
        except (OSError, SafetensorError) as error:
            raise AppError(f"cannot write {self.checkpoint}: {error}") from None

    def state(self) -> State:
        """The last checkpoint.

        Raises:
            AppError: it cannot be read.
        """
        try:
            return load_file(self.checkpoint)
        except (OSError, SafetensorError) as error:
            raise AppError(f"cannot read {self.checkpoint} ({error}): train anew") from None

    def close(self) -> None:
        """The training is finished: nothing is left to go on with."""
        self.checkpoint.unlink(missing_ok=True)

    @property
    def _description(self) -> Path:
        return self.path / "training.json"

    @property
    def _start(self) -> Path:
        return self.path / "start.safetensors"
