"""How a user's own world looks: the environment's picture, or its numbers."""

from pathlib import Path

import numpy as np
import pytest
from pygame import Surface, surfarray

from mereq_teleop import envs
from mereq_teleop.app.window.own_view import OwnView
from mereq_teleop.app.window.palette import AUTHORITY, BACKGROUND, PANEL
from mereq_teleop.app.window.view import view_of
from mereq_teleop.sessions.records import Authority
from tests.envs.own.written import CARTPOLE, write

MUTE = """
import gymnasium
from mereq_teleop.envs import Task
class Mute(Task):
    def make(self, render_mode):
        return gymnasium.make("Pendulum-v1")
"""


def drawn(name: str, size: tuple[int, int] = (800, 360)) -> np.ndarray:
    card, surface = envs.card(name), Surface(size)
    batch = envs.make_batch(name, 1)
    batch.watch()
    batch.reset([0])
    batch.step([card.neutral_action])
    view = view_of(card)
    assert isinstance(view, OwnView)
    view.draw(surface, batch.frames, 1.0, AUTHORITY[Authority.HUMAN])
    return surfarray.array3d(surface)


def test_an_environment_that_draws_is_shown_as_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    pixels = drawn(f"{name}:CartPole")
    # Its white sheet of 3:2 is in the middle, as high as the surface; the rest is the window's ground.
    assert (pixels[400, 10] > 250).all()
    assert tuple(pixels[10, 10]) == BACKGROUND
    assert 530 <= (pixels[:, 5].min(axis=1) > 250).sum() <= 545


def test_one_that_draws_nothing_is_shown_in_numbers_and_bars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = write(tmp_path, monkeypatch, MUTE)
    pixels = drawn(f"{name}:Mute")
    assert (pixels == AUTHORITY[Authority.HUMAN]).all(axis=2).any()
    # Three bars, apart from each other.
    rows = np.flatnonzero((pixels == PANEL).all(axis=2).any(axis=0))
    assert 1 + int((np.diff(rows) > 1).sum()) == 3


def test_it_fits_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = write(tmp_path, monkeypatch, MUTE)
    for size in ((300, 200), (1600, 900), (64, 64)):
        assert drawn(f"{name}:Mute", size).shape[:2] == size
