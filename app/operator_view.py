"""The operator's window on an actor: carries out what the keys request, and shows what the actor is doing."""

from dataclasses import replace

from mereq_teleop.agents.records import RewardWeights
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.bus.messages import LearnerState
from mereq_teleop.app.window.keys import Request, action_words
from mereq_teleop.app.window.overlay import TOAST_S
from mereq_teleop.app.window.scene import LearnerPhase, Scene, Shown, Toast
from mereq_teleop.app.window.window import Window
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.recorder import RecordingState
from mereq_teleop.sessions.records import Action
from mereq_teleop.teleop.keyboard import Keyboard

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

    def __init__(self, card: TaskCard, keyboard: Keyboard, *, blind: bool = False) -> None:
        """Open the window; a blind one's title is the task's alone.

        Raises:
            WindowError: there is no display.
            NoGraphics: the task's world is drawn with OpenGL, and there is none.
        """
        title = card.title if blind else f"mereq-teleop: {card.title}"
        self._window = Window.open(card, title, keyboard=keyboard)
        self._help_shown = False
        self._window.say("Getting ready ...")

    def pump(self, actor: Actor, now_s: float) -> bool:
        """Carry out what was requested since the last frame; False ends the session."""
        for request in self._window.pump(now_s):
            match request:
                case Request.QUIT:
                    return False
                case Request.PAUSE:
                    actor.pause(now_s)
                case Request.NEW_EPISODE:
                    actor.new_episode(now_s)
                case Request.ROLLBACK:
                    actor.roll_back(now_s)
                case Request.RETRACT:
                    actor.retract(now_s)
                case Request.HELP:
                    self._help_shown = not self._help_shown
        return True

    def draw(self, actor: Actor, now_s: float, step_left: float) -> None:
        """Show the world, a fraction `step_left` of the control step before the next decision."""
        scene = scene_of(actor, now_s, step_left, help_shown=self._help_shown)
        self._window.draw(scene, actor.frames, 1.0 - step_left)

    def close(self) -> None:
        """Close the window."""
        self._window.close()


def scene_of(actor: Actor, now_s: float, step_left: float, *, help_shown: bool = False) -> Scene:
    """Everything that the HUD shows of an actor at one moment."""
    card, tally, decision = actor.card, actor.tally, actor.decision
    driving = actor.shelf.driving.snapshot
    health = actor.bus.health(now_s)
    toasts = tuple(
        Toast(said.text, now_s - said.time_s, said.warning)
        for said in actor.journal.announcements
        if now_s - said.time_s < TOAST_S and not (actor.config.blind and said.of_policy)
    )

    def name(action: Action | None) -> Shown | None:
        if action is None or (isinstance(action, tuple) and len(action) > 1):
            return action
        return action_words(card, action)

    scene = Scene(
        authority=actor.arbiter.authority,
        reason=actor.arbiter.reason,
        policy_action=name(decision.policy_action) if decision else None,
        human_action=name(decision.human_action) if decision else None,
        executed=name(decision.executed) if decision else None,
        pending=name(actor.arbiter.pending),
        step_left=step_left,
        policy_version=driving.version,
        last_swap=actor.last_swap,
        round=tally.round.round,
        round_step=tally.round.steps,
        steps_per_round=actor.config.round_steps,
        round_rate=tally.round.intervention_rate,
        verdict=None if actor.config.demonstrations else tally.verdict,
        delta=actor.config.delta,
        theta=_theta(driving.maker.weights, card),
        theta_deviation=driving.maker.weights.deviation if driving.maker.weights is not None else (),
        learner=PHASES[health.state],
        learner_detail=health.detail,
        recording=actor.journal.recorder.state is RecordingState.RECORDING,
        recording_fault=actor.journal.recorder.fault or actor.shelf.fault,
        device=actor.device.describe(),
        speed_factor=actor.config.speed,
        episode=actor.episode,
        step=actor.step,
        horizon_steps=card.horizon_steps,
        session=actor.session,
        help_shown=help_shown,
        toasts=toasts,
    )
    return blinded(scene) if actor.config.blind else scene


def blinded(scene: Scene) -> Scene:
    """The same without what tells the conditions of a study apart; its toasts must be chosen before.

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
        learner=scene.learner if gone else LearnerPhase.READY,
        learner_detail="",
    )


def _theta(weights: RewardWeights | None, card: TaskCard) -> tuple[tuple[str, float], ...]:
    theta = weights.theta if weights is not None else (0.0,) * len(card.features)
    return tuple(zip(card.feature_names, theta, strict=True))
