"""What colours tell, shapes tell too: in black and white no two signs are the same."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pygame
import pytest
from numpy.typing import NDArray
from pygame import Rect, Surface

from mereq_teleop.app.timeline import Happening, Mark, Span
from mereq_teleop.app.window.band import LEARNER, draw_band
from mereq_teleop.app.window.glyphs import draw_authority, draw_mark
from mereq_teleop.app.window.painter import Painter, Shape, Typesetter
from mereq_teleop.app.window.palette import PANEL
from mereq_teleop.app.window.scene import LearnerPhase, Scene
from mereq_teleop.app.window.strip import draw_timeline
from mereq_teleop.sessions.records import Authority
from tests.app.window.samples import SCENE

INKED: tuple[int, int, int] = (255, 255, 255)
SHAPES: tuple[Shape, ...] = ("disc", "ring", "diamond", "triangle")


def mask(draw: Callable[[Painter], object], size: tuple[int, int] = (40, 40), unit: float = 1.0) -> NDArray[np.bool_]:
    """The pixels that are drawn, whatever their colour."""
    surface = Surface(size)
    surface.fill(PANEL)
    draw(Painter(surface, unit, Typesetter()))
    return np.asarray((pygame.surfarray.array3d(surface) != PANEL).any(axis=2))


def unlike(masks: list[NDArray[np.bool_]]) -> float:
    """The smallest share of the drawn pixels by which two of them differ."""
    return float(min((one ^ other).sum() / (one | other).sum() for one, other in combinations(masks, 2)))


@pytest.mark.parametrize("unit", [0.8, 1.0, 2.0])
def test_signs_are_told_by_their_shapes(unit: float) -> None:
    at = (20, 20)
    reach = round(8 * unit)
    who = [mask(lambda paint, it=it: draw_authority(paint, at, reach, it, INKED)) for it in Authority]  # type: ignore[misc]
    marks = [mask(lambda paint, it=it: draw_mark(paint, at, it), unit=unit) for it in Mark]  # type: ignore[misc]
    lights = [mask(lambda paint, it=it: paint.light(at, INKED, it), unit=unit) for it in SHAPES]  # type: ignore[misc]
    for masks in (who, marks, lights):
        assert all(one.sum() > 10 for one in masks)
        assert unlike(masks) > 0.25


def test_the_timeline_is_read_by_its_heights() -> None:
    rect = Rect(0, 0, 400, 46)
    plain = mask(lambda paint: draw_timeline(paint, rect, Happening()), rect.size)
    traces = []
    for authority in Authority:
        happening = Happening((Span(authority, 60.0, 0.0),))
        trace = mask(lambda paint, it=happening: draw_timeline(paint, rect, it), rect.size)  # type: ignore[misc]
        traces.append(int((trace & ~plain).sum()))
    assert len({trace // 500 for trace in traces}) == len(Authority)


def test_a_learner_that_is_wrong_has_the_shape_of_an_alarm() -> None:
    alarms = {phase for phase, (_, shape) in LEARNER.items() if shape == "triangle"}
    assert alarms == {LearnerPhase.LOST, LearnerPhase.FAILED}
    assert set(LEARNER) == set(LearnerPhase)
    assert LEARNER[LearnerPhase.READY][1] != LEARNER[LearnerPhase.LEARNING][1] != LEARNER[LearnerPhase.ABSENT][1]


def test_a_moment_lies_where_its_time_is() -> None:
    rect = Rect(0, 0, 700, 46)
    plain = mask(lambda paint: draw_timeline(paint, rect, Happening()), rect.size)

    def drawn(span: Span) -> NDArray[np.int64]:
        trace = mask(lambda paint: draw_timeline(paint, rect, Happening((span,))), rect.size)
        return np.flatnonzero((trace & ~plain).any(axis=1))

    whole = drawn(Span(Authority.HUMAN, 60.0, 0.0))
    half = drawn(Span(Authority.HUMAN, 30.0, 0.0))
    brief = drawn(Span(Authority.HUMAN, 33.01, 33.0))
    assert whole[-1] == half[-1] == rect.right - 1
    assert len(half) == pytest.approx(len(whole) / 2, abs=6)
    assert 1 <= len(brief) <= 3


def test_the_band_says_who_learns_and_what_is_recorded_by_shape_alone() -> None:
    def band(scene: Scene) -> NDArray[np.bool_]:
        surface = Surface((1280, 56))
        draw_band(Painter(surface, 1.0, Typesetter()), surface.get_rect(), scene)
        grey = pygame.surfarray.array3d(pygame.transform.grayscale(surface))[:, :, 0]
        return np.asarray(grey > 80)

    def but(**change: Any) -> Scene:
        kept = {name: getattr(SCENE, name) for name in ("authority", "learner", "recording")}
        return Scene(**{**kept, **change})

    looks = [
        band(but()),
        band(but(recording=False)),
        band(but(recording_fault="full")),
        band(but(learner=LearnerPhase.LEARNING)),
        band(but(learner=LearnerPhase.LOST)),
        band(but(authority=Authority.HUMAN)),
        band(but(authority=Authority.NOBODY)),
    ]
    for one, other in combinations(looks, 2):
        assert (one ^ other).sum() > 100
