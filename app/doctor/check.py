"""One finding of the doctor's, and what was asked of the machine."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mereq_teleop.app.config import HANDS
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Record

__all__ = ["Check", "Need", "State", "fine"]


class State(StrEnum):
    """How it stands with something."""

    OK = "ok"
    WARNING = "warning"
    """Worth knowing; the chosen task and device do without it."""
    MISSING = "missing"
    """The chosen task or device cannot do without it."""


class Check(Record):
    """Something that was looked at.

    Raises:
        ValueError: it is not well, and nothing says what to do.
    """

    section: str
    name: str
    state: State
    found: str
    """What there is, in one line."""
    remedy: str = ""
    """What to do, in one line; empty where all is well."""

    def __post_init__(self) -> None:
        if (self.state is State.OK) is bool(self.remedy):
            raise ValueError(f"{self.section}, {self.name}: {self.state.value} with the remedy {self.remedy!r}")


def fine(section: str, name: str, found: str) -> Check:
    """All is well."""
    return Check(section=section, name=name, state=State.OK, found=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What shall be done with the machine."""

    env: str
    """World, by any key."""
    card: TaskCard
    """Its task's."""
    device: str
    """One of `config.DEVICES`."""
    sessions: Path
    """Where sessions are kept."""

    @property
    def window_lacking(self) -> State:
        """How bad it is to have no window: a person must see, a simulated expert need not."""
        return self.lacking(*HANDS)

    @property
    def on_arm(self) -> bool:
        """Whether the task's world is drawn with OpenGL."""
        return self.card.batch.startswith("mereq_teleop.envs.fanuc")

    @property
    def graphics_lacking(self) -> State:
        """How bad it is to have no OpenGL."""
        return self.window_lacking if self.on_arm else State.WARNING

    def lacking(self, *devices: str) -> State:
        """How bad it is to be without what these devices need."""
        return State.MISSING if self.device in devices else State.WARNING
