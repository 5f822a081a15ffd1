"""What the operator chose: one frozen dataclass, whose docstrings are the help texts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mereq_teleop.agents.learner import ExpertSide, Method, Objective, why_not
from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.errors import unknown

__all__ = ["DEVICES", "HANDS", "WITH_BUTTONS", "OperateConfig"]

DEVICES = ("auto", "keyboard", "joystick", "spacemouse", "simulated")
HANDS = ("keyboard", "joystick", "spacemouse")
"""Devices of a person, who must see what they do."""
WITH_BUTTONS = ("auto", "joystick", "spacemouse")


@dataclass(frozen=True, kw_only=True)
class OperateConfig:
    """Watch a policy, take over when it does wrong; it learns from that while you watch.

    Raises:
        Usage: a value that is not known or out of range.
        EnvError: an environment or a preference that is not known.
    """

    env: str = "highway"
    """Task, by any key or gymnasium id (`mereq envs` lists them)."""
    method: Method = "mereq"
    """How to learn."""
    device: str = "auto"
    """Whose hands: auto (with a window the keyboard, and a joystick, gamepad or SpaceMouse whenever one is plugged in;
    else simulated), keyboard, joystick or spacemouse (and the keyboard beside it), simulated, or the path of a script.
    """
    takeover: Literal["instinct", "toggle", "hold"] = "instinct"
    """How a joystick or SpaceMouse takes over: instinct (by touching it; 1.5 s or two steps untouched, or its release
    button, give back), toggle (its engage button does both), hold (while its engage button is held). With the keyboard
    a driving key takes over, and Esc gives back."""
    headless: bool = False
    """Open no window and run unattended."""
    preference: str | None = None
    """Whom the simulated expert is; the first that the task's card lists by default."""
    expert: Path | None = None
    """Another expert policy for the simulated expert (.safetensors); the task's own by default."""
    prior: Path | None = None
    """Another policy to start from (.safetensors); the task's own by default."""
    update: Literal["segment", "round"] | None = None
    """When to learn: segment (each human segment's end, and a round's), round (a round's end alone); the task's own by
    default (segment; with the arm round, except for mereq-instant)."""
    swap: Literal["now", "segment", "episode"] = "now"
    """When a new policy takes the wheel: now (before the next step), segment, episode (at the next one's start)."""
    pace: Literal["lockstep", "realtime"] | None = None
    """lockstep (wait for each update: runs are reproducible; default without a window) or realtime (never wait)."""
    expert_side: ExpertSide | None = None
    """Whose steps stand for the expert: shared (human and let-pass) or human; the method's own by default."""
    total_features: bool = False
    """Count the expert's steps of all rounds, not of the current one alone."""
    objective: Objective = "likelihood"
    """What mereq-instant finds theta by: features (the gap in them), likelihood (of the human's actions), or both."""
    demonstrations: bool = False
    """The human drives every step: each episode begins in human hands, and the simulated expert keeps control."""
    steps_per_round: int | None = None
    """Control steps of a round; the task's own by default (100 on highway, 200 with the arm: ten seconds)."""
    rounds: int | None = None
    """Stop after so many rounds; 3 without a window, no end with one."""
    delta: float = 0.05
    """Intervention rate under which the policy counts as aligned."""
    stop_when_aligned: bool = False
    """End the session once the whole 95 % interval of the policy's intervention rate is under delta."""
    speed: float = 1.0
    """World seconds a wall-clock second, with a window or in realtime."""
    seed: int = 0
    """Seed of traffic, policy sampling and learning."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""
    json: bool = False
    """End with one JSON line of results on standard output."""
    evaluation: bool = True
    """Evaluate policy, prior and expert on 1,000 episodes of common seeds at the end of an unattended run."""

    def __post_init__(self) -> None:
        card = card_of(self.env)
        if self.preference is not None:
            card.preference(self.preference)
        if reason := why_not(self.method, card):
            raise Usage(reason)
        if self.device not in DEVICES and not Path(self.device).is_file():
            raise Usage(unknown("device or script file", self.device, DEVICES))
        if self.headless and self.device in HANDS:
            raise Usage(f"--device {self.device} needs the window: leave out --headless, or take --device simulated")
        if self.takeover != "instinct" and (self.headless or self.device not in WITH_BUTTONS):
            raise Usage(
                f"--takeover {self.takeover} needs a device with buttons: take --device joystick or spacemouse, "
                "or leave it out"
            )
        for flag, value in (("steps-per-round", self.steps_per_round), ("rounds", self.rounds)):
            if value is not None and value < 1:
                raise Usage(f"--{flag} is {value}: it must be at least 1")
        if not 0.0 < self.delta < 1.0:
            raise Usage(f"--delta is {self.delta}: it must lie between 0 and 1")
        if self.demonstrations and self.stop_when_aligned:
            raise Usage("--stop-when-aligned judges a policy that drives: leave it out, or --demonstrations")
        if not 0.1 <= self.speed <= 50:
            raise Usage(f"--speed is {self.speed}: it must lie between 0.1 and 50")
        if self.seed < 0:
            raise Usage(f"--seed is {self.seed}: it must not be negative")

    @property
    def learns_each(self) -> Literal["segment", "round"]:
        """When to learn: what was asked for; at each correction's end if it takes a moment; or the task's own."""
        return self.update or ("segment" if self.method == "mereq-instant" else card_of(self.env).learns_each)

    @property
    def round_steps(self) -> int:
        """Control steps of a round: those that were asked for, or the task's own."""
        return self.steps_per_round or card_of(self.env).round_steps
