"""All that the HUD shows, as plain values: drawing is a function of a `Scene` and nothing else."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from mereq_teleop.app.timeline import Happening
from mereq_teleop.sessions.rates import Verdict
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.guide import Guide
from mereq_teleop.teleop.takeover import Mode

__all__ = ["AxesFrame", "LearnerPhase", "Scene", "Shown", "Toast"]

AxesFrame = Literal["", "base", "camera"]
Shown = str | tuple[float, ...]
"""An action by its name, or one of several axes by its numbers."""


class LearnerPhase(StrEnum):
    """How the learner's process is."""

    ABSENT = "no learner"
    STARTING = "starting"
    READY = "ready"
    LEARNING = "learning"
    LOST = "lost"
    RESTARTING = "restarting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Toast:
    """A message that shows for a few seconds and fades."""

    text: str
    age_s: float = 0.0
    """Seconds since it was raised."""
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One frame's worth of what an operator should know; actions are named as on the task's card, or are numbers
    along its axes.

    Raises:
        ValueError: a fraction or a rate is not in 0..1, there are not as many deviations or limits as weights, SAFE
            comes without its reason, a count-down is over, or a blind scene tells of policies.
    """

    authority: Authority
    reason: str = ""
    """Why the authority is SAFE."""
    safe_left_s: float | None = None
    """How long it stays so until the policy drives; None where that waits for the human."""

    policy_action: Shown | None = None
    """What the policy wanted at the last decision; None before the first one."""
    human_action: Shown | None = None
    """What the human did there; None while the policy has control."""
    executed: Shown | None = None
    pending: Shown | None = None
    """The action that waits for the next decision."""
    step_left: float = 1.0
    """Fraction of the control step until the next decision."""

    policy_version: int = 0
    last_swap: str = ""
    """What the last swap of policies changed, in words."""
    round: int = 1
    round_step: int = 0
    """Steps of the round so far."""
    steps_per_round: int = 100
    round_rate: float | None = None
    """Intervention rate of the round so far; None before its first step."""
    verdict: Verdict | None = None
    """What is known of the intervention rate since the last swap; None where nobody judges the policy."""
    delta: float = 0.05
    """Intervention rate under which the policy counts as aligned."""
    theta: tuple[tuple[str, float], ...] = ()
    """Reward weights by feature name."""
    theta_deviation: tuple[float, ...] = ()
    """Standard deviation of each weight; empty where the method has none."""
    theta_limits: tuple[tuple[float, float], ...] = ()
    """The least and the greatest that each weight can be; empty where that is -1 and 1 for all."""

    replayed: bool = False
    """Whether this is a recording that is shown again: nobody can take over, and no learner is at work."""
    updates: int = 0
    """Of a replayed one: what the learner had reported by then."""
    learner: LearnerPhase = LearnerPhase.ABSENT
    learner_detail: str = ""
    recording: bool = False
    recording_fault: str = ""
    """What is wrong with the recording, in words; empty while all is well."""
    device: str = ""
    takeover: Mode = Mode.INSTINCT
    """What takes over and what gives back."""
    speed_factor: float = 1.0
    """World seconds a second."""
    step_by_step: bool = False
    """Whether the world waits for the person before each step."""
    waits_for_you: bool = False
    """Whether it stands still for that now."""
    countdown_s: float | None = None
    """Seconds until the round begins; None while one goes on."""
    axes_frame: AxesFrame = ""
    """Whose axes a SpaceMouse's are; empty where there is none, or the task has none to turn."""
    episode: int = 0
    step: int = 0
    """Control steps of the episode so far."""
    horizon_steps: int = 0
    session: str = ""

    blind: bool = False
    """Nothing shows by which a study's conditions could be told apart."""
    help_shown: bool = False
    guides: tuple[Guide, ...] = ()
    """What the hands on each device with axes do."""
    toasts: tuple[Toast, ...] = ()
    """The message that shows, and those that wait for their turn."""
    last_minute: Happening = field(default_factory=Happening)

    def __post_init__(self) -> None:
        for name in ("step_left", "round_rate", "delta"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is in 0..1, got {value}")
        if self.theta_deviation and len(self.theta_deviation) != len(self.theta):
            raise ValueError(f"{len(self.theta_deviation)} deviations for {len(self.theta)} weights")
        if self.theta_limits and len(self.theta_limits) != len(self.theta):
            raise ValueError(f"limits of {len(self.theta_limits)} for {len(self.theta)} weights")
        if not all(low <= 0.0 <= high and low < high for low, high in self.theta_limits):
            raise ValueError(f"a weight's limits lie around 0, got {self.theta_limits}")
        if self.authority is Authority.SAFE and not self.reason:
            raise ValueError("SAFE needs its reason")
        told = (self.policy_version, self.last_swap, self.verdict, self.theta, self.theta_deviation)
        if self.blind and any(told):
            raise ValueError(f"a blind scene tells nothing of policies, got {told}")
        if self.countdown_s is not None and self.countdown_s < 0.0:
            raise ValueError(f"a count-down ends at 0, got {self.countdown_s} s")
