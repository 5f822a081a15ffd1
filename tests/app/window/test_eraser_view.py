"""The eraser's view: the line on the board goes as its ink does, and the gauge says newtons."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pygame
import pytest
from pygame import Surface

from mereq_teleop.app.window.arm_view import ERASER, ArmView
from mereq_teleop.app.window.graphics import NoGraphics
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.fanuc.eraser.ink import CELLS, INK
from mereq_teleop.envs.fanuc.frames import FanucFrames

SIZE = (960, 320)
BLUE = (86, 180, 233)


@pytest.fixture(scope="module")
def view() -> Iterator[ArmView]:
    try:
        view = ArmView(ERASER)
    except NoGraphics as error:
        pytest.skip(str(error))
    yield view
    view.close()


def still(ink: float = 1.0, force: float = 0.0) -> FanucFrames:
    after = make_batch("eraser", 1).frames.after
    user = after.user.copy()
    user[INK : INK + CELLS] = ink
    return FanucFrames.still("eraser", replace(after, user=user, features=np.array([force, 0.0, 0.0])))


def drawn(view: ArmView, frames: FanucFrames) -> Any:
    surface = Surface(SIZE)
    for _ in range(2):
        view.draw(surface, frames, 1.0, BLUE)
        view.settle()
    return pygame.surfarray.array3d(surface).astype(int)


def test_the_line_goes_as_its_ink_does(view: ArmView) -> None:
    def dark(ink: float) -> int:
        """Pixels of the line's blue, in the middle of the picture."""
        scene = drawn(view, still(ink))[240:720, 60:]
        return int(((scene[..., 2] > 60) & (scene[..., 2] > 2 * scene[..., 0]) & (scene[..., 0] < 50)).sum())

    assert dark(1.0) > dark(0.0) + 30


def test_the_gauge_starts_at_the_least_force_that_takes_ink(view: ArmView) -> None:
    def filled(force: float) -> int:
        """Pixels of the bar's colour."""
        return int((drawn(view, still(force=force))[-140:] == BLUE).all(axis=2).sum())

    # 5 N, 12.5 N and 20 N.
    least, half, most = (filled(force) for force in (1e-9, 0.5, 1.0))
    assert 2.2 < half / least < 2.8
    assert 3.4 < most / least < 4.4
