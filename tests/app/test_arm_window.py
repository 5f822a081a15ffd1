"""A person at the arm's real window: keys move the tool, the mouse moves the camera."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.app.replay import verify_session
from mereq_teleop.app.window.layout import DESIGN_SIZE, lay_out
from mereq_teleop.envs.fanuc.pusher.card import CARD
from mereq_teleop.sessions.events import Rewind
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Transition
from tests.app.conftest import XServer
from tests.app.test_end_to_end import running, steps, until
from tests.app.test_mountain_window import ends_with
from tests.app.test_operator_window import windows, xdotool

FORWARD, DOWN = CARD.keys["up"], CARD.keys["s"]
SLOPE = (FORWARD[0], 0.0, DOWN[2])  # type: ignore[index]
STILL = (0.0, 0.0, 0.0)


def stander() -> PolicySnapshot:
    """A policy that moves nothing."""
    tensors = {
        "input.shift": np.zeros(CARD.inputs, np.float32),
        "input.scale": np.ones(CARD.inputs, np.float32),
        "actor.0.weight": np.zeros((CARD.inputs, 2 * len(CARD.axes)), np.float32),
        "actor.0.bias": np.array([0.0] * len(CARD.axes) + [-1.0] * len(CARD.axes), np.float32),
    }
    return PolicySnapshot(0, "sac", PolicyMaker(task=CARD.name, method="made", gamma=0.99, alpha=0.1), tensors)


@pytest.fixture
def prior(tmp_path: Path) -> Path:
    path = tmp_path / "prior.safetensors"
    path.write_bytes(stander().to_bytes())
    return path


def corner(server: XServer, window: str) -> tuple[int, int]:
    """Where the window is on the screen."""
    place = xdotool(server, "getwindowgeometry", window).split("Position: ")[1].split()[0]
    x, y = place.split(",")
    return int(x), int(y)


def world(server: XServer, window: str) -> NDArray[np.uint8]:
    """The middle of the scene, away from words and gauge."""
    (x, y), road = corner(server, window), lay_out(*DESIGN_SIZE).road
    return server.screen()[y + road.top + 70 : y + road.bottom - 50, x + 300 : x + 1000].copy()


def settled(look: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """A picture that no longer changes."""
    before = [look()]

    def same() -> bool:
        before.append(look())
        return (before[-1] == before[-2]).all() and len(np.unique(before[-1].reshape(-1, 3), axis=0)) > 50

    until(same, "a scene")
    return before[-1]


def apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean difference of two pictures."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def taken_again(recording: Recording) -> bool:
    """Some steps were taken since the world went back."""
    last = [index for index, logged in enumerate(recording.timeline) if isinstance(logged.record, Rewind)]
    since = recording.timeline[last[-1] :] if last else ()
    return sum(isinstance(logged.record, Transition) for logged in since) >= 5


def test_keys_move_the_tool_and_the_mouse_moves_the_camera(x_server: XServer, prior: Path, tmp_path: Path) -> None:
    with running(tmp_path, "--env", "pusher", "--prior", str(prior), DISPLAY=x_server.display) as session:
        window = until(lambda: windows(x_server)[1:], "the window")[0]
        session.until(steps, "the first step")
        xdotool(x_server, "windowfocus", "--sync", window)

        xdotool(x_server, "keydown", "Up", "keydown", "s")
        session.until(partial(ends_with, SLOPE, 4), "a slope")
        xdotool(x_server, "keyup", "s", "keyup", "Up")
        session.until(partial(ends_with, STILL, 8), "rest")
        xdotool(x_server, "key", "shift+BackSpace")
        session.until(taken_again, "steps after a rewind")
        xdotool(x_server, "key", "p")

        look = partial(world, x_server, window)
        first = settled(look)
        x, y = corner(x_server, window)
        xdotool(x_server, "mousemove", str(x + 600), str(y + 200), "mousedown", "1")
        xdotool(x_server, "mousemove_relative", "--", "-120", "40")
        xdotool(x_server, "mouseup", "1")
        until(lambda: (look() != first).any(axis=2).mean() > 0.2, "another view")
        turned = apart(settled(look), first)
        xdotool(x_server, "key", "c")
        # Not to the pixel: with the machine busy, shadows may have gone off since.
        until(lambda: apart(look(), first) < 0.4 * turned, "the first view")
        xdotool(x_server, "click", "4")
        until(lambda: (look() != first).any(axis=2).mean() > 0.2, "a nearer view")

        xdotool(x_server, "key", "q")
        code, said = session.end()
        assert "Traceback" not in said, said
        assert code == 0
        assert verify_session(session.folder) == 0


@pytest.mark.parametrize("told", ["nonsense", "osmesa"])
def test_without_a_gl_back_end_one_line_says_what_to_install(
    x_server: XServer, prior: Path, tmp_path: Path, told: str
) -> None:
    command = ("--env", "pusher", "--prior", str(prior))
    with running(tmp_path, *command, DISPLAY=x_server.display, MUJOCO_GL=told) as session:
        code, said = session.end()
    if told == "osmesa" and "libosmesa6" not in said:
        pytest.skip("libosmesa6 is installed")
    assert code == 1
    assert len(said.strip().splitlines()) == 1
    assert f"MUJOCO_GL={told}" in said
    assert "libosmesa6" in said
