"""The arm's picture by the renderer's thread, and what is drawn over it."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pygame
import pytest
from pygame import Rect, Surface

from mereq_teleop.app.window.arm_view import GRIPPER, PUSHER, ArmView
from mereq_teleop.app.window.camera import Camera, Gesture, Move
from mereq_teleop.app.window.gauge import Gauge, draw_line_left
from mereq_teleop.app.window.graphics import NoGraphics, backend
from mereq_teleop.app.window.keys import action_words, key_words
from mereq_teleop.app.window.look import Look
from mereq_teleop.app.window.painter import Painter, Typesetter
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.fanuc.frames import ArmMoment, FanucFrames
from mereq_teleop.envs.fanuc.pusher.card import CARD
from mereq_teleop.envs.fanuc.pusher.task import CONTACT_M
from mereq_teleop.envs.fanuc.pusher.task import PUSHER as TASK
from tests.app.test_end_to_end import surroundings

SIZE = (480, 160)
BLUE, ORANGE = (86, 180, 233), (230, 130, 0)


def still(**change: Any) -> FanucFrames:
    after = make_batch("pusher", 1).frames.after
    names = ("qpos", "mocap", "turns", "user", "tool", "features")
    kept = {name: change.get(name, getattr(after, name)) for name in names}
    return FanucFrames.still("pusher", ArmMoment(**kept))


FRAMES = still()


@pytest.fixture(scope="module")
def shared() -> Iterator[ArmView]:
    try:
        view = ArmView(PUSHER)
    except NoGraphics as error:
        pytest.skip(str(error))
    yield view
    view.close()


@pytest.fixture
def view(shared: ArmView) -> ArmView:
    """From its first place."""
    shared.look(Gesture(Move.RESET))
    return shared


def drawn(view: ArmView, frames: FanucFrames = FRAMES, fraction: float = 1.0, ego: Any = BLUE) -> Any:
    """The picture that shows these frames, without the gauge at its right."""
    surface = Surface(SIZE)
    for _ in range(2):
        view.draw(surface, frames, fraction, ego)
        view.settle()
    return pygame.surfarray.array3d(surface)[: SIZE[0] * 3 // 4]


def whole(view: ArmView, frames: FanucFrames, ego: Any = BLUE) -> Any:
    surface = Surface((960, 320))
    view.draw(surface, frames, 1.0, ego)
    return pygame.surfarray.array3d(surface)


def share(picture: Any, colour: tuple[int, int, int]) -> float:
    """Share of pixels of this hue, in light or shade."""
    pixels = picture.astype(float)
    strength = np.linalg.norm(pixels, axis=2) * np.linalg.norm(colour) + 1e-9
    return float(((pixels @ np.array(colour, float) / strength > 0.997) & (pixels.sum(axis=2) > 90)).mean())


def test_the_scene_is_there_and_its_tip_has_the_drivers_colour(view: ArmView) -> None:
    blue, orange = drawn(view, ego=BLUE), drawn(view, ego=ORANGE)
    assert len(np.unique(blue.reshape(-1, 3), axis=0)) > 100
    assert 0 < (blue != orange).any(axis=2).mean() < 0.05
    assert share(orange, ORANGE) > share(blue, ORANGE)


def test_a_moment_within_the_step_is_drawn_as_such(view: ArmView) -> None:
    batch = make_batch("pusher", 1)
    batch.watch()
    batch.step([[0.2, 0.0, 0.0]])
    frames = batch.frames
    early, late = (drawn(view, frames, fraction) for fraction in (0.0, 1.0))
    assert (early != late).any()
    assert (drawn(view, frames, 0.0) == early).all()


@pytest.mark.parametrize("move", [Move.TURN, Move.PAN, Move.ZOOM])
def test_the_mouse_moves_the_view_and_a_reset_brings_it_back(view: ArmView, move: Move) -> None:
    before = drawn(view)
    view.look(Gesture(move, 0.2, 0.1 if move is not Move.ZOOM else 3))
    assert (drawn(view) != before).any(axis=2).mean() > 0.1
    view.look(Gesture(Move.RESET))
    assert (drawn(view) == before).all()


def test_drawing_does_not_wait(view: ArmView, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for a renderer that is stuck."""
    drawn(view)
    stuck = threading.Event()
    stage = view.renderer._draw_all.__globals__["Stage"]
    draw = stage.draw
    monkeypatch.setattr(stage, "draw", lambda self, look: stuck.wait(10.0) and draw(self, look))
    surface = Surface(SIZE)
    begun = time.perf_counter()
    for turn in range(20):
        view.look(Gesture(Move.TURN, 0.01 * turn))
        view.draw(surface, FRAMES, 1.0, BLUE)
    assert time.perf_counter() - begun < 1.0
    assert len(np.unique(pygame.surfarray.array3d(surface).reshape(-1, 3), axis=0)) > 100
    stuck.set()
    view.settle()


def test_of_many_looks_the_newest_is_drawn(view: ArmView) -> None:
    drawn(view)
    before, surface = view.renderer.pictures, Surface(SIZE)
    for turn in range(200):
        view.look(Gesture(Move.TURN, 0.001 * (turn % 7 + 1)))
        view.draw(surface, FRAMES, 1.0, BLUE)
    view.settle()
    assert 1 <= view.renderer.pictures - before < 200


def test_what_does_not_change_is_not_drawn_again(view: ArmView) -> None:
    drawn(view)
    before = view.renderer.pictures
    for _ in range(20):
        drawn(view)
    assert view.renderer.pictures == before


def test_the_gauge_shows_the_feature_and_holds_it_faintly(view: ArmView) -> None:
    def at(height: float) -> FanucFrames:
        return still(features=np.array([height, 0.0, 0.0]))

    def filled(frames: FanucFrames) -> int:
        """Pixels of the bar's colour."""
        return int((whole(view, frames)[-140:] == BLUE).all(axis=2).sum())

    low, high = filled(at(0.5)), filled(at(1.5))
    assert 2.3 < high / low < 3.2
    held = whole(view, replace(at(0.0), path=np.repeat(at(0.0).path, 2, axis=0)))
    assert (held[-140:] == BLUE).all(axis=2).sum() < low / 4
    assert (held[-140:] != whole(view, at(1.5))[-140:]).any()


@pytest.mark.parametrize("most", [0.0, -1.0])
def test_a_gauge_needs_a_scale(most: float) -> None:
    with pytest.raises(ValueError, match="gauge 'x' needs a scale, got"):
        Gauge(caption="x", unit="mm", scale=1.0, most=most, every=1.0)


def test_facts_are_height_speed_and_contact(view: ArmView) -> None:
    assert (
        view.facts(still(tool=np.array([0.4, 0.0, 0.085])), 1.0) == "tool 85 mm up    0.00 m/s    away from the bottle"
    )
    touching = still(features=np.array([0.4, 0.0, 0.0]))
    assert view.facts(touching, 1.0).endswith("    at the bottle")


def test_the_grippers_hand_is_near_a_pillow_not_in_contact_and_its_fingers_are_seen(shared: ArmView) -> None:
    view, batch = ArmView(GRIPPER), make_batch("gripper", 1)
    try:
        assert view.facts(batch.frames, 1.0).endswith("    near the pillow")
        opened = drawn(view, batch.frames)
        batch.watch()
        for _ in range(8):
            batch.step([[0.0, 0.0, 0.0, -0.2]])
        assert 0.001 < (drawn(view, batch.frames) != opened).any(axis=2).mean() < 0.1
    finally:
        view.close()


def test_any_size_can_be_drawn(view: ArmView) -> None:
    for size in ((1, 1), (7, 300), (900, 20), SIZE):
        surface = Surface(size)
        for _ in range(2):
            view.draw(surface, FRAMES, 0.5, BLUE)
            view.settle()


def test_what_goes_wrong_in_the_thread_is_said_in_the_picture(monkeypatch: pytest.MonkeyPatch, shared: ArmView) -> None:
    view = ArmView(PUSHER)
    try:
        monkeypatch.setattr(view.renderer._draw_all.__globals__["Stage"], "draw", lambda *_: 1 / 0)
        drawn(view)
        assert view.renderer.failure == "division by zero"
        told = whole(view, FRAMES)
        assert ((told[:640] == (240, 112, 40)).all(axis=2)).sum() > 100
    finally:
        view.close()


def test_the_thread_ends_with_the_view(shared: ArmView) -> None:
    before = threading.active_count()
    ArmView(PUSHER).close()
    assert threading.active_count() == before


def test_a_context_that_cannot_be_made_is_one_line(shared: ArmView) -> None:
    from mereq_teleop.app.window.arm_renderer import ArmRenderer
    from mereq_teleop.envs.fanuc.batch import load_scene

    def refuse(width: int, height: int) -> Any:
        raise RuntimeError("no device\nanywhere")

    with pytest.raises(NoGraphics, match=r"no device anywhere; apt install") as caught:
        ArmRenderer(load_scene("pusher"), refuse)
    assert "\n" not in str(caught.value)


def test_a_process_that_forgets_to_close_ends_all_the_same(shared: ArmView) -> None:
    code = "from mereq_teleop.app.window.arm_view import pusher_view; pusher_view(); print('opened', 1 / 0)"
    done = subprocess.run([sys.executable, "-c", code], env=surroundings(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("ZeroDivisionError: division by zero")


LINE = """
<mujoco>
  <worldbody>
    <light pos="0 0 2" dir="0 0 -1"/>
    <body name="target" mocap="true"/>
    <geom name="ink1" type="box" pos="0.1 0 0" size="0.08 0.08 0.01" rgba="1 0 0 1" contype="0" conaffinity="0"/>
    <geom name="ink0" type="box" pos="-0.1 0 0" size="0.08 0.08 0.01" rgba="1 0 0 1" contype="0" conaffinity="0"/>
  </worldbody>
</mujoco>
"""


def test_ink_fades_where_it_is_erased(shared: ArmView) -> None:
    import mujoco

    from mereq_teleop.app.window.arm_renderer import ArmRenderer

    renderer = ArmRenderer(mujoco.MjModel.from_xml_string(LINE), backend(), plumb=False)
    look = Look(
        size=(120, 60),
        camera=Camera(at=(0.0, 0.0, 0.0), distance=0.6, azimuth=90.0, elevation=-89.0),
        qpos=np.zeros(0),
        mocap=np.zeros((1, 3)),
        tool=np.zeros(3),
        tint=BLUE,
    )
    reds = []
    try:
        for ink in ([1.0, 1.0], [0.0, 1.0], [0.0, 0.0]):
            renderer.ask(replace(look, ink=np.array(ink)))
            renderer.settle()
            assert renderer.picture is not None
            red = pygame.surfarray.array3d(renderer.picture)[:, :, 0] > 60
            reds.append((int(red[:60].sum()), int(red[60:].sum())))
    finally:
        renderer.close()
    assert renderer.failure == ""
    (left, right), half, none = reds
    assert min(left, right) > 100
    # The cells are numbered by their names, not by their order in the file.
    assert half == (0, right)
    assert none == (0, 0)


def test_what_remains_of_a_line_shows_cell_by_cell() -> None:
    def filled(*ink: float) -> int:
        surface = Surface((400, 60))
        draw_line_left(Painter(surface, 1.0, Typesetter()), Rect(20, 5, 320, 40), list(ink), ORANGE)
        return int((pygame.surfarray.array3d(surface) == ORANGE).all(axis=2).sum())

    assert filled(0, 0, 0, 0) == 0
    assert filled(1, 0, 1, 0) == pytest.approx(filled(1, 1, 1, 1) / 2, rel=0.02)
    assert filled(0.5, 0.5, 0, 0) == pytest.approx(filled(1, 0, 0, 0), rel=0.1)


def test_the_ladder_is_climbed_and_descended_without_going_to_and_fro() -> None:
    from mereq_teleop.app.window.arm_renderer import LADDER, better

    assert better(1, 0.05) == 2
    assert better(len(LADDER) - 1, 1.0) == len(LADDER) - 1
    assert better(1, 0.005) == 0
    assert better(0, 0.001) == 0
    assert better(1, 0.02) == 1


def test_an_action_is_said_by_the_axes_that_move() -> None:
    assert action_words(CARD, (0.2, 0.0, -0.1)) == "forward +0.20, up -0.10 m/s"
    assert action_words(CARD, CARD.neutral_action) == "stay"
    words = {key: key_words(CARD, action) for key, action in CARD.keys.items()}
    assert (words["up"], words["down"], words["right"], words["s"]) == ("forward", "back", "right", "down")
    assert len(set(words.values())) == len(words)


def test_the_pushers_gauge_reaches_as_high_as_the_tool() -> None:
    top = TASK.workspace_m[1][2] / CONTACT_M
    assert PUSHER.gauge.scale * top <= PUSHER.gauge.most
