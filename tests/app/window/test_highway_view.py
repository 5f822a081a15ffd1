"""Pixel facts of the world's picture."""

import numpy as np
import pygame
import pytest
from pygame import Surface

from mereq_teleop.app.window.highway_view import TRAFFIC, HighwayView
from tests.app.window.samples import FRAMES, crashed

EGO = (230, 130, 0)
WHITE = (255, 255, 255)
SIZE = (1150, 330)
"""Ten pixels a metre."""


def drawn(fraction: float, frames: object = FRAMES) -> Surface:
    surface = Surface(SIZE)
    HighwayView().draw(surface, frames, fraction, EGO)  # type: ignore[arg-type]
    return surface


def middle_of(surface: Surface, colour: tuple[int, int, int]) -> tuple[float, float]:
    """Mean x and y (px) of the pixels of this colour."""
    x, y = np.nonzero((pygame.surfarray.array3d(surface) == colour).all(axis=2))
    assert len(x) > 100
    return float(x.mean()), float(y.mean())


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 0.73, 1.0])
def test_the_ego_car_stays_at_its_place_and_moves_across_the_lanes(fraction: float) -> None:
    x, y = middle_of(drawn(fraction), EGO)
    assert x == pytest.approx(0.28 * SIZE[0], abs=6)
    assert y == pytest.approx(SIZE[1] / 2 + 10 * (float(FRAMES.at(fraction).y[0]) - 4.0), abs=3)


def test_another_car_is_where_it_is_relative_to_the_ego_car() -> None:
    surface = drawn(1.0)
    ego_x, _ = middle_of(surface, EGO)
    right_half = surface.subsurface((500, 0, 650, 330))
    assert middle_of(right_half, TRAFFIC)[0] + 500 - ego_x == pytest.approx(10 * (552 - 525), abs=3)


def test_the_road_has_two_edges_and_two_broken_lines() -> None:
    image = pygame.surfarray.array3d(drawn(0.0))
    white = (image == WHITE).all(axis=2).mean(axis=0)
    rows = [int(10 * (lane * 4 - 2 - 4) + SIZE[1] / 2) for lane in range(4)]
    shares = [white[row - 1 : row + 2].max() for row in rows]
    assert shares[0] == shares[3] == 1.0
    assert all(0.4 < share < 0.9 for share in shares[1:3])


def test_the_road_passes_by_at_the_cars_own_speed() -> None:
    """Shifting a later picture of the empty road back by the way gone gives the earlier one."""
    early, late = (pygame.surfarray.array3d(drawn(fraction))[:, 80:110] for fraction in (0.2, 0.4))
    way = round(10 * float(FRAMES.at(0.4).x[0] - FRAMES.at(0.2).x[0]))
    assert (early[way:] == late[:-way]).mean() > 0.97
    assert (early == late).mean() < 0.97


def test_the_ego_car_alone_has_a_line_around_it() -> None:
    white = (pygame.surfarray.array3d(drawn(0.0)) == WHITE).all(axis=2)
    for car in range(3):
        x = 0.28 * SIZE[0] + 10 * float(FRAMES.x[0, car] - FRAMES.x[0, 0])
        y = SIZE[1] / 2 + 10 * (float(FRAMES.y[0, car]) - 4.0)
        above = white[round(x) - 15 : round(x) + 15, round(y) - 15 : round(y) - 11]
        assert above.any(axis=1).all() == (car == 0)


def test_a_crash_turns_the_ego_car_red() -> None:
    middle_of(drawn(0.0, crashed(FRAMES)), (255, 100, 100))


def test_a_view_follows_the_size_of_its_surface() -> None:
    view = HighwayView()
    small, large = Surface((300, 100)), Surface(SIZE)
    for surface in (large, small, large):
        view.draw(surface, FRAMES, 0.5, EGO)
    assert pygame.image.tobytes(large, "RGB") == pygame.image.tobytes(drawn(0.5), "RGB")
