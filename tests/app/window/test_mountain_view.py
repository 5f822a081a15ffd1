"""Pixel facts of the valley's picture, and a view for every task."""

from contextlib import closing

import numpy as np
import pygame
import pytest
from pygame import Surface

from mereq_teleop import envs
from mereq_teleop.app.window.camera import Gesture, Move
from mereq_teleop.app.window.keys import action_words
from mereq_teleop.app.window.layout import DESIGN_SIZE
from mereq_teleop.app.window.mountain_view import FLAG, MountainView, height
from mereq_teleop.app.window.picture import Picture
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.app.window.view import VIEWS, view_of
from mereq_teleop.envs.mountain_car.card import CARD
from mereq_teleop.envs.mountain_car.frames import CarMoment, MountainCarFrames
from mereq_teleop.sessions.records import Authority

EGO = (230, 130, 0)
SIZE = (1200, 340)


def at(position: float, force: float = 0.0, velocity: float = 0.0) -> CarMoment:
    return CarMoment(position=position, velocity=velocity, force=force)


def drawn(frames: MountainCarFrames, fraction: float = 1.0, view: MountainView | None = None) -> Surface:
    surface = Surface(SIZE)
    (view or MountainView()).draw(surface, frames, fraction, EGO)
    return surface


def middle_of(surface: Surface, colour: tuple[int, int, int]) -> tuple[float, float]:
    """Mean x and y (px) of the pixels of this colour, give or take what smoothing does to it."""
    x, y = np.nonzero((abs(pygame.surfarray.array3d(surface).astype(int) - colour) <= 4).all(axis=2))
    assert len(x) > 100
    return float(x.mean()), float(y.mean())


def test_every_task_has_a_view_that_draws_its_frames() -> None:
    assert {card.name for card in envs.cards()} <= set(VIEWS)
    for card in envs.cards():
        batch, surface = envs.make_batch(card.name, 1), Surface((300, 100))
        with closing(view_of(card)) as view:
            view.draw(surface, batch.frames, 1.0, EGO)
            assert len(np.unique(pygame.surfarray.array3d(surface).reshape(-1, 3), axis=0)) > 5
            assert view.facts(batch.frames, 1.0)
            # What has no camera does not mind.
            view.look(Gesture(Move.RESET))
            view.settle()


def test_the_car_goes_along_the_road_from_left_to_right() -> None:
    view, positions = MountainView(), np.linspace(-1.2, 0.6, 13).tolist()
    places = [middle_of(drawn(MountainCarFrames.still(at(x)), view=view), EGO) for x in positions]
    ways = np.diff([x for x, _ in places])
    assert (ways > 0).all()
    assert ways.std() / ways.mean() < 0.2
    # The picture's y axis points down.
    downs = [y for _, y in places]
    assert np.argmax(downs) == np.argmin([height(x) for x in positions])
    np.testing.assert_array_equal(np.diff(downs[:-2]) < 0, np.diff([height(x) for x in positions[:-2]]) > 0)


def test_a_moment_within_the_step_is_between_its_ends() -> None:
    frames = MountainCarFrames(before=at(-0.6), after=at(-0.2))
    xs = [middle_of(drawn(frames, fraction), EGO)[0] for fraction in (0.0, 0.25, 1.0)]
    assert xs[1] - xs[0] == pytest.approx((xs[2] - xs[0]) / 4, abs=3)


def test_the_flag_stands_at_the_goal() -> None:
    surface = drawn(MountainCarFrames.still(at(-0.5)))
    car_at_goal = middle_of(drawn(MountainCarFrames.still(at(0.45))), EGO)[0]
    x, _ = middle_of(surface, FLAG)
    assert 0 < x - car_at_goal < 40


@pytest.mark.parametrize("force", [-1.0, -0.5, 0.5, 1.0])
def test_an_arrow_shows_which_way_and_how_strongly_the_engine_pushes(force: float) -> None:
    still, pushed = (pygame.surfarray.array3d(drawn(MountainCarFrames.still(at(-0.52, push)))) for push in (0.0, force))
    x, _ = np.nonzero((still != pushed).any(axis=2))
    car = middle_of(drawn(MountainCarFrames.still(at(-0.52))), EGO)[0]
    assert (x.mean() - car) * force > 0
    reach = 1.3 * 0.17 * SIZE[1] * abs(force)
    assert x.max() - x.min() == pytest.approx(reach, abs=6)


def test_facts_are_speed_and_force() -> None:
    frames = MountainCarFrames.still(at(0.0, -0.25, -0.035))
    assert MountainView().facts(frames, 1.0) == "speed 50 %    force -0.25"


def test_a_view_follows_the_size_of_its_surface() -> None:
    view, frames = MountainView(), MountainCarFrames.still(at(-0.3, 1.0))
    for size in ((300, 100), (1, 1), (7, 400), SIZE):
        surface = Surface(size)
        view.draw(surface, frames, 0.5, EGO)
    assert pygame.image.tobytes(surface, "RGB") == pygame.image.tobytes(drawn(frames), "RGB")


def test_a_vector_is_called_by_its_axes() -> None:
    assert [action_words(CARD, action) for action in CARD.keys.values()] == ["force -1", "force 0", "force +1"]
    assert action_words(CARD, (0.1234,)) == "force +0.12"
    assert action_words(envs.card("highway"), 2) == "LANE_RIGHT"


def test_the_whole_window_can_show_the_task_and_its_keys() -> None:
    frames, pictures = MountainCarFrames.still(at(-0.5)), []
    for help_shown in (False, True):
        surface = Surface(DESIGN_SIZE)
        scene = Scene(authority=Authority.POLICY, policy_action="force +0.12", help_shown=help_shown)
        Picture(CARD).draw(surface, scene, frames, 1.0)
        pictures.append(pygame.image.tobytes(surface, "RGB"))
    assert pictures[0] != pictures[1]
