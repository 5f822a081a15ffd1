"""The four panels under the world: this step, the round, the weights, the state of the machine."""

from collections.abc import Sequence
from typing import Final

import pygame
from pygame import Rect

from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.palette import AUTHORITY, BACKGROUND, BAD, BUSY, DIM, GOOD, LESS, LINE, MORE, RGB, TEXT
from mereq_teleop.app.window.scene import LearnerPhase, Scene
from mereq_teleop.sessions.records import Authority

__all__ = ["draw_panels", "spoken"]

_LEARNER: Final = {
    LearnerPhase.ABSENT: DIM,
    LearnerPhase.STARTING: BUSY,
    LearnerPhase.READY: GOOD,
    LearnerPhase.LEARNING: BUSY,
    LearnerPhase.LOST: BAD,
    LearnerPhase.RESTARTING: BUSY,
    LearnerPhase.FAILED: BAD,
}
_NONE: Final = "-"
_SMALLEST_SCALE: Final = 0.5
"""A theta bar is full at the largest weight, but never at less than this."""


def spoken(action: str | None) -> str:
    """An action as one says it: `LANE_LEFT` is "lane left", none is a dash."""
    return _NONE if action is None else action.replace("_", " ").lower()


def draw_panels(paint: Painter, rects: Sequence[Rect], scene: Scene) -> None:
    """Draw each panel into its rectangle; with no rectangles there is no room for them."""
    if rects:
        for draw, rect in zip((_draw_step, _draw_round, _draw_weights, _draw_state), rects, strict=True):
            paint.box(rect)
            draw(paint, rect.inflate(-2 * paint.px(14), -2 * paint.px(11)), scene)


def _title(paint: Painter, rect: Rect, words: str, aside: str = "") -> int:
    """Set a panel's title; the y (px) at which its content starts."""
    title = paint.text(words, rect.topleft, size=16, bold=True, width=rect.width)
    room = rect.right - title.right - paint.px(10)
    if aside and room > 0:
        paint.text(aside, rect.topright, size=14, colour=DIM, anchor="topright", width=room)
    return title.bottom + paint.px(10)


def _draw_step(paint: Painter, rect: Rect, scene: Scene) -> None:
    top = _title(paint, rect, "This step")
    human = AUTHORITY[Authority.HUMAN]
    rows = (
        ("policy wanted", spoken(scene.policy_action), AUTHORITY[Authority.POLICY]),
        ("you chose", spoken(scene.human_action), human),
        ("car does", spoken(scene.executed), TEXT),
        ("next", spoken(scene.pending), human),
    )
    value = rect.left + paint.px(120)
    for index, (label, action, colour) in enumerate(rows):
        y = top + paint.px(14 + index * 29)
        paint.text(label, (rect.left, y), colour=DIM, anchor="midleft", width=value - rect.left)
        shown = DIM if action == _NONE else colour
        paint.text(action, (value, y), size=19, bold=True, colour=shown, anchor="midleft", width=rect.right - value)
    countdown = Rect(rect.left, rect.bottom - paint.px(6), rect.width, paint.px(6))
    paint.bar(countdown, scene.step_left, DIM if scene.pending is None else human)


def _draw_round(paint: Painter, rect: Rect, scene: Scene) -> None:
    steps = f"{scene.round_step} / {scene.steps_per_round} steps"
    top = _title(paint, rect, f"Round {scene.round}", steps)
    share = min(scene.round_step / max(scene.steps_per_round, 1), 1.0)
    paint.bar(Rect(rect.left, top, rect.width, paint.px(8)), share, AUTHORITY[Authority.POLICY])
    y = top + paint.px(24)
    paint.text("you drove", (rect.left, y), colour=DIM, width=rect.width)
    rate = paint.text(_percent(scene.round_rate), (rect.left, y + paint.px(22)), size=34, bold=True)
    aside = (rate.right + paint.px(10), rate.bottom - paint.px(8))
    paint.text("of the round", (aside[0], aside[1] - paint.px(16)), colour=DIM, width=rect.right - aside[0])
    since = f"{_percent(scene.swap_rate)} since policy {scene.policy_version} came"
    paint.text(since, (rect.left, rect.bottom), colour=DIM, anchor="bottomleft", width=rect.width)


def _draw_weights(paint: Painter, rect: Rect, scene: Scene) -> None:
    top = _title(paint, rect, "What it has learned", f"policy {scene.policy_version}")
    if not scene.theta:
        paint.text("nothing learned yet", (rect.left, top + paint.px(6)), colour=DIM, width=rect.width)
    scale = max([_SMALLEST_SCALE, *(abs(weight) for _, weight in scene.theta)])
    pitch = min(paint.px(34), max(rect.bottom - paint.px(26) - top, 1) // max(len(scene.theta), 1))
    for index, (name, weight) in enumerate(scene.theta):
        _draw_weight(paint, Rect(rect.left, top + index * pitch, rect.width, pitch), name, weight, weight / scale)
    if scene.last_swap:
        paint.text(scene.last_swap, (rect.left, rect.bottom), colour=DIM, anchor="bottomleft", width=rect.width)


def _draw_weight(paint: Painter, rect: Rect, name: str, weight: float, share: float) -> None:
    """One weight: its name, a bar from the middle to the right (more of it) or to the left (less), its number."""
    paint.text(spoken(name), (rect.left, rect.centery), anchor="midleft", width=paint.px(98))
    number = (rect.right, rect.centery)
    paint.text(f"{weight:+.2f}", number, bold=True, anchor="midright", width=paint.px(56))
    track = Rect(rect.left + paint.px(104), 0, rect.width - paint.px(164), paint.px(14))
    if track.width <= 2:
        return
    track.centery = rect.centery
    paint.box(track, BACKGROUND, radius=3)
    reach = round(abs(share) * track.width / 2)
    if reach:
        left = track.centerx if share > 0 else track.centerx - reach
        pygame.draw.rect(paint.surface, MORE if share > 0 else LESS, Rect(left, track.top, reach, track.height))
    pygame.draw.line(paint.surface, LINE, (track.centerx, track.top), (track.centerx, track.bottom - 1))


def _draw_state(paint: Painter, rect: Rect, scene: Scene) -> None:
    top = _title(paint, rect, "State")
    detail = f", {scene.learner_detail}" if scene.learner_detail else ""
    rows: list[tuple[RGB | None, str, str]] = [
        (_LEARNER[scene.learner], "learner", f"{scene.learner}{detail}"),
        _recording(scene),
        (None, "hands", scene.device or "none"),
        (None, "episode", f"{scene.episode}, step {scene.step} of {scene.horizon_steps}, at {scene.speed_factor:g} x"),
    ]
    value = rect.left + paint.px(96)
    for index, (light, label, words) in enumerate(rows):
        y = top + paint.px(10 + index * 27)
        paint.text(label, (rect.left, y), colour=DIM, anchor="midleft", width=value - rect.left)
        left = value
        if light is not None:
            paint.light((left + paint.px(6), y), light, alarm=light == BAD)
            left += paint.px(20)
        colour = BAD if light == BAD else TEXT
        paint.text(words, (left, y), bold=light == BAD, colour=colour, anchor="midleft", width=rect.right - left)
    paint.text(scene.session, (rect.left, rect.bottom), size=12, colour=DIM, anchor="bottomleft", width=rect.width)


def _recording(scene: Scene) -> tuple[RGB | None, str, str]:
    if scene.recording_fault:
        return BAD, "recording", scene.recording_fault
    return (GOOD, "recording", "on") if scene.recording else (DIM, "recording", "off")


def _percent(rate: float | None) -> str:
    return _NONE if rate is None else f"{100 * rate:.0f} %"
