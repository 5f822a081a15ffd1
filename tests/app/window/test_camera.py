"""The mouse turns, moves and zooms the camera; laws of moving it."""

import math

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygame import Rect
from pygame.event import Event

from mereq_teleop.app.window.camera import Camera, Gesture, Move
from mereq_teleop.app.window.mouse import EVENTS, Mouse

START = Camera(at=(0.45, 0.0, 0.1), distance=0.9, azimuth=80.0, elevation=-20.0)
WORLD = Rect(0, 60, 1200, 400)
SHARES = st.floats(-2, 2)
GESTURES = st.builds(Gesture, st.sampled_from(Move), SHARES, SHARES)


def moved(*gestures: Gesture, camera: Camera = START) -> Camera:
    for gesture in gestures:
        camera = camera.moved(gesture, START)
    return camera


@given(st.lists(GESTURES, max_size=20))
def test_wherever_it_goes_it_stays_near_and_over_the_bench_and_finds_home(gestures: list[Gesture]) -> None:
    camera = moved(*gestures)
    assert -89.0 <= camera.elevation <= -2.0
    assert 0.25 <= camera.distance <= 4.0
    assert all(abs(at - home) <= 1.0 for at, home in zip(camera.at, camera.home, strict=True))
    assert camera.at[2] >= 0.0
    assert moved(Gesture(Move.RESET), camera=camera) == START


@given(st.floats(-0.2, 0.2), st.floats(-0.05, 0.05))
def test_what_was_moved_can_be_moved_back(x: float, y: float) -> None:
    for move in (Move.TURN, Move.PAN, Move.ZOOM):
        back = moved(Gesture(move, x, y), Gesture(move, -x, -y))
        assert back.at == pytest.approx(START.at)
        assert (back.distance, back.azimuth, back.elevation) == pytest.approx((0.9, 80.0, -20.0))


def test_the_world_follows_the_mouse() -> None:
    """A pan by the picture's height moves the point looked at by that height, at right angles to the view."""
    right, down = moved(Gesture(Move.PAN, 0.1, 0.0)), moved(Gesture(Move.PAN, 0.0, 0.1))
    height_m = 2 * math.tan(math.radians(21)) * 0.9
    assert math.dist(right.at, START.at) == pytest.approx(0.1 * height_m)
    assert math.dist(down.at, START.at) == pytest.approx(0.1 * height_m)
    # Looking along +y the picture's right is +x: what is seen goes right when the camera goes left.
    assert right.at[0] < START.at[0]
    assert down.at[2] > START.at[2]


def test_the_wheel_away_comes_nearer() -> None:
    assert moved(Gesture(Move.ZOOM, y=2)).distance == pytest.approx(0.9 * 0.81)


class Hand:
    """Mouse events, and what they ask for."""

    def __init__(self) -> None:
        self.mouse = Mouse()

    def press(self, button: int = 1, at: tuple[int, int] = (500, 200), now_s: float = 0.0) -> Gesture | None:
        return self.mouse.feed(Event(pygame.MOUSEBUTTONDOWN, button=button, pos=at), WORLD, now_s)

    def release(self) -> Gesture | None:
        return self.mouse.feed(Event(pygame.MOUSEBUTTONUP, button=1, pos=(0, 0)), WORLD, 0.0)

    def drag(self, x: int, y: int) -> Gesture | None:
        return self.mouse.feed(Event(pygame.MOUSEMOTION, rel=(x, y), pos=(0, 0)), WORLD, 0.0)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    monkeypatch.setattr(pygame.key, "get_mods", lambda: pygame.KMOD_NONE)
    return Hand()


def test_a_drag_turns_from_press_to_release(hand: Hand) -> None:
    assert hand.drag(40, 20) is None
    assert hand.press() is None
    assert hand.drag(40, 20) == Gesture(Move.TURN, 0.1, 0.05)
    assert hand.release() is None
    assert hand.drag(40, 20) is None


@pytest.mark.parametrize("button", [2, 3])
def test_the_other_buttons_pan(hand: Hand, button: int) -> None:
    hand.press(button)
    assert hand.drag(40, 0) == Gesture(Move.PAN, 0.1, 0.0)


def test_with_shift_a_drag_pans(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pygame.key, "get_mods", lambda: pygame.KMOD_LSHIFT)
    hand.press()
    assert hand.drag(0, 40) == Gesture(Move.PAN, 0.0, 0.1)


def test_two_quick_clicks_reset_and_a_third_does_not(hand: Hand) -> None:
    assert [hand.press(now_s=now_s) for now_s in (1.0, 1.2, 1.4)] == [None, Gesture(Move.RESET), None]
    assert [hand.press(now_s=now_s) for now_s in (3.0, 4.0)] == [None, None]


def test_what_begins_on_a_panel_is_not_for_the_camera(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.press(at=(500, 600))
    assert hand.drag(40, 20) is None
    for place, wanted in (((500, 600), None), ((500, 200), Gesture(Move.ZOOM, y=3))):
        monkeypatch.setattr(pygame.mouse, "get_pos", lambda place=place: place)
        assert hand.mouse.feed(Event(pygame.MOUSEWHEEL, y=3, x=0), WORLD, 0.0) == wanted


def test_it_asks_for_all_events_that_it_knows() -> None:
    assert set(EVENTS) == {pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION, pygame.MOUSEWHEEL}
