"""Keeps what a world went through before its simulation broke down."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from mereq_teleop.envs.batch import Divergence

__all__ = ["BlackBox"]


class BlackBox:
    """Writes a session's first divergence into a file without waiting for the disk; later ones are but told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="black box")
        self._write: Future[None] | None = None

    def keep(self, divergence: Divergence, episode: int, step: int) -> str:
        """Take note of a divergence in a step of an episode; returns one line for the operator."""
        if self._write is None:
            self._write = self._writer.submit(self._save, divergence, episode, step)
            kept = f"its last states: {self.path}"
        else:
            kept = f"the first one's states: {self.path}"
        return (
            f"the simulation broke down in episode {episode}, step {step} ({divergence.where}): "
            f"a new episode begins; {kept}"
        )

    def close(self) -> str:
        """Wait until the file is written; returns why it could not be, in one line, or nothing."""
        self._writer.shutdown()
        error = self._write.exception() if self._write is not None else None
        return f"cannot write {self.path}: {error}" if error is not None else ""

    def _save(self, divergence: Divergence, episode: int, step: int) -> None:
        told: dict[str, Any] = {"episode": episode, "step": step, "where": divergence.where, **divergence.arrays}
        np.savez(self.path, allow_pickle=False, **told)
