"""The four panels under the world: this step, the round, the weights, the state of the machine."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import pygame
from pygame import Rect

from mereq_teleop.app.window.band import learner_light, recording_light
from mereq_teleop.app.window.keys import spoken
from mereq_teleop.app.window.painter import Anchor, Painter, Shape
from mereq_teleop.app.window.palette import (
    AUTHORITY,
    BACKGROUND,
    BAD,
    DIM,
    GOOD,
    INK,
    LESS,
    LINE,
    MORE,
    RGB,
    TEXT,
)
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.app.wording import in_words, percent, percents
from mereq_teleop.envs.card import Axis
from mereq_teleop.sessions.rates import Standing, Verdict
from mereq_teleop.sessions.records import Authority

__all__ = ["draw_panels"]

_STANDING: Final = {
    Standing.ALIGNED: GOOD,
    Standing.UNSETTLED: DIM,
    Standing.NOT_ALIGNED: TEXT,
    Standing.NO_LONGER_IMPROVING: BAD,
}
_NONE: Final = "-"
_SURE: Final = 1.96
"""Standard deviations on either side of a weight that hold 95 % of what it may be."""
_LIGHT: Final = 20
"""Room for a light before words, in design units."""
_LEAST_PITCH: Final = 18
"""Between two weights, in design units, so that their names stay apart."""
_SCALE: Final = ("limit", "0", "limit")
"""What the ends and the middle of a weight's bar are."""


def draw_panels(paint: Painter, rects: Sequence[Rect], scene: Scene, axes: Sequence[Axis] = ()) -> None:
    """Draw each panel into its rectangle; with no rectangles there is no room for them.

    Args:
        paint: on the whole window.
        rects: where the panels are (px).
        scene: what to show.
        axes: of the task's actions; none where these have names.
    """
    if rects:
        for rect in rects:
            paint.box(rect)
        step, *others = (rect.inflate(-2 * paint.px(14), -2 * paint.px(11)) for rect in rects)
        _draw_step(paint, step, scene, axes)
        for draw, inner in zip((_draw_round, _draw_weights, _draw_state), others, strict=True):
            draw(paint, inner, scene)


def _title(paint: Painter, rect: Rect, words: str, aside: str = "") -> int:
    """Set a panel's title; the y (px) at which its content starts."""
    title = paint.text(words, rect.topleft, size=16, bold=True, width=rect.width)
    room = rect.right - title.right - paint.px(10)
    if aside and room > 0:
        paint.text(aside, rect.topright, size=_snug(paint, aside, room, 14), colour=DIM, anchor="topright", width=room)
    return title.bottom + paint.px(10)


def _draw_step(paint: Painter, rect: Rect, scene: Scene, axes: Sequence[Axis]) -> None:
    """What each side wanted; with several axes a column each, whose heads stand beside the title."""
    columns = _columns(rect, axes, paint.px(58)) if len(axes) > 1 else ()
    policy, human = AUTHORITY[Authority.POLICY], AUTHORITY[Authority.HUMAN]
    who = "human" if scene.replayed else "you"
    rows = (
        ("policy" if columns else "policy wanted", scene.policy_action, policy),
        (who if columns else f"{who} chose", scene.human_action, human),
        ("it does", scene.executed, TEXT),
        ("next", scene.pending, human),
    )
    top = _title(paint, rect, "This step", axes[0].unit if columns else "")
    for column, axis in zip(columns, axes, strict=False):
        head = (column.right, top + paint.px(2))
        size = _snug(paint, axis.name, column.width, 13)
        paint.text(axis.name, head, size=size, colour=DIM, anchor="midright", width=column.width)
    value, first, pitch = (paint.px(58), 26, 25) if columns else (paint.px(120), 14, 29)
    for index, (label, action, colour) in enumerate(rows):
        y = top + paint.px(first + index * pitch)
        paint.text(label, (rect.left, y), colour=DIM, anchor="midleft", width=value)
        if isinstance(action, tuple):
            _draw_numbers(paint, columns, y, action, colour)
        elif columns:
            paint.text(_said(action), (columns[0].right, y), size=16, bold=True, colour=DIM, anchor="midright")
        else:
            shown, place = DIM if action is None else colour, (rect.left + value, y)
            room = rect.width - value
            paint.text(_said(action), place, size=19, bold=True, colour=shown, anchor="midleft", width=room)
    countdown = Rect(rect.left, rect.bottom - paint.px(6), rect.width, paint.px(6))
    paint.bar(countdown, scene.step_left, DIM if scene.pending is None else human)


def _columns(rect: Rect, axes: Sequence[Axis], labels: int) -> tuple[Rect, ...]:
    """A column for each axis beside the labels."""
    wide = max(rect.width - labels, 1) // len(axes)
    return tuple(Rect(rect.right - wide * (len(axes) - i), rect.top, wide, rect.height) for i in range(len(axes)))


def _draw_numbers(paint: Painter, columns: Sequence[Rect], y: float, action: Sequence[float], colour: RGB) -> None:
    """The numbers of an action; of four axes ".20" for 0.20, so that they stay apart."""
    many = len(columns) > 3
    size = 14 if many else 16
    for column, number in zip(columns, action, strict=True):
        moves = bool(round(number, 2))
        forms = _forms(number, short=many) if moves else ["0"]
        fitting = (form for form in forms if paint.measure(form, size=size, bold=True)[0] <= column.width)
        shown = colour if moves else DIM
        words = next(fitting, forms[-1])
        paint.text(words, (column.right, y), size=size, bold=True, colour=shown, anchor="midright", width=column.width)


def _forms(number: float, *, short: bool) -> list[str]:
    """A number with two, one and no decimals."""
    forms = [f"{number:+.{decimals}f}" for decimals in (2, 1, 0)]
    return [form[0] + form[2:] if short and form[1:3] == "0." else form for form in forms]


def _draw_round(paint: Painter, rect: Rect, scene: Scene) -> None:
    steps = f"{scene.round_step} / {scene.steps_per_round} steps"
    top = _title(paint, rect, f"Round {scene.round}", steps)
    share = min(scene.round_step / max(scene.steps_per_round, 1), 1.0)
    paint.bar(Rect(rect.left, top, rect.width, paint.px(8)), share, AUTHORITY[Authority.POLICY])
    rate = paint.text(percent(scene.round_rate), (rect.left, top + paint.px(15)), size=28, bold=True)
    aside = (rate.right + paint.px(10), rate.bottom - paint.px(5))
    paint.text("by hand", aside, size=14, colour=DIM, anchor="bottomleft", width=rect.right - aside[0])
    if scene.verdict is not None:
        _draw_verdict(paint, rect, scene.verdict, scene)


def _draw_verdict(paint: Painter, rect: Rect, verdict: Verdict, scene: Scene) -> None:
    """From the panel's bottom up: what it means, on two lines if need be, how sure it is, of which policy."""
    words, colour = in_words(verdict, scene.delta), _STANDING[verdict.standing]
    bold = verdict.standing is not Standing.UNSETTLED
    lines, pitch = paint.lines(words, rect.width, 2, size=15, bold=bold), paint.px(17)
    for index, line in enumerate(lines):
        at, size = (rect.left, rect.bottom - (1 - index) * pitch), _snug(paint, line, rect.width, 15, bold=bold)
        paint.text(line, at, size=size, bold=bold, colour=colour, anchor="bottomleft", width=rect.width)
    since, above = "since it last changed", (rect.left, rect.bottom - paint.px(63))
    label = paint.text(since, above, size=14, colour=DIM, anchor="bottomleft", width=rect.width)
    known = f"{percent(verdict.rate)}  ({percents(verdict.interval)})"
    size = _snug(paint, known, rect.width, 18, bold=True)
    paint.text(known, (rect.left, label.bottom + paint.px(2)), size=size, bold=True, width=rect.width)


def _draw_weights(paint: Painter, rect: Rect, scene: Scene) -> None:
    if scene.blind:
        paint.text("not shown", rect.center, colour=DIM, anchor="center", width=rect.width)
        return
    top = _title(paint, rect, "What it has learned", f"policy {scene.policy_version}")
    if not scene.theta:
        paint.text("nothing learned yet", (rect.left, top + paint.px(6)), colour=DIM, width=rect.width)
    rows = _rows(scene)
    height = max(rect.bottom - paint.px(26) - top, 1)
    shown = _largest(rows, max(height // paint.px(_LEAST_PITCH), 2))
    lines = len(shown) + (len(shown) < len(rows))
    pitch = min(paint.px(34), height // max(lines, 1))
    track = Rect(rect.left + paint.px(104), 0, rect.width - paint.px(164), paint.px(14))
    size = min((_snug(paint, spoken(row.name), paint.px(98), 15) for row in shown), default=15)
    if shown:
        _draw_scale(paint, track, top - paint.px(3))
    for index, row in enumerate(shown):
        track.centery = top + index * pitch + pitch // 2
        words = spoken(row.name)
        paint.text(words, (rect.left, track.centery), size=size, anchor="midleft", width=paint.px(98))
        number = (rect.right, track.centery)
        paint.text(f"{row.weight:+.2f}", number, bold=True, anchor="midright", width=paint.px(56))
        _draw_weight(paint, track, row)
    if len(shown) < len(rows):
        more, place = (
            f"and {len(rows) - len(shown)} more, not larger",
            (rect.left, top + len(shown) * pitch + pitch // 2),
        )
        paint.text(more, place, size=14, colour=DIM, anchor="midleft", width=rect.width)
    if scene.last_swap:
        paint.text(scene.last_swap, (rect.left, rect.bottom), colour=DIM, anchor="bottomleft", width=rect.width)


class _Row(NamedTuple):
    """One weight, within its limits; it may as well be `unsure` less or more."""

    name: str
    weight: float
    unsure: float
    low: float
    high: float


def _rows(scene: Scene) -> tuple[_Row, ...]:
    unsure = scene.theta_deviation or (0.0,) * len(scene.theta)
    limits = scene.theta_limits or ((-1.0, 1.0),) * len(scene.theta)
    each = zip(scene.theta, unsure, limits, strict=True)
    return tuple(_Row(*named, _SURE * deviation, *ends) for named, deviation, ends in each)


def _largest(rows: tuple[_Row, ...], fit: int) -> tuple[_Row, ...]:
    """The weights that there is room for, a line of words among them: the nearest to a limit, in the order of all."""
    if len(rows) <= fit:
        return rows
    by_share = sorted(range(len(rows)), key=lambda at: -abs(_share(rows[at], rows[at].weight)))
    return tuple(rows[at] for at in sorted(by_share[: fit - 1]))


def _share(row: _Row, weight: float) -> float:
    """How far from 0 to the limit, which is as far on either side where both are allowed."""
    return max(-1.0, min(weight / max(-row.low, row.high), 1.0))


def _draw_scale(paint: Painter, track: Rect, y: int) -> None:
    """What a bar's ends and its middle are, where there is room to say it."""
    if sum(paint.measure(words, size=11)[0] + paint.px(8) for words in _SCALE) > track.width:
        return
    places: tuple[tuple[int, Anchor], ...] = (
        (track.left, "midleft"),
        (track.centerx, "center"),
        (track.right, "midright"),
    )
    for words, (x, anchor) in zip(_SCALE, places, strict=True):
        paint.text(words, (x, y), size=11, colour=DIM, anchor=anchor)


def _draw_weight(paint: Painter, track: Rect, row: _Row) -> None:
    """A bar from the middle to the right (more of it) or to the left (less); at its limit it is full.

    Of what nobody can want there is no right half. A whisker spans the weights that it may be as well.
    """
    if track.width <= 2:
        return
    half, middle = track.width // 2 - 1, track.centerx
    allowed = track.clip(
        Rect(middle - half if row.low < 0 else middle, track.top, half + half * (row.low < 0 < row.high), track.height)
    )
    paint.box(allowed, BACKGROUND, radius=3)
    reach = round(_share(row, row.weight) * half)
    if reach:
        colour = MORE if row.weight > 0 else LESS
        pygame.draw.rect(paint.surface, colour, Rect(min(middle, middle + reach), track.top, abs(reach), track.height))
    pygame.draw.line(paint.surface, LINE, (middle, track.top), (middle, track.bottom - 1))
    if row.unsure > 0:
        ends = [_share(row, end) for end in (row.weight - row.unsure, row.weight + row.unsure)]
        _draw_whisker(paint, track, [middle + round(end * half) for end in ends])


def _draw_whisker(paint: Painter, track: Rect, ends: Sequence[int]) -> None:
    """A line with end caps, dark around so that it reads on the bar's colour and beside it."""
    thin = paint.px(2)
    parts = [Rect(end - thin // 2, 0, thin, track.height - 2 * thin) for end in ends]
    parts.append(Rect(ends[0], 0, ends[1] - ends[0] + 1, thin))
    for part in parts:
        part.centery = track.centery
        pygame.draw.rect(paint.surface, INK, part.inflate(2, 2).clip(track))
    for part in parts:
        pygame.draw.rect(paint.surface, TEXT, part.clip(track))


def _draw_state(paint: Painter, rect: Rect, scene: Scene) -> None:
    top = _title(paint, rect, "State")
    detail = f", {scene.learner_detail}" if scene.learner_detail else ""
    learner, recording = learner_light(scene), recording_light(scene)
    speed = f"at {scene.speed_factor:g} x" + (", step by step" if scene.step_by_step else "")
    rows: list[tuple[tuple[RGB, Shape] | None, str, str]] = [
        (learner[:2], "learner", f"{learner[2]} by then" if scene.replayed else f"{scene.learner}{detail}"),
        # What was recorded before it stopped, and where, stands on the terminal.
        (
            recording[:2],
            "recording",
            scene.recording_fault.partition(";")[0].removeprefix("recording ") or recording[2],
        ),
        (None, "hands", scene.device or "none"),
        (None, "episode", f"{scene.episode}, step {scene.step} of {scene.horizon_steps}"),
        (None, "world", speed),
    ]
    value = rect.left + paint.px(96)
    told: list[list[str]] = []
    for light, _, words in rows:
        room = rect.right - value - (paint.px(_LIGHT) if light else 0)
        told.append(_two_lines(paint, words, room, bold=_is_bad(light)))
    # Five rows of a line each have room between them; a second line takes from that.
    pitch, below = paint.px(25 - 3.5 * sum(len(lines) - 1 for lines in told)), paint.px(16)
    y = top + paint.px(8)
    for (light, label, _), lines in zip(rows, told, strict=True):
        paint.text(label, (rect.left, y), colour=DIM, anchor="midleft", width=value - rect.left)
        left = value
        if light is not None:
            paint.light((left + paint.px(6), y), *light)
            left += paint.px(_LIGHT)
        bad, room = _is_bad(light), rect.right - left
        size, colour = min(_snug(paint, words, room, 15, bold=bad) for words in lines), BAD if bad else TEXT
        for index, words in enumerate(lines):
            at = (left, y + index * below)
            paint.text(words, at, size=size, bold=bad, colour=colour, anchor="midleft", width=room)
        y += pitch + (len(lines) - 1) * below
    paint.text(scene.session, (rect.left, rect.bottom), size=12, colour=DIM, anchor="bottomleft", width=rect.width)


def _is_bad(light: tuple[RGB, Shape] | None) -> bool:
    return light is not None and light[1] == "triangle"


def _two_lines(paint: Painter, words: str, room: int, *, bold: bool) -> list[str]:
    """The words on one line, if they fit it however small, or on two."""
    size = _snug(paint, words, room, 15, bold=bold)
    return paint.lines(words, room, 1 if paint.measure(words, size=size, bold=bold)[0] <= room else 2, bold=bold)


def _said(action: str | None) -> str:
    return _NONE if action is None else spoken(action)


def _snug(paint: Painter, words: str, width: int, size: int, *, bold: bool = False) -> int:
    """The size at which the words fit, or four fifths of it where they do not fit at all."""
    smallest = size * 4 // 5
    sizes = range(size, smallest, -1)
    return next((fits for fits in sizes if paint.measure(words, size=fits, bold=bold)[0] <= width), smallest)
