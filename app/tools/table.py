"""Every command of `mereq` by its name: a frozen dataclass whose docstrings are its help."""

from collections.abc import Mapping
from typing import Protocol

from mereq_teleop.app.tools.bench import Bench
from mereq_teleop.app.tools.delete import DeleteSessions
from mereq_teleop.app.tools.doctor import Doctor
from mereq_teleop.app.tools.envs import Envs
from mereq_teleop.app.tools.evaluate import Evaluate
from mereq_teleop.app.tools.export import Export
from mereq_teleop.app.tools.keys import Keys, KeysAllow, KeysForbid, KeysMake
from mereq_teleop.app.tools.labels import AnnotateSession, TagSession, UntagSession
from mereq_teleop.app.tools.learner import LearnerTool
from mereq_teleop.app.tools.new_task import NewTask
from mereq_teleop.app.tools.policy_save import PolicySave
from mereq_teleop.app.tools.pretrain import Pretrain
from mereq_teleop.app.tools.relearn import Relearn
from mereq_teleop.app.tools.repair import RepairSessions
from mereq_teleop.app.tools.replay import Replay
from mereq_teleop.app.tools.report import Report
from mereq_teleop.app.tools.sessions import Sessions
from mereq_teleop.app.tools.study import StudyTool
from mereq_teleop.app.tools.train import Train

__all__ = ["TOOLS", "Tool"]


class Tool(Protocol):
    """One command."""

    def run(self) -> int:
        """Do it; returns the exit code."""
        ...


TOOLS: Mapping[str, type[Tool]] = {
    "bench": Bench,
    "doctor": Doctor,
    "envs": Envs,
    "evaluate": Evaluate,
    "export": Export,
    "keys": Keys,
    "keys allow": KeysAllow,
    "keys forbid": KeysForbid,
    "keys make": KeysMake,
    "learner": LearnerTool,
    "new-task": NewTask,
    "policy save": PolicySave,
    "pretrain": Pretrain,
    "relearn": Relearn,
    "replay": Replay,
    "report": Report,
    "sessions": Sessions,
    "sessions annotate": AnnotateSession,
    "sessions delete": DeleteSessions,
    "sessions repair": RepairSessions,
    "sessions tag": TagSession,
    "sessions untag": UntagSession,
    "study": StudyTool,
    "train": Train,
}
"""Every command by its name."""
