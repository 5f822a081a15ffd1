"""The operator's window on an actor: carries out what the keys request, and shows what the actor is doing."""

from collections.abc import Callable
from dataclasses import replace
from math import radians

from mereq_teleop.agents.records import RewardWeights
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.bus.messages import LearnerState
from mereq_teleop.app.limits import limits_of
from mereq_teleop.app.onlooker import Onlooker
from mereq_teleop.app.window.keys import WITHHELD, Request, action_words
from mereq_teleop.app.window.scene import LearnerPhase, Scene, Shown
from mereq_teleop.app.window.sound import Sounds
from mereq_teleop.app.window.window import Window
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.recorder import RecordingState
from mereq_teleop.sessions.records import Action
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.takeover import Mode

__all__ = ["OperatorView", "blinded", "scene_of"]

PHASES = {
    LearnerState.STARTING: LearnerPhase.STARTING,
    LearnerState.READY: LearnerPhase.READY,
    LearnerState.LEARNING: LearnerPhase.LEARNING,
    LearnerState.HUNG: LearnerPhase.RESTARTING,
    LearnerState.LOST: LearnerPhase.LOST,
    LearnerState.FAILED: LearnerPhase.FAILED,
    LearnerState.REFUSED: LearnerPhase.FAILED,
}


class OperatorView:
    """A window that an actor's loop can pump and draw."""

    def __init__(self, card: TaskCard, keyboard: Keyboard, *, scale: float | None = None, blind: bool = False) -> None:
        """Open the window, at a scale or as large as the display is set to; a blind one has the task's title alone.

        Raises:
            WindowError: there is no display.
            NoGraphics: the task's world is drawn with OpenGL, and there is none.
        """
        title = card.title if blind else f"mereq-teleop: {card.title}"
        self._window = Window.open(card, title, keyboard=keyboard, scale=scale)
        self._sounds: Sounds | None = None
        self._help_shown = False
        self._onlooker = Onlooker()
        self._warnings: list[str] = []
        self._window.say("Getting ready ...")

    @property
    def lets_pass(self) -> bool:
        """Whether the key is down that lets steps happen, where the world waits before each."""
        return self._window.holds(Request.NEXT_STEP)

    def pump(self, actor: Actor, now_s: float) -> bool:
        """Carry out what was requested since the last frame; False ends the session."""
        while self._warnings:
            actor.journal.announce(self._warnings.pop(0), now_s, warning=True)
        for request in self._window.pump(now_s):
            if actor.config.blind and request in WITHHELD:
                actor.journal.announce(f"no {request} here: the study sets it", now_s, warning=True)
                continue
            match request:
                case Request.QUIT:
                    return False
                case Request.HELP:
                    self._help_shown = not self._help_shown
                case Request.NEXT_STEP:
                    actor.let_pass()
                case Request.AXES_FRAME:
                    actor.heading.switch(now_s, device=actor.device.turns())
                case _:
                    self._asked(actor, request)(now_s)
        azimuth = self._window.view.azimuth_deg
        actor.heading.camera_rad = None if azimuth is None else radians(azimuth)
        return True

    def warn(self, text: str) -> None:
        """Announce this with the next frame."""
        self._warnings.append(text)

    def _asked(self, actor: Actor, request: Request) -> Callable[[float], None]:
        """What carries a request out."""
        return {
            Request.PAUSE: actor.pause,
            Request.NEW_EPISODE: actor.new_episode,
            Request.ROLLBACK: actor.roll_back,
            Request.RETRACT: actor.retract,
            Request.REWIND: actor.rewind,
            Request.SLOWER: actor.tempo.slower,
            Request.FASTER: actor.tempo.faster,
            Request.STEP_BY_STEP: actor.tempo.switch,
        }[request]

    def draw(self, actor: Actor, now_s: float, step_left: float) -> None:
        """Show the world, a fraction `step_left` of the control step before the next decision."""
        for cue in self._onlooker.look(actor, now_s):
            if self._sounds is not None:
                self._sounds.play(cue)
        scene = scene_of(actor, now_s, step_left, onlooker=self._onlooker, help_shown=self._help_shown)
        self._window.draw(scene, actor.frames, 1.0 - step_left)

    def sound(self) -> str:
        """From now on, tell by sounds too; returns why there are none, in one line, or nothing."""
        self._sounds = Sounds()
        return self._sounds.failure

    def close(self) -> None:
        """Close the window."""
        if self._sounds is not None:
            self._sounds.close()
        self._window.close()


def scene_of(
    actor: Actor, now_s: float, step_left: float, *, onlooker: Onlooker | None = None, help_shown: bool = False
) -> Scene:
    """Everything that the HUD shows of an actor at one moment, and of what the onlooker remembers."""
    onlooker = onlooker or Onlooker()
    card, tally, decision = actor.card, actor.tally, actor.decision
    driving = actor.shelf.driving.snapshot
    health = actor.bus.health(now_s)

    def name(action: Action | None) -> Shown | None:
        if action is None or (isinstance(action, tuple) and len(action) > 1):
            return action
        return action_words(card, action)

    scene = Scene(
        authority=actor.arbiter.authority,
        reason=actor.arbiter.reason,
        safe_left_s=actor.arbiter.safe_left_s(now_s),
        policy_action=name(decision.policy_action) if decision else None,
        human_action=name(decision.human_action) if decision else None,
        executed=name(decision.executed) if decision else None,
        pending=name(actor.arbiter.pending),
        step_left=step_left,
        policy_version=driving.version,
        last_swap=actor.wheel.last_swap,
        round=tally.round.round,
        round_step=tally.round.steps,
        steps_per_round=actor.config.round_steps,
        round_rate=tally.round.intervention_rate,
        verdict=None if actor.config.demonstrations else tally.verdict,
        delta=actor.config.delta,
        theta=_theta(driving.maker.weights, card),
        theta_deviation=driving.maker.weights.deviation if driving.maker.weights is not None else (),
        theta_limits=limits_of(card, actor.config.method),
        learner=PHASES[health.state],
        learner_detail=health.detail,
        recording=actor.journal.recorder.state is RecordingState.RECORDING,
        recording_fault=actor.journal.recorder.fault or actor.shelf.fault,
        device=actor.device.describe(),
        takeover=Mode(actor.config.takeover),
        speed_factor=actor.tempo.speed,
        step_by_step=actor.tempo.step_by_step,
        waits_for_you=actor.tempo.step_by_step and not actor.paused and step_left == 0.0 and not actor.arbiter.moved,
        # In a pause it stands still, and PAUSED says all there is to say.
        countdown_s=None if actor.paused else actor.tempo.countdown_s,
        axes_frame=actor.heading.frame if actor.heading.turnable and actor.device.turns() else "",
        episode=actor.episode,
        step=actor.step,
        horizon_steps=card.horizon_steps,
        session=actor.session,
        help_shown=help_shown,
        guides=onlooker.guides,
        toasts=onlooker.messages.shown(now_s),
        last_minute=onlooker.timeline.last_minute(now_s),
    )
    return blinded(scene) if actor.config.blind else scene


def blinded(scene: Scene) -> Scene:
    """The same without what tells the conditions of a study apart; an onlooker has left out such messages and marks.

    When the learner works, and how long, tells its method; that it is gone is told, because somebody must act.
    """
    gone = scene.learner in (LearnerPhase.LOST, LearnerPhase.RESTARTING, LearnerPhase.FAILED)
    return replace(
        scene,
        blind=True,
        policy_version=0,
        last_swap="",
        verdict=None,
        theta=(),
        theta_deviation=(),
        theta_limits=(),
        learner=scene.learner if gone else LearnerPhase.READY,
        learner_detail="",
    )


def _theta(weights: RewardWeights | None, card: TaskCard) -> tuple[tuple[str, float], ...]:
    theta = weights.theta if weights is not None else (0.0,) * len(card.features)
    return tuple(zip(card.feature_names, theta, strict=True))
