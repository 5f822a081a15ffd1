"""Pixel facts of the moon's picture."""

from dataclasses import replace

import numpy as np
import pygame
import pytest
from pygame import Surface

from mereq_teleop import envs
from mereq_teleop.app.window.lander_view import PAD, LanderView
from mereq_teleop.envs.gymnasium_batch import GymnasiumFrames
from mereq_teleop.envs.lander.frames import LanderMoment, Pose

EGO = (230, 130, 0)
SIZE = (1200, 340)


def moment(x: float = 10.0, y: float = 10.0, angle: float = 0.0, **changes: object) -> LanderMoment:
    """The lander somewhere over seed 3's ground."""
    batch = envs.make_batch("lunar-lander", 1)
    batch.reset([3])
    seen: LanderMoment = batch.frames.after
    legs = tuple(Pose(x + leg.x - seen.body.x, y + leg.y - seen.body.y, leg.angle) for leg in seen.legs)
    return replace(seen, **{"body": Pose(x, y, angle), "legs": legs, "main": 0.0, "side": 0.0, **changes})  # type: ignore[arg-type]


def drawn(before: LanderMoment, after: LanderMoment | None = None, fraction: float = 1.0) -> np.ndarray:
    surface = Surface(SIZE)
    LanderView().draw(surface, GymnasiumFrames(before=before, after=after or before), fraction, EGO)
    picture: np.ndarray = pygame.surfarray.array3d(surface).astype(int)
    return picture


def of_colour(picture: np.ndarray, colour: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of the pixels of this colour, give or take what smoothing does to it."""
    x, y = np.nonzero((abs(picture - colour) <= 4).all(axis=2))
    assert len(x) > 30
    return x, y


def test_the_lander_is_where_it_is_and_between_its_ends_within_the_step() -> None:
    left, right = (of_colour(drawn(moment(x)), EGO)[0].mean() for x in (8.0, 12.0))
    middle = of_colour(drawn(moment(8.0), moment(12.0), 0.5), EGO)[0].mean()
    assert left < SIZE[0] / 2 < right
    assert middle == pytest.approx((left + right) / 2, abs=2)
    high, low = (of_colour(drawn(moment(y=y)), EGO)[1].mean() for y in (10.0, 6.0))
    assert high < low


def test_the_lower_the_lander_the_larger_it_is() -> None:
    sizes = [len(of_colour(drawn(moment(y=y)), EGO)[0]) for y in (13.0, 9.0, 6.0, 4.0)]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 3 * sizes[0]


@pytest.mark.parametrize("x", [0.1, 10.0, 19.9])
@pytest.mark.parametrize("y", [4.0, 13.3, 18.0])
def test_the_lander_never_leaves_the_picture(x: float, y: float) -> None:
    columns, rows = of_colour(drawn(moment(x, y)), EGO)
    assert columns.min() > 0
    assert columns.max() < SIZE[0] - 1
    assert rows.min() > 0
    assert rows.max() < SIZE[1] - 1


def test_a_lander_at_the_height_of_the_pad_stands_on_it() -> None:
    picture = drawn(moment(y=10 / 3 + 18 / 30 + 1 / 6))
    _, pad = of_colour(picture, PAD)
    _, body = of_colour(picture, EGO)
    assert body.max() < pad.max()
    assert pad.max() - body.max() < 40


@pytest.mark.parametrize(("main", "side"), [(1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
def test_a_flame_leaves_on_the_other_side_than_the_lander_is_pushed_to(main: float, side: float) -> None:
    still, lit = drawn(moment()), drawn(moment(main=main, side=side))
    columns, rows = np.nonzero((still != lit).any(axis=2))
    body_x, body_y = (part.mean() for part in of_colour(still, EGO))
    assert np.sign(round((columns.mean() - body_x) / 4)) == -np.sign(side)
    assert (rows.mean() > body_y + 10) is np.bool_(main > 0)


def test_facts_are_height_speed_and_tilt() -> None:
    view = LanderView()
    flying = moment(y=5.0 + 10 / 3 + 18 / 30, angle=0.1, velocity=(0.52, -2.0))
    said = view.facts(GymnasiumFrames(before=flying, after=flying), 1.0)
    assert said == "height 5.0 m    sinking 2.0 m/s    across +0.5 m/s    tilt +6°"
    crashed = replace(flying, crashed=True)
    assert view.facts(GymnasiumFrames(before=flying, after=crashed), 1.0) == f"crashed    {said}"
    landed = replace(flying, landed=True)
    assert view.facts(GymnasiumFrames(before=flying, after=landed), 1.0) == "landed"


def test_a_view_follows_the_size_of_its_surface() -> None:
    view, frames = LanderView(), GymnasiumFrames(before=moment(), after=moment())
    for size in ((300, 100), (1, 1), (7, 400), SIZE):
        surface = Surface(size)
        view.draw(surface, frames, 0.5, EGO)
    assert np.array_equal(pygame.surfarray.array3d(surface), drawn(moment(), fraction=0.5))
