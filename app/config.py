"""What the operator chose: one frozen dataclass, whose docstrings are the help texts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.learner import FROM_NOTHING, ExpertSide, Method, Objective, why_not
from mereq_teleop.app.bus.addresses import needs_keys
from mereq_teleop.app.driving_keys import check_keys
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.foreign import reading_of
from mereq_teleop.app.fork_point import ForkPoint
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.errors import unknown
from mereq_teleop.sessions.folder import default_root, find_session

__all__ = ["DEVICES", "HANDS", "WITH_BUTTONS", "OperateConfig", "check_scale"]

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
        SessionError: the session to fork is not there.
    """

    env: str = "highway"
    """Task, by any key or gymnasium id (`mereq envs` lists them), or module:attribute: one of your own."""
    method: Method = "mereq"
    """How to learn."""
    device: str = "auto"
    """Whose hands: auto (with a window the keyboard, and a joystick, gamepad or SpaceMouse whenever one is plugged in;
    else simulated), keyboard, joystick or spacemouse (and the keyboard beside it), simulated, or the path of a script.
    """
    takeover: Literal["instinct", "toggle", "hold"] = "instinct"
    """What takes over: instinct (touching a joystick or SpaceMouse; 1.5 s or two steps untouched, or its release
    button, give back; on the keyboard a driving key or Enter, and Esc), toggle (the engage button, or Enter, does
    both), hold (while the engage button, or Tab, is held)."""
    headless: bool = False
    """Open no window and run unattended."""
    preference: str | None = None
    """Whom the simulated expert is; the first that the task's card lists by default."""
    expert: Path | None = None
    """Another expert policy for the simulated expert (.safetensors); the task's own by default."""
    prior: Path | None = None
    """Another policy to start from: .safetensors, a .zip of stable-baselines3's DQN, SAC or PPO, or module:attribute (a
    Python function, which a network learns once); the task's own by default."""
    activation: Literal["tanh", "relu"] | None = None
    """Of a zip: what bends the hidden units, where its JSON does not say."""
    alpha: float | None = None
    """Of a zip or a Python policy: entropy temperature, in units of reward; derived from it by default."""
    trust_pickle: bool = False
    """Of a zip: learn from its pickle what it says nowhere else. THIS RUNS CODE THAT IS IN THE FILE: only if you trust
    who made it."""
    fork: str | None = None
    """Go on from a frame of a recorded session, SESSION@EPISODE:STEP (last@3:12): the same world, whoever drove there,
    and a learner that is told what had been taught by then. With a window you are in control once you press P."""
    policy: str | None = None
    """With --fork: who drives first instead: a version of that session, `prior`, or a path (.safetensors)."""
    update: Literal["segment", "round"] | None = None
    """When to learn: segment (each human segment's end, and a round's), round (a round's end alone); the task's own by
    default (segment; with the arm round, except for mereq-instant)."""
    swap: Literal["now", "segment", "episode"] = "now"
    """When a new policy takes the wheel: now (before the next step), segment, episode (at the next one's start)."""
    guard: Literal["on", "off"] = "on"
    """Whether a new policy that fails more often than the driving one in a short simulation is kept but not driven."""
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
    learner: str = "local"
    """Where to learn: local (a process of this session's own), or the address of a `mereq learner`: tcp://HOST:PORT."""
    learner_key: str | None = None
    """Public key of a learner off this machine, or the name that `mereq keys allow` gave it."""
    keys: Path | None = None
    """Folder of this machine's keys; ~/.config/mereq-teleop/keys by default."""
    standby: Literal["on", "off"] = "off"
    """Whether a second learner stands by: one that dies is replaced within a second or two, for 300 MB."""
    steps_per_round: int | None = None
    """Control steps of a round; the task's own by default (100 on highway, 200 with the arm: ten seconds)."""
    rounds: int | None = None
    """Stop after so many rounds; 3 without a window, no end with one."""
    delta: float = 0.05
    """Intervention rate under which the policy counts as aligned."""
    stop_when_aligned: bool = False
    """End the session once the whole 95 % interval of the policy's intervention rate is under delta."""
    speed: float = 1.0
    """World seconds a wall-clock second, with a window or in realtime; its keys change it while it goes on."""
    blind: bool = False
    """Show nothing in the window by which method, policies or learner could be told apart: for studies."""
    scale: float | None = None
    """How large the window opens, and all in it: 1 is 1280 x 720 pixels, 2 twice that; the display's own by default."""
    sound: bool = False
    """Short tones when somebody takes over or gives back, another policy drives or a device is lost."""
    step_by_step: bool = False
    """Let the world wait before each step: for your action, or for the key that lets the policy's happen (N)."""
    countdown: float | None = None
    """How long the world waits before a round (s), unless you have control; by default 3 for a person in a window
    where rounds last 30 s or more, else 0."""
    axes: Literal["base", "camera"] = "base"
    """Whose forward and left a SpaceMouse's are, with the arm: the robot's base's, or those of the camera (V)."""
    seed: int = 0
    """Seed of traffic, policy sampling and learning."""
    resume: str | None = None
    """Session to go on with (folder, name, a piece of its name, or `last`): same policy, learner and round; every flag
    that is not given is as it was there; --rounds counts its rounds too."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""
    json: bool = False
    """End with one JSON line of results on standard output."""
    evaluation: bool = True
    """Evaluate policy, prior and expert on 1,000 episodes of common seeds (the landers on 100) at the end of an
    unattended run."""

    def __post_init__(self) -> None:
        if self.policy is not None and self.fork is None:
            raise Usage("--policy is for --fork: take --prior to begin with a policy of your own")
        _ = self.reading
        if self.fork is not None and self.resume is not None:
            raise Usage("--fork goes on from a frame, --resume from the end: leave one of them out")
        if self.fork is not None:
            # The world is the session's: everything that depends on the task is judged by it.
            object.__setattr__(self, "env", self._forked_env(ForkPoint.parse(self.fork)))
        card = card_of(self.env)
        check_keys(card)
        if self.preference is not None:
            card.preference(self.preference)
        if reason := why_not(self.method, card):
            raise Usage(reason)
        if self.device not in DEVICES and not Path(self.device).is_file():
            raise Usage(unknown("device or script file", self.device, DEVICES))
        if self.headless and self.device in HANDS:
            raise Usage(f"--device {self.device} needs the window: leave out --headless, or take --device simulated")
        if self.takeover != "instinct" and (self.headless or self.device not in ("auto", *HANDS)):
            raise Usage(f"--takeover {self.takeover} is for a person's hands: leave it out, or take --device keyboard")
        if self.headless and self.step_by_step:
            raise Usage("--step-by-step waits for a person at the window: leave it out, or --headless")
        if self.countdown is not None and not 0.0 <= self.countdown <= 60.0:
            raise Usage(f"--countdown is {self.countdown:g} s: it must lie between 0 and 60")
        if self.headless and self.countdown:
            raise Usage("--countdown is for a person at the window: leave it out, or --headless")
        for flag, value in (("steps-per-round", self.steps_per_round), ("rounds", self.rounds)):
            if value is not None and value < 1:
                raise Usage(f"--{flag} is {value}: it must be at least 1")
        if not 0.0 < self.delta < 1.0:
            raise Usage(f"--delta is {self.delta}: it must lie between 0 and 1")
        if self.learner == "local" and self.learner_key is not None:
            raise Usage("--learner-key is for a learner elsewhere: add --learner tcp://HOST:PORT")
        if self.learner != "local" and self.learner_key is None and needs_keys(self.learner):
            raise Usage(
                f"--learner {self.learner} is not on this machine: add --learner-key with its public key, "
                "which `mereq keys` shows there"
            )
        if self.learner != "local" and self.standby == "on":
            raise Usage("--standby is for a learner of this session's own: leave it out, or --learner")
        if self.demonstrations and self.stop_when_aligned:
            raise Usage("--stop-when-aligned judges a policy that drives: leave it out, or --demonstrations")
        if not 0.1 <= self.speed <= 50:
            raise Usage(f"--speed is {self.speed}: it must lie between 0.1 and 50")
        check_scale(self.scale)
        if self.seed < 0:
            raise Usage(f"--seed is {self.seed}: it must not be negative")

    def _forked_env(self, point: ForkPoint) -> str:
        recorded = find_session(self.sessions or default_root(), point.session).read_config()
        card, default = card_of(recorded.env), type(self).env
        if self.env != default and card_of(self.env) != card:
            raise Usage(f"--env {self.env}: session {point.session!r} is of task {card.name}; leave --env out")
        return recorded.env

    @property
    def reading(self) -> Reading:
        """How to read the prior, if another tool made it."""
        return reading_of(self.prior, self.activation, self.alpha, trust_pickle=self.trust_pickle)

    @property
    def guarded(self) -> bool:
        """Whether new policies are tried first; a method that starts from nothing begins worse than the prior."""
        return self.guard == "on" and self.method not in FROM_NOTHING

    @property
    def learns_each(self) -> Literal["segment", "round"]:
        """When to learn: what was asked for; at each correction's end if it takes a moment; or the task's own."""
        return self.update or ("segment" if self.method == "mereq-instant" else card_of(self.env).learns_each)

    @property
    def round_steps(self) -> int:
        """Control steps of a round: those that were asked for, or the task's own."""
        return self.steps_per_round or card_of(self.env).round_steps


def check_scale(scale: float | None) -> None:
    """Refuse a window that nobody could read, or that no screen has room for.

    Raises:
        Usage: the scale is not in 0.5..4.
    """
    if scale is not None and not 0.5 <= scale <= 4:
        raise Usage(f"--scale is {scale}: it must lie between 0.5 and 4")
