"""`mereq replay` as a window: the session's world computed again, the operator's HUD, a time line."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mereq_teleop.app.clock import RateKeeper, SystemClock
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.fork_point import ForkPoint
from mereq_teleop.app.loops import FRAME_RATE_HZ
from mereq_teleop.app.player import Player
from mereq_teleop.app.policy_choice import chosen_policy
from mereq_teleop.app.recorded_scene import RecordedScenes
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.second_opinion import SecondOpinion
from mereq_teleop.app.track import Track
from mereq_teleop.app.window.opinion import Opinion
from mereq_teleop.app.window.replay_keys import ReplayRequest
from mereq_teleop.app.window.replay_screen import REPLAY_SIZE, ReplayScreen
from mereq_teleop.app.window.timeline import Status
from mereq_teleop.app.window.window import WindowError
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.restage import Restage
from mereq_teleop.sessions.task import task_of

__all__ = ["Stage", "fork_config", "place_of", "watch_session"]

_KEPT = ("method", "preference", "update", "swap", "expert_side", "total_features", "objective", "steps_per_round")
_KEPT_TOO = ("delta", "speed", "takeover", "guard", "demonstrations")
"""Settings that a fork made in the window has from its parent."""
TOLERANCE = 1e-4
"""Allowed difference of an observation where the recording's machine computes other bits."""


class Stage:
    """One session, ready to be shown at any of its steps."""

    def __init__(self, folder: SessionFolder, policy: str | None = None) -> None:
        """Read the session, and ask another policy about every step of it if one is named.

        Raises:
            SessionError: the session can't be read, or is of a task that is not known here.
            AppError: it has no step, or no such version drove in it.
            BadPolicy: the path leads to no policy of the session's task.
            EnvError: the simulator cannot be loaded.
        """
        self.folder = folder
        self.recording: Recording = read_recording(folder.recording, TYPES)
        self.card = task_of(self.recording)
        self.scenes = RecordedScenes(self.recording, self.card, folder.name)
        self.steps = self.scenes.steps
        if not self.steps:
            raise AppError(f"{folder.name} has no step: there is nothing to show")
        self.track = Track(self.recording, self.steps)
        self.opinion = None
        if policy is not None:
            other = chosen_policy(policy, folder, self.recording)
            name = f"policy {policy}" if policy.isdecimal() else "the prior" if policy == "prior" else Path(policy).stem
            self.opinion = SecondOpinion(name, other, self.steps)
        self._batch = make_batch(self.recording.config.env, 1)
        self._restage = Restage(self.recording, self._batch)
        same_machine = not self.recording.fingerprint.differences(take_fingerprint())
        self._tolerance = 0.0 if same_machine else TOLERANCE
        self._shown = -1
        self._frames: Any = None
        self.differs = False
        """Whether the step that was computed last came out otherwise than recorded."""

    def frames(self, index: int) -> Any:
        """What the world went through in a step of the session, as the task's view draws it."""
        if index != self._shown:
            step = self.steps[index]
            self._frames = self._restage.frames(step.take, step.transition.step)
            recorded = np.array(step.transition.next_obs)
            apart = np.abs(recorded - self._batch.observation[0].ravel().astype(np.float64))
            self.differs = bool(apart.max(initial=0.0) > self._tolerance)
            self._shown = index
        return self._frames

    def opinion_at(self, index: int) -> Opinion | None:
        """What the other policy says of a step; None where there is none."""
        if self.opinion is None:
            return None
        decision = self.steps[index].transition.decision
        would, agrees = self.opinion.at(index)
        return Opinion(
            name=self.opinion.name,
            would=would,
            did=decision.executed,
            authority=decision.authority,
            agrees=agrees,
            counts=self.opinion.counts(),
            counts_by_hand=self.opinion.counts_by_hand(),
        )

    def point(self, player: Player) -> ForkPoint:
        """The frame that is shown, for a fork: before the decision of its step, or after the session's last."""
        step = self.steps[player.index]
        takes = [at for at, e in enumerate(self.recording.episodes) if e.index == step.episode]
        return ForkPoint(
            session=str(self.folder.path),
            episode=step.episode,
            take=takes.index(step.take) + 1 if len(takes) > 1 else None,
            step=step.transition.step + (player.place >= player.steps),
        )


def place_of(stage: Stage, at: str | None, step: int | None) -> float | None:
    """Where to begin, in steps of the session; None where nobody said.

    Raises:
        Usage: that is no time, or beyond the session's end.
    """
    steps, rate_hz = len(stage.steps), stage.card.control_rate_hz
    if at is not None and step is not None:
        raise Usage("--at and --step both say where to begin: leave one out")
    if step is not None:
        if not 0 <= step <= steps:
            raise Usage(f"--step is {step}: {stage.folder.name} has {steps} steps, 0 to {steps}")
        return float(step)
    if at is None:
        return None
    if (found := re.fullmatch(r"(?:(\d+):)?(\d+(?:\.\d*)?)s?", at)) is None:
        raise Usage(f"--at is {at!r}: wanted seconds of world time, for instance 12.5s or 1:02.5")
    seconds = 60.0 * int(found[1] or 0) + float(found[2])
    if seconds > steps / rate_hz:
        raise Usage(f"--at is {at}: {stage.folder.name} is over after {steps / rate_hz:g} s")
    return seconds * rate_hz


def watch_session(stage: Stage, place: float | None, scale: float | None = None) -> ForkPoint | None:
    """Show the session until the person quits; the frame from which they want to take over, if they do.

    Args:
        stage: the session.
        place: where to begin, at rest; None plays from the start.
        scale: how large all is; None is what the display is set to.

    Raises:
        AppError: there is no display, or no OpenGL where the task needs it.
    """
    try:
        title = f"mereq replay: {stage.folder.name}"
        screen = ReplayScreen.open(stage.card, title, size=REPLAY_SIZE, scale=scale)
    except WindowError as error:
        raise AppError(f"{error}; without a window there is --verify, and mereq export") from None
    player = Player(len(stage.steps), stage.card.control_rate_hz, stage.track.takeovers)
    player.playing = place is None
    player.go_to(place or 0.0)
    try:
        screen.say("Getting ready ...")
        # The first picture may have to compile the simulator.
        stage.frames(player.index)
        screen.show(stage.track)
        return _run(stage, screen, player)
    finally:
        screen.close()


def fork_config(stage: Stage, point: ForkPoint, policy: str | None = None) -> OperateConfig:
    """The session that begins at a frame: the parent's settings, a person's hands, a window, no end.

    Raises:
        AppError: the parent's settings are none that this version knows.
    """
    recorded = stage.recording.config
    settings = {name: recorded.settings[name] for name in (*_KEPT, *_KEPT_TOO) if name in recorded.settings}
    try:
        return OperateConfig(
            **settings, seed=recorded.seed, sessions=stage.folder.path.parent, fork=str(point), policy=policy
        )
    except (TypeError, ValueError) as error:
        raise AppError(f"{stage.folder.name}: its settings cannot be taken over: {error}") from None


def _run(stage: Stage, screen: ReplayScreen, player: Player) -> ForkPoint | None:
    clock = SystemClock()
    keeper = RateKeeper(clock, FRAME_RATE_HZ)
    before_s, help_shown, note = clock.monotonic(), False, ""
    while True:
        now_s = keeper.wait()
        elapsed_s, before_s = now_s - before_s, now_s
        for asked in screen.ask(now_s):
            note = ""
            if isinstance(asked, float):
                player.go_to(asked)
            elif asked is ReplayRequest.QUIT:
                return None
            elif asked is ReplayRequest.HELP:
                help_shown = not help_shown
            elif asked is ReplayRequest.TAKE_OVER:
                if not (note := _why_not(stage, player)):
                    return stage.point(player)
            else:
                note = _move(player, asked)
        player.advance(elapsed_s)
        index, fraction = player.index, player.fraction
        frames = stage.frames(index)
        screen.show_frame(
            stage.scenes.at(index, fraction),
            frames,
            fraction,
            _status(stage, player, note),
            stage.opinion_at(index),
            help_shown=help_shown,
        )


def _move(player: Player, asked: ReplayRequest) -> str:
    """Carry a request out; why it did nothing, if it did not."""
    match asked:
        case ReplayRequest.PLAY:
            player.play()
        case ReplayRequest.STEP_ON | ReplayRequest.STEP_BACK:
            player.step(1 if asked is ReplayRequest.STEP_ON else -1)
        case ReplayRequest.NEXT_TAKEOVER | ReplayRequest.LAST_TAKEOVER:
            forward = asked is ReplayRequest.NEXT_TAKEOVER
            if not player.jump_to_takeover(forward=forward):
                return f"nobody took over {'after' if forward else 'before'} this"
        case ReplayRequest.FASTER | ReplayRequest.SLOWER:
            player.change_speed(1 if asked is ReplayRequest.FASTER else -1)
        case ReplayRequest.START:
            player.go_to(0.0)
        case ReplayRequest.END:
            player.go_to(float(player.steps))
    return ""


def _why_not(stage: Stage, player: Player) -> str:
    """Why nobody can take over here; empty where one can."""
    last = stage.steps[player.index].transition
    over = player.place >= player.steps and (last.terminated or last.truncated)
    return "the episode is over here: take over before its end" if over else ""


def _status(stage: Stage, player: Player, note: str) -> Status:
    step = stage.steps[player.index]
    takes: Sequence[int] = [at for at, e in enumerate(stage.recording.episodes) if e.index == step.episode]
    run = f" (run {takes.index(step.take) + 1} of {len(takes)})" if len(takes) > 1 else ""
    over = int(player.place >= player.steps)
    warning = note
    if not warning and stage.differs:
        warning = "computed otherwise than recorded: see mereq replay --verify"
    return Status(
        place=player.place,
        playing=player.playing,
        time=f"{_clock(player.seconds)} / {_clock(player.duration_s)}",
        where=f"frame {step.episode}:{step.transition.step + over}{run}, step {player.index + over} of {player.steps}",
        speed=player.speed,
        warning=warning,
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds * 10 + 1e-6), 600)
    return f"{minutes}:{rest / 10:04.1f}"
