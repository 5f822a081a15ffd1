"""Run a learner by hand."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["LearnerTool"]


@dataclass(frozen=True, kw_only=True)
class LearnerTool:
    """Run a learner by hand, for actors that are told its address."""

    address: str
    """ipc://PATH, or tcp://HOST:PORT (that port and the next two; off the loopback with keys: `mereq keys make`)."""
    folder: Path = Path("learner")
    """Where segments and checkpoints are kept."""
    keys: Path | None = None
    """Folder of keys; ~/.config/mereq-teleop/keys by default. A folder that is named is used on the loopback too."""

    def run(self) -> int:
        """Serve until interrupted."""
        from mereq_teleop.app.learning.process import run_learner

        return run_learner(self.address, self.folder, child=False, keys=self.keys)
