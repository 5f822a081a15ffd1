"""Run a learner by hand."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["LearnerTool"]


@dataclass(frozen=True, kw_only=True)
class LearnerTool:
    """Run a learner by hand, for actors that are told its address."""

    address: str
    """ipc://PATH, or tcp://127.0.0.1:PORT (that port and the next two)."""
    folder: Path = Path("learner")
    """Where segments and checkpoints are kept."""

    def run(self) -> int:
        """Serve until interrupted."""
        from mereq_teleop.app.learning.process import run_learner

        return run_learner(self.address, self.folder, child=False)
