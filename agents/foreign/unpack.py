"""Tensors out of what torch wrote, by a child process that may be killed for it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.archive import Archive

__all__ = ["WAIT_S", "unpack"]

WAIT_S = 120
"""By the clock; the child has limits of its own too."""


def unpack(archive: Archive, pickles: Mapping[str, str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The tensors of a zip, float32 by name, and what its trusted pickles (base64, by name) say.

    Raises:
        BadPolicy: torch cannot read them without running code, or they are too large, or it takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="mereq-foreign-") as made:
        folder = Path(made)
        (folder / "policy.pth").write_bytes(archive.policy)
        if archive.variables is not None:
            (folder / "variables.pth").write_bytes(archive.variables)
        if pickles:
            (folder / "pickles.json").write_text(json.dumps(pickles))
        _run(folder)
        try:
            told = json.loads((folder / "told.json").read_text())
            return load_file(folder / "tensors.safetensors"), told
        except (OSError, ValueError, SafetensorError) as error:
            raise BadPolicy(f"its weights cannot be read: {error}") from None


def _run(folder: Path) -> None:
    command = [sys.executable, "-m", "mereq_teleop.agents.foreign.child", str(folder)]
    # No accelerator: its driver would take more memory than the limit.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=WAIT_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise BadPolicy(f"its weights could not be read within {WAIT_S} s") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        killed = f"the process that read them was ended by signal {-done.returncode}"
        why = lines[-1][:240] if lines and done.returncode > 0 else killed
        raise BadPolicy(f"its weights cannot be read without running code, or are damaged: {why}")
