"""The picture is a function of what it is given; all of it without a display."""

from dataclasses import replace
from typing import Any

import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygame import Surface

from mereq_teleop.app.window.layout import DESIGN_SIZE, lay_out
from mereq_teleop.app.window.overlay import TOAST_S
from mereq_teleop.app.window.palette import AUTHORITY
from mereq_teleop.app.window.picture import Picture
from mereq_teleop.app.window.scene import LearnerPhase, Scene, Toast
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.records import Authority
from tests.app.window.samples import FRAMES, SCENE, SCENES

PICTURE = Picture(CARD)


def pixels(scene: Scene, size: tuple[int, int] = DESIGN_SIZE, picture: Picture = PICTURE) -> bytes:
    """The whole window's pixels."""
    surface = Surface(size)
    picture.draw(surface, scene, FRAMES, 0.5)
    return pygame.image.tobytes(surface, "RGB")


def test_the_same_scene_gives_the_same_pixels_whatever_was_drawn_before() -> None:
    first = pixels(SCENE)
    for scene in SCENES.values():
        pixels(scene)
    pixels(SCENE, (500, 400))
    assert pixels(SCENE) == first
    assert pixels(SCENE, picture=Picture(CARD)) == first


@pytest.mark.parametrize(
    "change",
    [
        {"authority": Authority.HUMAN},
        {"authority": Authority.NOBODY},
        {"policy_action": "FASTER"},
        {"human_action": "IDLE"},
        {"executed": "IDLE"},
        {"pending": "SLOWER"},
        {"step_left": 0.2},
        {"policy_version": 13},
        {"last_swap": ""},
        {"round": 3},
        {"round_step": 38},
        {"steps_per_round": 50},
        {"round_rate": 0.5},
        {"swap_rate": None},
        {"theta": (("collision", -0.12), ("right_lane", 0.42), ("high_speed", 0.05))},
        {"learner": LearnerPhase.LOST},
        {"learner_detail": "segment 4"},
        {"recording": False},
        {"recording_fault": "the disk is full"},
        {"device": "joystick"},
        {"speed_factor": 2.0},
        {"episode": 4},
        {"step": 18},
        {"session": "another"},
        {"help_shown": True},
        {"toasts": (Toast("policy 13"),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_fact_shows(change: dict[str, Any]) -> None:
    assert pixels(replace(SCENE, **change)) != pixels(SCENE)


def test_the_reason_for_safe_shows() -> None:
    safe = SCENES["safe"]
    assert pixels(replace(safe, reason="the joystick was unplugged")) != pixels(safe)


@pytest.mark.parametrize("authority", Authority)
def test_band_and_frame_have_the_colour_of_who_drives(authority: Authority) -> None:
    surface = Surface(DESIGN_SIZE)
    PICTURE.draw(surface, replace(SCENE, authority=authority, reason="device lost"), FRAMES, 0.5)
    layout = lay_out(*DESIGN_SIZE)
    for spot in (layout.band.move(-3, 3).topright, layout.road.topleft, layout.road.move(-1, -1).bottomright):
        assert surface.get_at(spot)[:3] == AUTHORITY[authority]


def test_a_toast_fades_and_is_gone() -> None:
    shown = [pixels(replace(SCENE, toasts=(Toast("hello", age),))) for age in (1.0, TOAST_S - 0.5, TOAST_S)]
    assert len(set(shown)) == 3
    assert shown[2] == pixels(SCENE)


def test_words_that_are_too_long_stay_in_their_panels() -> None:
    layout = lay_out(*DESIGN_SIZE)
    surface, plain = Surface(DESIGN_SIZE), Surface(DESIGN_SIZE)
    long = "a very long story " * 20
    facts: dict[str, Any] = {
        "device": long,
        "session": long,
        "learner_detail": long,
        "recording_fault": long,
        "last_swap": long,
    }
    theta = ((long, 1e9), ("x", -1e9))
    PICTURE.draw(plain, SCENE, FRAMES, 0.5)
    PICTURE.draw(surface, replace(SCENE, theta=theta, policy_action=long, **facts), FRAMES, 0.5)
    for panel in layout.panels:
        surface.fill(0, panel)
        plain.fill(0, panel)
    assert pygame.image.tobytes(surface, "RGB") == pygame.image.tobytes(plain, "RGB")


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 1500), st.integers(1, 1000), st.sampled_from(list(SCENES)))
def test_any_size_of_window_can_be_drawn(width: int, height: int, name: str) -> None:
    pixels(SCENES[name], (width, height))


def test_a_line_of_words_can_stand_alone() -> None:
    surface = Surface(DESIGN_SIZE)
    PICTURE.say(surface, "compiling the simulator, once")
    colours = {surface.get_at((x, DESIGN_SIZE[1] // 2))[:3] for x in range(DESIGN_SIZE[0])}
    assert len(colours) > 2
