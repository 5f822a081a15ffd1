"""Every state that the HUD can be in, as scenes of one task: for pictures, and for tests."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mereq_teleop.app.limits import limits_of
from mereq_teleop.app.timeline import Happening, Mark, Moment, Span
from mereq_teleop.app.window.keys import action_words
from mereq_teleop.app.window.scene import AxesFrame, LearnerPhase, Scene, Shown, Toast
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.rates import Interval, Standing, Verdict
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.analog import rules_of
from mereq_teleop.teleop.guide import Guide, guide_of
from mereq_teleop.teleop.mapping import DeviceMapping, mapping_path, pulls_of
from mereq_teleop.teleop.takeover import Mode

__all__ = ["LAST_MINUTE", "MEANINGS", "guides", "states"]

MEANINGS: Final[Mapping[str, str]] = {
    "policy": "The policy drives.",
    "human": "The person drives; the key that waits for the next step stands over the world.",
    "safe": "The joystick was unplugged in the person's hands: the robot holds still, and says why.",
    "paused": "Nobody drives.",
    "learning": "The learner works on what the person did.",
    "swap": "Another policy took the wheel, and what changed.",
    "aligned": "The policy is within the rate that was asked for.",
    "learner-lost": "The learner's process died; driving and recording go on.",
    "recording-fault": "The disk is full: nothing of this will be kept.",
    "warning": "A warning, and two messages that wait for their turn.",
    "countdown": "A round is about to begin.",
    "step-by-step": "The world waits for the person; at half its speed, with axes as the camera sees them.",
    "help": "All keys (H).",
    "help-device": "The same with a gamepad plugged in: what its sticks and buttons do.",
}
"""What each state is."""

LAST_MINUTE: Final = Happening(
    spans=(
        Span(Authority.POLICY, 60.0, 47.0),
        Span(Authority.HUMAN, 47.0, 39.0),
        Span(Authority.POLICY, 39.0, 29.0),
        Span(Authority.HUMAN, 29.0, 25.0),
        Span(Authority.SAFE, 25.0, 23.0),
        Span(Authority.POLICY, 23.0, 14.0),
        Span(Authority.NOBODY, 14.0, 11.0),
        Span(Authority.POLICY, 11.0, 0.0),
    ),
    moments=(
        Moment(Mark.SWAP, 38.0),
        Moment(Mark.LOST, 25.0),
        Moment(Mark.CRASHED, 22.0),
        Moment(Mark.RETRACTED, 20.0),
        Moment(Mark.ROUND, 17.0),
        Moment(Mark.REWOUND, 10.0),
        Moment(Mark.SWAP, 2.0),
    ),
)
"""A busy one."""

_PAD: Final = ("leftx", "lefty", "rightx", "righty", "lefttrigger", "righttrigger", "dpadx", "dpady")
_MOUSE: Final = ("x", "y", "z", "roll", "pitch", "yaw")


def guides(card: TaskCard) -> tuple[Guide, ...]:
    """What a gamepad and a SpaceMouse that are held as usual do in a task."""
    mapping, rules, path = DeviceMapping(), rules_of(card, Mode.INSTINCT), mapping_path("joystick")
    kinds = (("Xbox 360 Controller", _PAD), ("SpaceMouse (SpaceMouse Compact)", _MOUSE))
    return tuple(
        guide_of(name, card, mapping, pulls_of(mapping, card, axes, path), rules, axes) for name, axes in kinds
    )


def states(card: TaskCard, policy_action: Action) -> dict[str, Scene]:
    """A scene for each name in `MEANINGS`, of a moment at which the policy wants this action."""
    by_hand = next(action for action in card.keys.values() if action not in (policy_action, card.neutral_action))
    moved = _moved(card)
    theta = tuple(
        (name, 0.41 if name == moved else 0.05 - 0.17 * (index % 2 == 0))
        for index, name in enumerate(card.feature_names)
    )
    policy = Scene(
        authority=Authority.POLICY,
        policy_action=_shown(card, policy_action),
        executed=_shown(card, policy_action),
        step_left=0.6,
        policy_version=12,
        last_swap=f"{_plain(moved)} +0.41",
        round=2,
        round_step=card.round_steps * 37 // 100,
        steps_per_round=card.round_steps,
        round_rate=0.08,
        verdict=Verdict(0.03, Interval(0.002, 0.11), Standing.UNSETTLED, 130),
        theta=theta,
        theta_deviation=tuple(0.05 + 0.03 * index for index in range(len(theta))),
        theta_limits=limits_of(card, "mereq"),
        learner=LearnerPhase.READY,
        recording=True,
        device="Xbox 360 Controller + keyboard",
        episode=3,
        step=card.horizon_steps * 2 // 5,
        horizon_steps=card.horizon_steps,
        session=f"20260801T101112-{card.name}-3f9a",
        last_minute=LAST_MINUTE,
    )
    return {**_drives(card, policy, by_hand), **_learns(card, policy), **_asks(card, policy, by_hand)}


def _drives(card: TaskCard, policy: Scene, by_hand: Action) -> dict[str, Scene]:
    neutral = _shown(card, card.neutral_action)
    hand = _shown(card, by_hand)
    human = replace(policy, authority=Authority.HUMAN, human_action=hand, executed=hand, pending=hand)
    gone = "Xbox 360 Controller was unplugged"
    safe = replace(policy, authority=Authority.SAFE, reason=gone, safe_left_s=1.6, executed=neutral)
    safe = replace(safe, device="joystick (gone) + keyboard")
    told = (Toast(gone, 0.5, warning=True),)
    return {
        "policy": policy,
        "human": replace(human, last_minute=_ending(Authority.HUMAN)),
        "safe": replace(safe, toasts=told, last_minute=_ending(Authority.SAFE)),
        "paused": replace(policy, authority=Authority.NOBODY, last_minute=_ending(Authority.NOBODY)),
    }


def _learns(card: TaskCard, policy: Scene) -> dict[str, Scene]:
    aligned = Verdict(0.004, Interval(0.0, 0.046), Standing.ALIGNED)
    feature, full = _plain(_moved(card)), "no space left on the disk"
    told = (
        Toast("the learner failed: the process ended with signal 9 (out of memory?)", 0.8, warning=True),
        Toast("the last correction (12 steps) was taken back; 3 remain"),
        Toast("SpaceMouse (SpaceMouse Compact) is plugged in"),
    )
    return {
        "learning": replace(policy, learner=LearnerPhase.LEARNING, learner_detail="residual 43 %"),
        "swap": replace(policy, toasts=(Toast(f"policy 12: {feature} +0.41", 0.3),)),
        "aligned": replace(policy, verdict=aligned),
        "learner-lost": replace(policy, learner=LearnerPhase.LOST, learner_detail="no heartbeat for 5 s"),
        "recording-fault": replace(
            policy, recording=False, recording_fault=full, toasts=(Toast(f"recording: {full}", 0.5, warning=True),)
        ),
        "warning": replace(policy, toasts=told),
    }


def _asks(card: TaskCard, policy: Scene, by_hand: Action) -> dict[str, Scene]:
    hand = _shown(card, by_hand)
    waits = replace(policy, authority=Authority.HUMAN, human_action=hand, executed=hand, step_left=1.0)
    frame: AxesFrame = "camera" if len(card.axes) > 1 else ""
    waits = replace(waits, step_by_step=True, waits_for_you=True, speed_factor=0.5, axes_frame=frame)
    return {
        "countdown": replace(policy, countdown_s=2.3, round_step=0, round_rate=None),
        "step-by-step": replace(waits, last_minute=_ending(Authority.HUMAN)),
        "help": replace(policy, help_shown=True),
        "help-device": replace(policy, help_shown=True, guides=guides(card)),
    }


def _ending(authority: Authority) -> Happening:
    """The last minute, its last seconds under this authority."""
    *before, last = LAST_MINUTE.spans
    spans = (*before, last._replace(stop_s=3.0), Span(authority, 3.0, 0.0))
    return replace(LAST_MINUTE, spans=spans)


def _shown(card: TaskCard, action: Action) -> Shown:
    return action if isinstance(action, tuple) and len(action) > 1 else action_words(card, action)


def _moved(card: TaskCard) -> str:
    """The feature that was learned of last."""
    return next(feature.name for feature in card.features if feature.wanted)


def _plain(name: str) -> str:
    return name.replace("_", " ")
