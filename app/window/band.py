"""The row over the world, for one glance: who drives, is it learning, is it recorded."""

from math import ceil
from typing import Final

import pygame
from pygame import Rect

from mereq_teleop.app.window.glyphs import draw_authority
from mereq_teleop.app.window.painter import Painter, Shape
from mereq_teleop.app.window.palette import AUTHORITY, BACKGROUND, BAD, BUSY, DIM, GOOD, INK, RGB, TEXT
from mereq_teleop.app.window.scene import LearnerPhase, Scene
from mereq_teleop.app.wording import counted
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.takeover import Mode

__all__ = ["LEARNER", "draw_band", "learner_light", "recording_light"]

LEARNER: Final[dict[LearnerPhase, tuple[RGB, Shape]]] = {
    LearnerPhase.ABSENT: (DIM, "ring"),
    LearnerPhase.STARTING: (BUSY, "diamond"),
    LearnerPhase.READY: (GOOD, "disc"),
    LearnerPhase.LEARNING: (BUSY, "diamond"),
    LearnerPhase.LOST: (BAD, "triangle"),
    LearnerPhase.RESTARTING: (BUSY, "diamond"),
    LearnerPhase.FAILED: (BAD, "triangle"),
}
"""The light of each state of the learner: its colour and its shape."""
_LEARNER_WORDS: Final = {
    LearnerPhase.ABSENT: "no learner",
    LearnerPhase.STARTING: "learner starts",
    LearnerPhase.READY: "learner ready",
    LearnerPhase.LEARNING: "learning",
    LearnerPhase.LOST: "learner lost",
    LearnerPhase.RESTARTING: "learner restarts",
    LearnerPhase.FAILED: "learner failed",
}
_WHO: Final = {
    Authority.POLICY: "POLICY DRIVES",
    Authority.HUMAN: "YOU DRIVE",
    Authority.SAFE: "SAFE MODE",
    Authority.NOBODY: "PAUSED",
}
_HINT: Final = {
    (Mode.INSTINCT, Authority.POLICY): "a driving key or Enter takes over",
    (Mode.INSTINCT, Authority.HUMAN): "Esc gives back",
    (Mode.TOGGLE, Authority.POLICY): "Enter takes over",
    (Mode.TOGGLE, Authority.HUMAN): "Enter or Esc gives back",
    (Mode.HOLD, Authority.POLICY): "hold Tab and drive",
    (Mode.HOLD, Authority.HUMAN): "let go of Tab to give back",
    **{(mode, Authority.NOBODY): "P goes on" for mode in Mode},
}
_HINT_OF_DEVICE: Final = {
    (Mode.INSTINCT, Authority.POLICY): "touch the device or a driving key to take over",
    (Mode.INSTINCT, Authority.HUMAN): "let the device rest, or Esc, to give back",
    (Mode.TOGGLE, Authority.POLICY): "its button, or Enter, takes over",
    (Mode.TOGGLE, Authority.HUMAN): "its button, Enter or Esc gives back",
    (Mode.HOLD, Authority.POLICY): "hold its button, or Tab, and drive",
    (Mode.HOLD, Authority.HUMAN): "let go of the button, or Tab, to give back",
}
"""The same where a joystick, gamepad or SpaceMouse is there."""
_WAITS: Final = {
    Authority.POLICY: "the world waits: take over, or N for the policy's step",
    Authority.HUMAN: "the world waits: a driving key, or N for the next step",
}


def learner_light(scene: Scene) -> tuple[RGB, Shape, str]:
    """The light of the learner, and what it says; of a replayed scene, how often it had reported."""
    if scene.replayed:
        return DIM, "ring", counted(scene.updates, "update")
    return (*LEARNER[scene.learner], _LEARNER_WORDS[scene.learner])


def recording_light(scene: Scene) -> tuple[RGB, Shape, str]:
    """The light of the recording, and what it says."""
    if scene.replayed:
        return DIM, "ring", "shown again"
    if scene.recording_fault:
        return BAD, "triangle", "not recorded"
    return (GOOD, "disc", "recording") if scene.recording else (DIM, "ring", "not recording")


def draw_band(paint: Painter, rect: Rect, scene: Scene) -> None:
    """Who is in control in colour, shape and word, and two lights; SAFE has stripes too."""
    pygame.draw.rect(paint.surface, AUTHORITY[scene.authority], rect)
    margin, right = paint.px(12), rect.right
    lights = ((*recording_light(scene), 146), (*learner_light(scene), 166))
    for colour, shape, words, wide in lights:
        chip = Rect(0, 0, paint.px(wide), min(paint.px(32), rect.height))
        chip.midright = right - margin, rect.centery
        _draw_light(paint, chip, (colour, shape), words)
        right = chip.left
    x, y = rect.left + paint.px(36), rect.centery
    if scene.authority is Authority.SAFE:
        _stripes(paint, Rect(rect.left, rect.top, right, rect.height))
    draw_authority(paint, (x, y), paint.px(16), scene.authority, INK)
    start = (x + paint.px(28), y)
    words = "HUMAN DRIVES" if scene.replayed and scene.authority is Authority.HUMAN else _WHO[scene.authority]
    who = paint.text(words, start, size=28, bold=True, colour=INK, anchor="midleft", width=right - start[0])
    _draw_hint(paint, scene, who.right + paint.px(20), right - paint.px(20), y)


def _draw_light(paint: Painter, chip: Rect, light: tuple[RGB, Shape], words: str) -> None:
    colour, shape = light
    paint.box(chip, BACKGROUND)
    paint.light((chip.left + paint.px(16), chip.centery), colour, shape)
    place, shown = (chip.left + paint.px(30), chip.centery), colour if shape == "triangle" else TEXT
    paint.text(words, place, size=15, bold=True, colour=shown, anchor="midleft", width=chip.right - place[0])


def _draw_hint(paint: Painter, scene: Scene, left: int, right: int, y: int) -> None:
    """What to do now, or why it is SAFE; on two lines if it is long."""
    waits = _WAITS.get(scene.authority) if scene.waits_for_you else None
    hints = {**_HINT, **_HINT_OF_DEVICE} if scene.guides else _HINT
    hint = _why_safe(scene) or waits or hints.get((scene.takeover, scene.authority), "")
    if scene.replayed:
        hint = scene.reason
    if right - left <= paint.px(60):
        return
    lines = paint.lines(hint, right - left, 2, size=16)
    pitch = paint.px(20)
    for index, words in enumerate(lines):
        place = (left, y + (index - (len(lines) - 1) / 2) * pitch + paint.px(1))
        paint.text(words, place, size=16, colour=INK, anchor="midleft", width=right - left)


def _why_safe(scene: Scene) -> str:
    """What was lost, and what follows from it; empty where nothing was."""
    if scene.authority is not Authority.SAFE:
        return ""
    left_s = scene.safe_left_s
    return f"{scene.reason}: {'take over to go on' if left_s is None else f'the policy drives in {ceil(left_s)} s'}"


def _stripes(paint: Painter, rect: Rect) -> None:
    """Along the upper and the lower edge, where no words are."""
    wide, lean, thick = paint.px(14), paint.px(6), paint.px(6)
    for top in (rect.top, rect.bottom - thick):
        for left in range(rect.left, rect.right, 2 * wide):
            corners = [
                (left + lean, top),
                (left + lean + wide, top),
                (left + wide, top + thick - 1),
                (left, top + thick - 1),
            ]
            pygame.draw.polygon(paint.surface, INK, corners)
