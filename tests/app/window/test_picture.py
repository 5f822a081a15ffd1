"""The picture is a function of what it is given; all of it without a display."""

from dataclasses import replace
from typing import Any

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygame import Surface

from mereq_teleop.agents.constants import CONSTANTS
from mereq_teleop.agents.irl import bounds
from mereq_teleop.app.limits import limits_of
from mereq_teleop.app.window import painter
from mereq_teleop.app.window.layout import DESIGN_SIZE, lay_out
from mereq_teleop.app.window.messages import TOAST_S
from mereq_teleop.app.window.palette import AUTHORITY, BACKGROUND, LESS, MORE
from mereq_teleop.app.window.picture import Picture
from mereq_teleop.app.window.scene import LearnerPhase, Scene, Toast
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.rates import Interval, Standing, Verdict
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
        {"verdict": None},
        {"verdict": Verdict(0.03, Interval(0.002, 0.12), Standing.UNSETTLED, 130)},
        {"verdict": Verdict(0.03, Interval(0.002, 0.11), Standing.UNSETTLED, 140)},
        {"verdict": Verdict(0.03, Interval(0.002, 0.11), Standing.UNSETTLED)},
        {"verdict": Verdict(0.03, Interval(0.002, 0.11), Standing.NO_LONGER_IMPROVING)},
        {"theta_deviation": ()},
        {"theta_deviation": (0.08, 0.06, 0.19)},
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
    facts |= {"theta": ((long, 1e9), ("x", -1e9)), "theta_deviation": (1e12, 1e-3)}
    facts["verdict"] = Verdict(1.0, Interval(0.0, 1.0), Standing.UNSETTLED, 10**30)
    PICTURE.draw(plain, replace(SCENE, recording_fault="short"), FRAMES, 0.5)
    PICTURE.draw(surface, replace(SCENE, policy_action=long, **facts), FRAMES, 0.5)
    for panel in layout.panels:
        surface.fill(0, panel)
        plain.fill(0, panel)
    assert pygame.image.tobytes(surface, "RGB") == pygame.image.tobytes(plain, "RGB")


@pytest.mark.parametrize("size", [(1280, 720), (960, 540)])
@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_cut_in_windows_of_usual_size(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], name: str
) -> None:
    cut = []

    def fitting(font: pygame.font.Font, words: str, width: int | None) -> str:
        if width is not None and font.size(words)[0] > width:
            cut.append(words)
        return words

    monkeypatch.setattr(painter, "_fitting", fitting)
    pixels(SCENES[name], size, Picture(CARD))
    assert cut == []


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("more_steps", [None, 9_999])
def test_a_verdict_fits_its_panel(monkeypatch: pytest.MonkeyPatch, standing: Standing, more_steps: int | None) -> None:
    """At its widest."""
    verdict = Verdict(1.0, Interval(0.99, 1.0), standing, more_steps)
    monkeypatch.setitem(SCENES, "widest", replace(SCENE, verdict=verdict, delta=0.125, policy_version=9999))
    for size in ((1280, 720), (960, 540)):
        test_nothing_is_cut_in_windows_of_usual_size(monkeypatch, size, "widest")


def filled(weight: float, low: float, high: float) -> tuple[int, int]:
    """How much of a weight's bar is coloured, and how long it is from the middle to an end (px)."""
    surface, panel = Surface(DESIGN_SIZE), lay_out(*DESIGN_SIZE).panels[2]
    scene = replace(SCENE, theta=(("speed", weight),), theta_deviation=(), theta_limits=((low, high),))
    PICTURE.draw(surface, scene, FRAMES, 0.5)
    colours = pygame.surfarray.array3d(surface)[panel.left : panel.right, panel.top : panel.bottom]
    rows = [(colours == colour).all(axis=2).any(axis=1).sum() for colour in (MORE, LESS)]
    track = (colours == BACKGROUND).all(axis=2) | (colours == MORE).all(axis=2) | (colours == LESS).all(axis=2)
    return int(sum(rows)), int(track.any(axis=1).sum())


@pytest.mark.parametrize("reach", [1.0, 0.5, 20.0])
def test_a_weights_bar_is_full_at_its_limit_whatever_the_other_weights_are(reach: float) -> None:
    whole, _ = filled(reach, -reach, reach)
    assert whole > 40
    for share in (-1.0, 0.7, 0.25):
        assert filled(share * reach, -reach, reach)[0] == pytest.approx(abs(share) * whole, abs=1)
    assert filled(2 * reach, -reach, reach)[0] == whole
    both, half = filled(-reach, -reach, reach), filled(-reach, -reach, 0.0)
    assert half[0] == both[0]
    assert half[1] == pytest.approx(both[1] / 2, abs=6)


def test_the_limits_are_those_within_which_the_learner_looks_for_theta() -> None:
    speed = card_of("eraser").feature_names.index("speed")
    assert limits_of(card_of("eraser"), "mereq")[speed] == (-0.5, 0.5)
    assert limits_of(CARD, "mereq") == ((-1.0, 0.0), (-1.0, 1.0), (-1.0, 1.0))
    for method, constants in CONSTANTS.items():
        low, high = bounds(CARD, constants.freedom)
        assert limits_of(CARD, method) == tuple(zip(low, high, strict=True))


def columns_of_the_whisker(weight: float, deviation: float) -> tuple[int, int]:
    """The first and last column of the window that a whisker changes."""
    scene = replace(SCENE, theta=(("speed", weight),), theta_deviation=())
    surfaces = [Surface(DESIGN_SIZE), Surface(DESIGN_SIZE)]
    for surface, deviations in zip(surfaces, ((), (deviation,)), strict=True):
        PICTURE.draw(surface, replace(scene, theta_deviation=deviations), FRAMES, 0.5)
    before, after = map(pygame.surfarray.array3d, surfaces)
    changed = np.flatnonzero((before != after).any(axis=(1, 2)))
    return (int(changed[0]), int(changed[-1])) if len(changed) else (0, 0)


def test_a_whisker_spans_1_96_deviations_to_either_side_and_stays_on_the_track() -> None:
    panel = lay_out(*DESIGN_SIZE).panels[2]
    left, right = columns_of_the_whisker(0.0, 1e9)
    assert panel.left + 100 < left < right < panel.right - 60
    middle, half = (left + right) / 2, (right - left) / 2
    for weight, deviation in ((0.1, 0.1), (-0.4, 0.1), (0.6, 0.05)):
        ends = [middle + half * (weight + side * 1.96 * deviation) for side in (-1, 1)]
        assert columns_of_the_whisker(weight, deviation) == pytest.approx(ends, abs=3)
    # A weight at the end of its track: the whisker's other half is clipped.
    assert columns_of_the_whisker(2.0, 0.1)[1] <= right
    assert columns_of_the_whisker(0.3, 0.0) == (0, 0)


@pytest.mark.parametrize("size", [(1280, 720), (960, 540), (300, 200)])
def test_a_message_stays_in_its_place_and_covers_nothing(size: tuple[int, int]) -> None:
    plain, told = Surface(size), Surface(size)
    PICTURE.draw(plain, SCENE, FRAMES, 0.5)
    waiting = (Toast("a very long story " * 20, warning=True), *(Toast(f"{number}") for number in range(4)))
    PICTURE.draw(told, replace(SCENE, toasts=waiting), FRAMES, 0.5)
    place = lay_out(*size).messages
    before, after = map(pygame.surfarray.array3d, (plain, told))
    columns, rows = (before != after).any(axis=2).nonzero()
    assert len(columns) > 0
    assert all(place.collidepoint(spot) for spot in zip(columns.tolist(), rows.tolist(), strict=True))


@settings(max_examples=40)
@given(st.integers(1, 1500), st.integers(1, 1000), st.sampled_from(list(SCENES)))
def test_any_size_of_window_can_be_drawn(width: int, height: int, name: str) -> None:
    pixels(SCENES[name], (width, height))


def test_a_line_of_words_can_stand_alone() -> None:
    surface = Surface(DESIGN_SIZE)
    PICTURE.say(surface, "compiling the simulator, once")
    colours = {surface.get_at((x, DESIGN_SIZE[1] // 2))[:3] for x in range(DESIGN_SIZE[0])}
    assert len(colours) > 2
